"""
Finding one event of which it is known when it occurred and who wrote it, without reading the log.

What was written within a minute lies in the writer's few segments of that minute; compacted, in
the files of its UTC day, of which the columns' own statistics leave little to be read.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from recommender_store.errors import ObjectMissing

from .files import Listed, LogFile
from .record import COLUMNS
from .steps import LogSteps, workbench
from .view import create_files_view, local_files

WITHIN = timedelta(minutes=1)
"""From when an event occurs to when the platform, whose event it is, writes it at the latest."""

_CLOCK_SLACK = timedelta(seconds=1)
"""A clock that is set back may date the writing before what was written."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class LogLookup:
    """Looks single events up in one tenant's log."""

    def __init__(self, steps: LogSteps) -> None:
        self._steps = steps

    def find(self, event_id: str, occurred_at: datetime, writer: str) -> dict[str, Any] | None:
        """Its fields, empty ones left out; `attributes` as what they say."""
        # Segments first: one that is compacted meanwhile lies there still, for the grace time.
        found = self._in_segments(event_id, occurred_at, writer)
        if found is not None:
            return found
        return self._steps.retrying(lambda listed: self._in_files(listed, event_id, occurred_at))

    def _in_segments(
        self, event_id: str, occurred_at: datetime, writer: str
    ) -> dict[str, Any] | None:
        since, until = occurred_at - _CLOCK_SLACK, occurred_at + WITHIN
        from_us, until_us = ((at - _EPOCH) // _MICROSECOND for at in (since, until))
        segments = self._steps.segments
        for segment in segments.segments_between(writer, from_us, until_us):
            try:
                lines = segments.read(segment)
            except ObjectMissing:
                continue  # compacted long ago, and just deleted
            found = _among(lines, event_id)
            if found is not None:
                return found
        return None

    def _in_files(
        self, listed: Listed, event_id: str, occurred_at: datetime
    ) -> dict[str, Any] | None:
        day = occurred_at.astimezone(UTC).date().isoformat()
        files = [file for file in listed.state.files if file.day == day]
        return self._in_day(files, event_id, occurred_at) if files else None

    def _in_day(
        self, files: Iterable[LogFile], event_id: str, occurred_at: datetime
    ) -> dict[str, Any] | None:
        with workbench() as (connection, folder):
            create_files_view(connection, "held", local_files(self._steps.scope, files, folder))
            row = connection.execute(
                f"SELECT {', '.join(COLUMNS)} FROM held "  # noqa: S608 - our own names
                "WHERE event_id = ? AND occurred_at = ?",
                [event_id, occurred_at],
            ).fetchone()
        if row is None:
            return None
        found = {name: value for name, value in zip(COLUMNS, row, strict=True) if value is not None}
        if "attributes" in found:
            found["attributes"] = msgspec.json.decode(found["attributes"])
        return found


def _among(lines: Iterable[bytes], event_id: str) -> dict[str, Any] | None:
    named = event_id.encode()
    for line in lines:
        if named in line:
            fields: dict[str, Any] = msgspec.json.decode(line)
            if fields["event_id"] == event_id:
                times = {name: _moment(fields[name]) for name in ("occurred_at", "received_at")}
                return fields | times
    return None


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
