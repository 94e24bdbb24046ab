"""
The log as history takes it in: the checkpoint's events of each user, then the younger segments.
"""

from collections.abc import Iterator

import msgspec

from recommender_store.event_log.log import EventLog

from .protocol import Deed, at_ms_of


class _Line(msgspec.Struct):
    """What history reads of a segment's line."""

    kind: str
    occurred_at: str
    item_id: str | None = None
    user_id: str | None = None
    session_id: str | None = None
    value: float | None = None


def replayed(log: EventLog) -> Iterator[Deed]:
    """Every deed that the log still tells of; an event may come twice."""
    users, marks = log.newest_by_user()
    for user in users:
        for kind, item_id, at_ms, value in zip(
            user.kinds, user.items, user.times_ms, user.ratings, strict=True
        ):
            yield Deed(user.user_id, None, kind, item_id, at_ms, value)
    lines, _ = log.lines_after(marks)
    decode = msgspec.json.Decoder(_Line).decode
    for line in map(decode, lines):
        if line.item_id is not None:
            at_ms = at_ms_of(line.occurred_at)
            yield Deed(line.user_id, line.session_id, line.kind, line.item_id, at_ms, line.value)
