"""
Looking at a whole log: every segment, every file that counts, every sum.

A day at a time, so that a bucket's log is never on this machine as a whole. Nothing is changed.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from recommender_store.errors import LogFileCorrupt, StoreError
from recommender_store.objects.append_log import Segment
from recommender_store.objects.finding import Examined, Finding, damage, orphan
from recommender_store.objects.inspection import RESTORE, inspect_segments
from recommender_store.objects.scope import Scope

from .checkpoint import read_checkpoint
from .files import FileLists, Listed, LogFile, LogFiles
from .flow import received_on
from .retention import orphans
from .steps import workbench
from .view import create_files_view, sha256_of

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


def _fault_of_lines(_: Segment, lines: list[bytes]) -> str | None:
    for line in lines:
        try:
            fields = msgspec.json.decode(line)
            if not {"event_id", "kind", "occurred_at", "received_at"} <= set(fields):
                return "a line is not an event"
        except (msgspec.MsgspecError, UnicodeDecodeError, TypeError):
            return "a line is not JSON"
    return None


_DAY = attrgetter("day")


def _inspect_files(scope: Scope, listed: Listed, examined: Examined) -> Iterator[Finding]:
    state = listed.state
    received: Counter[str] = Counter()
    is_whole = True
    by_day = groupby(sorted(state.files, key=_DAY), _DAY)
    with workbench() as (connection, folder):
        for day, files in by_day:
            good = []
            for file in files:
                examined(file.key)
                finding = _fault_of_bytes(scope, file, folder)
                if finding:
                    is_whole = False
                    yield finding
                else:
                    good.append((file, _place(scope, file, folder)))
            for finding in _inspect_day(connection, day, good, received):
                is_whole = False
                yield finding
            for copy in folder.glob("*.parquet"):
                copy.unlink()
    if is_whole:
        yield from _inspect_flow(state, received)
    yield from _inspect_checkpoint(scope, state.checkpoint, examined)


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


def _inspect_day(
    connection: "DuckDBPyConnection",
    day: str,
    files: list[tuple[LogFile, Path]],
    received: Counter[str],
) -> Iterator[Finding]:
    """Counts, days and identities of one day's files, whose bytes are good."""
    for file, path in files:
        create_files_view(connection, "one_file", [path])
        told = connection.execute(
            "SELECT count(*), count(*) FILTER (occurred_at::DATE::VARCHAR <> ?) FROM one_file",
            [day],
        ).fetchone()
        rows, strangers = told or (0, 0)
        if rows != file.rows:
            yield damage(file.key, f"holds {rows} events, the list says {file.rows}: {RESTORE}")
        if strangers:
            yield damage(file.key, f"holds {strangers} events of other days: {RESTORE}")
    create_files_view(connection, "all_files", [path for _, path in files])
    received.update(received_on(connection, "all_files"))
    twins = connection.execute(
        "SELECT event_id FROM all_files GROUP BY event_id HAVING count(*) > 1 LIMIT 1"
    ).fetchone()
    if twins:
        sentence = f"holds the event {twins[0]!r} twice: {RESTORE}"
        yield damage(f"parquet/date={day}", sentence)


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
