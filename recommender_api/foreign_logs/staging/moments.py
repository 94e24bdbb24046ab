"""
Times of a foreign log as SQL that gives TIMESTAMPTZ, and a check on a sample before all is read.

What cannot be read gives NULL, and so does a time without a zone where the mapping names none.
"""

# ruff: noqa: S608 (names are our own; what comes from outside goes through literal())

from itertools import chain

import duckdb

from recommender_api.foreign_logs.declarations.times import EPOCH_UNITS_US, ISO, TimeSource
from recommender_api.foreign_logs.errors import TimeFormatWrong, TimeZoneMissing
from recommender_api.foreign_logs.tables.table import Table, literal

from .cells import Cells

SAMPLE_ROWS = 1000
KNOWN_PATTERNS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d/%m/%y %H:%M",
    "%m/%d/%y %H:%M",
    "%m/%d/%Y %I:%M:%S %p",
    "%d/%m/%Y %I:%M:%S %p",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
    "%d-%m-%Y %H:%M:%S",
    "%d-%m-%Y %H:%M",
    "%d-%m-%Y",
    "%Y%m%d%H%M%S",
    "%Y%m%d",
    "%d/%b/%Y:%H:%M:%S %z",
    "%a, %d %b %Y %H:%M:%S %z",
    "%d %b %Y %H:%M:%S",
    "%b %d, %Y",
)
_LOCAL = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}([T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?)?"
_US_LIMIT = 9.0e18
"""Microseconds a timestamp can hold."""
_NEARLY_ALL = 0.95
_PLAUSIBLE = "BETWEEN TIMESTAMPTZ '1990-01-01 00:00:00Z' AND TIMESTAMPTZ '2100-01-01 00:00:00Z'"


def moment_text(cells: Cells, time: TimeSource) -> str:
    """The time as it stands in the row; NULL where there is none."""
    texts = [cells.text_of(name) for name in time.columns()]
    if not texts:
        return "'constant'"
    return texts[0] if len(texts) == 1 else f"nullif(concat_ws(' ', {', '.join(texts)}), '')"


def moment(cells: Cells, time: TimeSource) -> str:
    """The time as TIMESTAMPTZ."""
    if time.constant is not None:
        return f"TIMESTAMPTZ {literal(time.constant.isoformat())}"
    columns = time.columns()
    kind = cells.type_of(columns[0]) if len(columns) == 1 else "VARCHAR"
    if kind == "TIMESTAMP WITH TIME ZONE":
        return cells.raw(columns[0])
    if kind.startswith("TIMESTAMP") or kind == "DATE":
        return _zoned(f"CAST({cells.raw(columns[0])} AS TIMESTAMP)", time.zone)
    return moment_of_text(moment_text(cells, time), str(time.format), time.zone)


def moment_of_text(text: str, form: str, zone: str | None) -> str:
    if form in EPOCH_UNITS_US:
        unit = EPOCH_UNITS_US[form]
        number = f"TRY_CAST({text} AS DOUBLE)"
        fits = f"abs({number}) <= {_US_LIMIT / unit}"
        return (
            f"CASE WHEN {fits} THEN make_timestamptz(CAST(round({number} * {unit}) AS BIGINT)) END"
        )
    if form == ISO:
        return _iso(text, zone)
    parsed = f"try_strptime({text}, {literal(form)})"
    return parsed if "%z" in form or "%Z" in form else _zoned(parsed, zone)


def is_zoneless(text: str, time: TimeSource) -> str:
    """Whether a time lacks the zone that neither it nor the mapping gives."""
    if time.format != ISO or time.zone is not None:
        return "false"
    return f"coalesce(regexp_full_match({text}, {literal(_LOCAL)}), false)"


def check_times(connection: duckdb.DuckDBPyConnection, table: Table, time: TimeSource) -> None:
    """
    Read the first times of a file, so that a mapping that does not fit is told at once.

    Raises:
        TimeZoneMissing: some have no zone and the mapping names none.
        TimeFormatWrong: none of them is in the format, or only as a time out of reach.
    """
    columns = time.columns()
    if not columns:
        return
    cells = Cells(table, columns)
    text = moment_text(cells, time)
    sample = (
        f"(SELECT {text} AS t, {moment(cells, time)} AS m, {is_zoneless(text, time)} AS z "
        f"FROM ({table.relation(columns)}) WHERE {text} IS NOT NULL LIMIT {SAMPLE_ROWS})"
    )
    total, read, plausible, zoneless, first = connection.execute(
        f"SELECT count(*), count(m), count(*) FILTER (m {_PLAUSIBLE}), "
        f"min(t) FILTER (z), any_value(t) FROM {sample}"
    ).fetchall()[0]
    if zoneless is not None or _is_zoneless_type(cells, time):
        raise TimeZoneMissing(table.path, ", ".join(columns), str(zoneless or first))
    if total and (read == 0 or (time.format in EPOCH_UNITS_US and plausible == 0)):
        suggestion = _suggestion(connection, f"(SELECT t FROM {sample})")
        if read == 0 or suggestion is not None:
            raise TimeFormatWrong(table.path, str(first), str(time.format), suggestion)


def fitting_formats(connection: duckdb.DuckDBPyConnection, texts: str) -> list[str]:
    """
    Formats in which the texts of the relation ``texts(t)`` are times between 1990 and 2100.

    Those in which every text is one; where there are none, those in which nearly all are, so that
    a few broken lines do not hide what a column is.
    """
    forms = list(chain(EPOCH_UNITS_US, [ISO], KNOWN_PATTERNS))
    fits = [f"coalesce({moment_of_text('t', form, 'UTC')} {_PLAUSIBLE}, false)" for form in forms]
    tests = ", ".join(f"coalesce(avg(CAST({fit} AS INTEGER)), 0)" for fit in fits)
    shares = connection.execute(f"SELECT {tests} FROM {texts}").fetchall()[0]
    enough = 1.0 if 1.0 in shares else _NEARLY_ALL
    return [form for form, share in zip(forms, shares, strict=True) if share >= enough]


def _suggestion(connection: duckdb.DuckDBPyConnection, texts: str) -> str | None:
    return next(iter(fitting_formats(connection, texts)), None)


def _iso(text: str, zone: str | None) -> str:
    zoned = f"TRY_CAST({text} AS TIMESTAMPTZ)"
    if zone == "UTC":  # what the session takes a time without zone for
        return zoned
    is_local = f"regexp_full_match({text}, {literal(_LOCAL)})"
    local = "NULL" if zone is None else _zoned(f"TRY_CAST({text} AS TIMESTAMP)", zone)
    return f"CASE WHEN {is_local} THEN {local} ELSE {zoned} END"


def _zoned(timestamp: str, zone: str | None) -> str:
    return f"timezone({literal(zone or 'UTC')}, {timestamp})"


def _is_zoneless_type(cells: Cells, time: TimeSource) -> bool:
    kinds = {cells.type_of(name) for name in time.columns()}
    return time.zone is None and bool(kinds & {"TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_S", "DATE"})
