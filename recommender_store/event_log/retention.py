"""
What goes because of its age: days of events, and objects that belong to nothing.

A file holds one day of `occurred_at`, so that whole files go and none is rewritten. What is named
no more waits for its grace time, like everything else that was replaced.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import msgspec
import zstandard

from recommender_store.errors import ObjectMissing
from recommender_store.objects.protocol import ObjectInfo
from recommender_store.objects.scope import Scope

from .errors import LogFileCorrupt
from .files import Listed, LogFile, LogFiles
from .flow import received_on
from .steps import LogSteps, Step, workbench
from .view import create_files_view, local_files

ORPHAN_GRACE = timedelta(hours=24)
"""No step takes a day: whoever wrote what nobody names has died."""

_WRITTEN_BY_STEPS = ("parquet", "history", "lists")


@dataclass(frozen=True)
class Expiry:
    """What went, or would go."""

    events: int = 0
    files: int = 0
    retired: int = 0
    """Replaced objects whose grace time was over."""
    orphans: int = 0
    """Objects that were never named, or no more."""


class LogRetention:
    """Removes what one tenant's log need not keep."""

    def __init__(self, steps: LogSteps) -> None:
        self._steps = steps

    def plan(self, cut: date | None, now: datetime) -> Expiry:
        """What `expire` would remove; pending segments aside."""
        before = self._steps.newest()
        due = _due(before.state, cut)
        unnamed = sum(1 for _ in orphans(self._steps.scope, before, now))
        retired = len(self._steps.due(before))
        return Expiry(sum(file.rows for file in due), len(due), retired, unnamed)

    def expire(self, cut: date | None, now: datetime) -> Expiry:
        """Remove events that occurred before the UTC day `cut`, and what belongs to nothing."""
        due = self._steps.retrying(lambda before: self._expire_once(before, cut))
        before = self._steps.newest()
        unnamed = [info.key for info in orphans(self._steps.scope, before, now)]
        self._steps.delete(unnamed)
        swept = self._steps.retrying(self._sweep_once)
        return Expiry(sum(file.rows for file in due), len(due), swept, len(unnamed))

    def _expire_once(self, before: Listed, cut: date | None) -> tuple[LogFile, ...]:
        due = _due(before.state, cut)
        if not due or cut is None:
            return ()
        scope = self._steps.scope
        with workbench() as (connection, folder):
            create_files_view(connection, "expired", local_files(scope, due, folder))
            expired = received_on(connection, "expired")
        step = Step(
            _cut_checkpoint(scope, before.state.checkpoint, cut),
            replaced=due,
            flow={"expired": expired},
            forgets_before=cut.isoformat(),
            is_purge=True,
        )
        self._steps.commit(before, step)
        return due

    def _sweep_once(self, before: Listed) -> int:
        swept = self._steps.sweep(before)
        if swept:
            self._steps.commit(before, Step(before.state.checkpoint, swept=swept))
        return len(swept)


def orphans(scope: Scope, listed: Listed, now: datetime) -> Iterator[ObjectInfo]:
    """What steps wrote longer than a day ago and neither the list nor its past names."""
    named = named_by(listed)
    for prefix in _WRITTEN_BY_STEPS:
        for info in scope.list(prefix):
            if info.key not in named and now - info.modified_at > ORPHAN_GRACE:
                yield info


def named_by(listed: Listed) -> set[str]:
    """Every key that a state names, those among them that wait for their grace time to end."""
    state = listed.state
    keys = {file.key for file in state.files} | {entry.key for entry in state.retired}
    return keys | {key for key in (listed.key, state.checkpoint) if key is not None}


def _due(state: LogFiles, cut: date | None) -> tuple[LogFile, ...]:
    if cut is None:
        return ()
    return tuple(file for file in state.files if file.day < cut.isoformat())


def _cut_checkpoint(scope: Scope, key: str | None, cut: date) -> str | None:
    """The key of a checkpoint without what happened before `cut`."""
    if key is None:
        return None
    since_ms = int(datetime.combine(cut, time(), UTC).timestamp() * 1000)
    try:
        lines = zstandard.ZstdDecompressor().decompress(scope.get(key)).splitlines()
    except (ObjectMissing, zstandard.ZstdError) as error:
        raise LogFileCorrupt(file=key, reason=f"cannot be unpacked ({error})") from error
    kept = [line for one in lines if (line := _cut_line(msgspec.json.decode(one), since_ms))]
    text = b"".join(msgspec.json.encode(line) + b"\n" for line in kept)
    after = f"history/{uuid.uuid4().hex}.jsonl.zst"
    scope.put(after, zstandard.ZstdCompressor(3, write_checksum=True).compress(text))
    return after


def _cut_line(line: dict[str, Any], since_ms: int) -> dict[str, Any] | None:
    """One actor's lists, which stand beside each other, from a moment on; None for nobody left."""
    times = line["times_ms"]
    kept = [at for at, moment in enumerate(times) if moment >= since_ms]
    if not kept:
        return None
    return {
        name: [value[at] for at in kept]
        if isinstance(value, list) and len(value) == len(times)
        else value
        for name, value in line.items()
    }
