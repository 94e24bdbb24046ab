"""
JSON lines as a table: each line an object, its values named by keys or by paths such as
``$.user.id``.
"""

# ruff: noqa: S608 (names are our own; what comes from outside goes through literal())

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

from recommender_api.foreign_logs.declarations.log_file import LogFile
from recommender_api.foreign_logs.errors import LogUnreadable, MappingInvalid
from recommender_api.foreign_logs.progress import LinesTold

from .delimited import clean
from .line_faults import LineFaults
from .table import first_column, literal, path_literal, without_nulls
from .walk import Dialect

_SEPARATOR = "\x01"
"""No JSON text holds it unescaped, so that a line is one value."""
_SAMPLE_LINES = 10_000
_DEPTH_LIMIT = 3
_TYPE_NAMES: dict[type, str] = {
    str: "text",
    int: "number",
    float: "number",
    bool: "boolean",
    list: "list",
}
_IS_OBJECT = "coalesce(TRY(json_type(line)) = 'OBJECT', false)"


class JsonLinesTable:
    """Lines that are no objects are faults; a key that a line lacks is NULL there."""

    is_json = True

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        path: Path,
        file: LogFile,
        work: Path,
        told: LinesTold | None = None,
    ) -> None:
        """
        Find the lines that are no JSON objects.

        Raises:
            LogEmpty: there is no line.
            LogUnreadable: the file is one JSON array.
        """
        dialect = Dialect(_SEPARATOR.encode(), b"", has_header=False, columns=1)
        found, readable = clean(path, file, dialect, work, told)
        self.path = path
        self.numbers = found.numbers
        self._connection = connection
        self._null_values = file.null_values
        newline = r"\r\n" if found.newline == b"\r\n" else r"\n"
        self._lines = (
            "SELECT row_number() OVER () - 1 AS row, line FROM read_csv("
            f"{path_literal(readable)}, auto_detect=false, header=false, "
            f"delim={literal(_SEPARATOR)}, quote='', escape='', new_line={literal(newline)}, "
            "columns={'line': 'VARCHAR'})"
        )
        self._refuse_array()
        malformed = self._find_malformed(work)
        self.records = found.records - malformed.counts.total()
        self.faults: tuple[LineFaults, ...] = (found.faults, malformed)
        self._only = f" WHERE {_IS_OBJECT}" if malformed.counts else ""
        self._json_types = self._sampled_types()
        self.columns = tuple(self._json_types)

    def relation(self, names: Sequence[str]) -> str:
        if not names:
            return f"SELECT row FROM ({self._lines}){self._only}"
        paths = ", ".join(literal(path_of(name)) for name in names)
        values = ", ".join(
            f"{without_nulls(f'v[{at + 1}]', self._null_values)} AS v{at}"
            for at in range(len(names))
        )
        extracted = f"json_extract_string(line, [{paths}])"
        if self._only:  # filters change places, so that this one protects nothing
            extracted = f"TRY({extracted})"
        return (
            f"SELECT row, {values} FROM "
            f"(SELECT row, {extracted} AS v FROM ({self._lines}){self._only})"
        )

    def type_of(self, name: str) -> str:  # noqa: ARG002 all alike here
        return "VARCHAR"

    def json_type(self, name: str) -> str | None:
        return self._json_types.get(name)

    def has(self, name: str) -> bool:
        if "*" in name and name.startswith("$"):
            raise MappingInvalid([(name, "name one value; a path with * names many")])
        query = f"SELECT bool_or(json_exists(line, {literal(path_of(name))})) FROM {self._sample()}"
        try:
            return first_column(self._connection, query) == [True]
        except duckdb.Error as error:
            raise MappingInvalid([(name, "this is no JSON path; write one like $.a.b")]) from error

    def _sample(self) -> str:
        return f"(SELECT * FROM ({self._lines}){self._only} LIMIT {_SAMPLE_LINES})"

    def _sampled_types(self) -> dict[str, str]:
        """What the first lines hold: names, and the first type that each is seen with."""
        types: dict[str, str] = {}
        for line in first_column(self._connection, f"SELECT line FROM {self._sample()} LIMIT 1000"):
            for name, value in _values(json.loads(str(line)), ()):
                if value is not None:
                    types.setdefault(name, _TYPE_NAMES.get(type(value), "object"))
        return types

    def _refuse_array(self) -> None:
        lines = first_column(self._connection, f"SELECT line FROM ({self._lines}) LIMIT 1")
        if lines and str(lines[0]).lstrip().startswith("["):
            raise LogUnreadable(
                self.path, "is a JSON array, not JSON lines; run jq -c '.[]' to put one on a line"
            )

    def _find_malformed(self, work: Path) -> LineFaults:
        malformed = LineFaults(work / f"{self.path.name}.malformed.jsonl")
        cursor = self._connection.execute(
            f"SELECT row, line FROM ({self._lines}) WHERE NOT {_IS_OBJECT}"
        )
        while rows := cursor.fetchmany(10_000):
            for row, line in rows:
                malformed.add(self.numbers.line_of(row), "line_json_malformed", line.encode())
        malformed.close()
        return malformed


def path_of(name: str) -> str:
    """The JSON path of a name: a bare name is a key of the line, whatever it is made of."""
    if name.startswith("$."):
        return name
    return '$."' + name.replace('"', '\\"') + '"'


def _values(value: dict[str, object], above: tuple[str, ...]) -> Iterator[tuple[str, object]]:
    """Names and values of all that are neither objects nor too deep."""
    for key, inner in value.items():
        place = (*above, key)
        if isinstance(inner, dict) and len(place) < _DEPTH_LIMIT:
            yield from _values(inner, place)
        elif len(place) == 1:
            yield key, inner
        else:
            yield "$." + ".".join(f'"{part}"' if "." in part else part for part in place), inner
