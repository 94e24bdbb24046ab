"""
Looking at a whole log: every segment, every file that counts, every sum.

Some days at a time, so that a bucket's log is never on this machine as a whole. Nothing is changed.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from recommender_store.errors import StoreError
from recommender_store.objects.append_log import Segment
from recommender_store.objects.finding import Examined, Finding, damage, orphan
from recommender_store.objects.inspection import RESTORE, inspect_segments
from recommender_store.objects.scope import Scope

from .checkpoint import read_checkpoint
from .errors import LogFileCorrupt
from .files import FileLists, Listed, LogFile, LogFiles
from .flow import received_on
from .retention import orphans
from .steps import workbench
from .view import quoted, sha256_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def inspect_log(scope: Scope, now: datetime, examined: Examined) -> Iterator[Finding]:
    """All findings; what another process removed by right meanwhile is none."""
    for finding in inspect_segments(scope.at("segments"), examined, _fault_of_lines):
        yield finding._replace(key=f"segments/{finding.key}")
    lists = FileLists(scope)
    while True:
        try:
            listed = lists.newest()
        except StoreError as error:
            yield damage("files", f"cannot be read ({error}): {RESTORE}")
            return
        findings = list(_inspect_files(scope, listed, examined))
        if not findings or lists.number() == listed.number:
            break
    yield from findings
    yield from (orphan(info.key) for info in orphans(scope, listed, now))


_DAY = attrgetter("day")


def _fault_of_lines(_: Segment, lines: list[bytes]) -> str | None:
    for line in lines:
        try:
            fields = msgspec.json.decode(line)
            if not {"event_id", "kind", "occurred_at", "received_at"} <= set(fields):
                return "a line is not an event"
        except (msgspec.MsgspecError, UnicodeDecodeError, TypeError):
            return "a line is not JSON"
    return None


_FILES_AT_ONCE = 400
_BYTES_AT_ONCE = 64_000_000
"""A query has a price of its own, however small the file; what is copied must fit this machine."""

_Good = list[tuple[LogFile, Path]]


def _inspect_files(scope: Scope, listed: Listed, examined: Examined) -> Iterator[Finding]:
    state = listed.state
    received: Counter[str] = Counter()
    is_whole = True
    with workbench() as (connection, folder):
        for files in _batches(state.files):
            good: _Good = []
            for file in files:
                examined(file.key)
                finding = _fault_of_bytes(scope, file, folder)
                if finding:
                    is_whole = False
                    yield finding
                else:
                    good.append((file, _place(scope, file, folder)))
            for finding in _inspect_rows(connection, good, received):
                is_whole = False
                yield finding
            for copy in folder.glob("*.parquet"):
                copy.unlink()
    if is_whole:
        yield from _inspect_flow(state, received)
    yield from _inspect_checkpoint(scope, state.checkpoint, examined)


def _batches(files: Iterable[LogFile]) -> Iterator[list[LogFile]]:
    """Whole days, as many as are looked at together."""
    batch: list[LogFile] = []
    size_bytes = 0
    for _, day in groupby(sorted(files, key=_DAY), _DAY):
        of_day = list(day)
        of_day_bytes = sum(file.size_bytes for file in of_day)
        is_full = len(batch) + len(of_day) > _FILES_AT_ONCE
        if batch and (is_full or size_bytes + of_day_bytes > _BYTES_AT_ONCE):
            yield batch
            batch, size_bytes = [], 0
        batch += of_day
        size_bytes += of_day_bytes
    if batch:
        yield batch


def _place(scope: Scope, file: LogFile, folder: Path) -> Path:
    return scope.local_path(file.key) or folder / f"{file.sha256}.parquet"


def _fault_of_bytes(scope: Scope, file: LogFile, folder: Path) -> Finding | None:
    try:
        path = _place(scope, file, folder)
        if not path.exists():
            scope.download(file.key, path)
    except StoreError:
        return damage(file.key, f"is named by the log and cannot be read: {RESTORE}")
    if (size := path.stat().st_size) != file.size_bytes:
        return damage(file.key, f"has {size} bytes instead of {file.size_bytes}: {RESTORE}")
    if sha256_of(path) != file.sha256:
        return damage(file.key, f"has another digest than when it was written: {RESTORE}")
    return None


def _inspect_rows(
    connection: "DuckDBPyConnection", files: _Good, received: Counter[str]
) -> Iterator[Finding]:
    """Counts, days and identities of whole days' files, whose bytes are good."""
    if not files:
        return
    listed = ", ".join(quoted(path) for _, path in files)
    connection.execute(
        f"""
        CREATE OR REPLACE VIEW looked_at AS
        SELECT filename, event_id, occurred_at::DATE::VARCHAR AS day, received_at
        FROM read_parquet([{listed}], filename = true, hive_partitioning = false)
        """  # noqa: S608 - our own quoted paths
    )
    held: dict[str, dict[str, int]] = defaultdict(dict)
    for path, day, rows in connection.execute(
        "SELECT filename, day, count(*) FROM looked_at GROUP BY ALL"
    ).fetchall():
        held[path][day] = rows
    times_listed = Counter(path for _, path in files)
    for file, path in files:
        by_day = {day: rows // times_listed[path] for day, rows in held[str(path)].items()}
        yield from _inspect_counts(file, by_day)
    received.update(received_on(connection, "looked_at"))
    for day, twin in connection.execute(
        """
        SELECT day, min(event_id)
        FROM (SELECT day, event_id FROM looked_at GROUP BY ALL HAVING count(*) > 1)
        GROUP BY day ORDER BY day
        """
    ).fetchall():
        yield damage(f"parquet/date={day}", f"holds the event {twin!r} twice: {RESTORE}")


def _inspect_counts(file: LogFile, by_day: Mapping[str, int]) -> Iterator[Finding]:
    rows = sum(by_day.values())
    if rows != file.rows:
        yield damage(file.key, f"holds {rows} events, the list says {file.rows}: {RESTORE}")
    if strangers := rows - by_day.get(file.day, 0):
        yield damage(file.key, f"holds {strangers} events of other days: {RESTORE}")


def _inspect_flow(state: LogFiles, received: Counter[str]) -> Iterator[Finding]:
    if not state.is_accounted:
        return
    for day in sorted({*state.flow, *received}):
        held = state.flow[day].held if day in state.flow else 0
        if held != received[day]:
            sums = f"the sums say {held} events, the files hold {received[day]}"
            sentence = f"of {day}, {sums}: {RESTORE}"
            yield damage("files", sentence)


def _inspect_checkpoint(scope: Scope, key: str | None, examined: Examined) -> Iterator[Finding]:
    if key is None:
        return
    examined(key)
    try:
        for _ in read_checkpoint(scope, key):
            pass
    except LogFileCorrupt as error:
        yield damage(key, f"{error.reason}: {RESTORE}")
    except (msgspec.MsgspecError, UnicodeDecodeError):
        yield damage(key, f"holds a line that is no actor's: {RESTORE}")
