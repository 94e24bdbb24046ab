"""
The log as history takes it in: the checkpoint's events and joins, then the younger segments.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import groupby, repeat
from operator import itemgetter

import msgspec

from recommender_store.event_log.errors import LogMoved
from recommender_store.event_log.log import EventLog
from recommender_store.event_log.remembered import (
    Remembered,
    SessionEvents,
    SessionJoins,
    ShownItems,
    UserEvents,
)

from .protocol import Deed, Join, Showing, at_ms_of

_TRIES = 3


class _Line(msgspec.Struct):
    """What history reads of a segment's line."""

    kind: str
    occurred_at: str
    item_id: str | None = None
    items: list[str] | None = None
    user_id: str | None = None
    session_id: str | None = None
    value: float | None = None


def replayed(log: EventLog) -> Iterator[Deed | Join | Showing]:
    """All deeds, joins and impressions that the log still tells of; each may come twice."""
    remembered, lines = _read(log)
    for one in remembered:
        yield from _of_checkpoint(one)
    yield from told_by(lines)


def kinds_and_items(log: EventLog) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    """The kinds and the items of all deeds, some of them at a time; each may come twice."""
    remembered, lines = _read(log)
    for one in remembered:
        if isinstance(one, UserEvents | SessionEvents):
            yield one.kinds, one.items
    for told in told_by(lines):
        if isinstance(told, Deed):
            yield (told.kind,), (told.item_id,)


def _read(log: EventLog) -> tuple[Iterator[Remembered], list[bytes]]:
    """
    The checkpoint and the lines after it.

    Raises:
        LogMoved: where the log was rewritten time after time in between.
    """
    for _ in range(_TRIES):
        version = log.version()
        remembered, marks = log.remembered()
        with suppress(LogMoved):
            lines, _ = log.lines_after(marks)
            # An erasure in between leaves no segment that could be missed.
            if log.version() == version:
                return remembered, lines
    raise LogMoved


def told_by(lines: Iterable[bytes]) -> Iterator[Deed | Join | Showing]:
    """What lines of segments tell."""
    decode = msgspec.json.Decoder(_Line).decode
    for line in map(decode, lines):
        at_ms = at_ms_of(line.occurred_at)
        if line.item_id is not None:
            yield Deed(line.user_id, line.session_id, line.kind, line.item_id, at_ms, line.value)
        elif line.kind == "identify" and line.session_id and line.user_id:
            yield Join(line.session_id, line.user_id, at_ms)
        if line.kind == "impression" and line.items:
            yield Showing(line.user_id, line.session_id, line.items, at_ms)


def _of_checkpoint(one: Remembered) -> Iterator[Deed | Join | Showing]:
    if isinstance(one, ShownItems):
        pairs = zip(one.times_ms, one.items, strict=True)
        for at_ms, shown in groupby(pairs, key=itemgetter(0)):
            yield Showing(one.user_id, one.session_id, [item_id for _, item_id in shown], at_ms)
        return
    if isinstance(one, SessionJoins):
        yield from map(Join, repeat(one.session_id), one.users, one.times_ms)
        return
    columns = (one.kinds, one.items, one.times_ms, one.ratings)
    if isinstance(one, UserEvents):
        yield from map(Deed, repeat(one.user_id), one.sessions or repeat(None), *columns)
    else:
        yield from map(Deed, repeat(None), repeat(one.session_id), *columns)
