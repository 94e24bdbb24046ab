"""
A verdict on every event of a batch: accepted, a duplicate, or rejected with its reason. Pure but
for the memory of recent ids; one bad event never spoils its batch.
"""

import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from loggers_sdk.events import ID_LENGTH_LIMIT, Fault, check_event, format_time, parse_time
from recommender_api.history.protocol import Deed, at_ms_of
from recommender_store.event_log.record import to_line

RECENT_IDS = 200_000
"""Ids remembered a tenant and replica, some 30 MB: what a retry of the last minutes needs."""

_PLAIN_TIME = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:[0-5]\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII
)
"""What every reader of the log understands; RFC 3339 also has leap seconds and small letters."""
_TOO_DEEP = Fault("attributes_too_deep", "attributes", "nest attributes less deeply")


@dataclass
class Verdicts:
    """What becomes of a batch."""

    accepted: list[dict[str, Any]] = field(default_factory=list)
    lines: list[bytes] = field(default_factory=list)
    """The accepted events as the log keeps them."""
    duplicates: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)

    def answer(self) -> dict[str, Any]:
        return {
            "accepted": len(self.accepted),
            "duplicates": self.duplicates,
            "rejected": self.rejected,
        }


class RecentIds:
    """The identities of events that were made durable lately; the oldest are forgotten first."""

    def __init__(self, limit: int = RECENT_IDS) -> None:
        self._limit = limit
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()

    def __contains__(self, identity: tuple[str, str]) -> bool:
        return identity in self._known

    def remember(self, events: Sequence[dict[str, Any]]) -> None:
        for event in events:
            self._known[identity_of(event)] = None
        while len(self._known) > self._limit:
            self._known.popitem(last=False)


def identity_of(event: dict[str, Any]) -> tuple[str, str]:
    """
    What makes two events one: the id and, nearly, the UTC day.

    A sender repeats an event with the very same text, so its text stands for the day here; readers
    of the log go by the day itself.
    """
    return event["event_id"], event["occurred_at"]


def judge(events: Sequence[object], now_s: float, received_at: str, recent: RecentIds) -> Verdicts:
    """Sort a batch's events; twins within the batch count once."""
    verdicts = Verdicts()
    in_batch: set[tuple[str, str]] = set()
    for index, raw in enumerate(events):
        fault = check_event(raw, now_s)
        if fault is not None or not isinstance(raw, dict):
            verdicts.rejected.append(_rejection(index, raw, fault))
            continue
        event = _as_kept(raw)
        identity = identity_of(event)
        if identity in recent or identity in in_batch:
            verdicts.duplicates += 1
            continue
        try:
            verdicts.lines.append(to_line(event, received_at))
        except RecursionError:
            verdicts.rejected.append(_rejection(index, raw, _TOO_DEEP))
            continue
        in_batch.add(identity)
        verdicts.accepted.append(event)
    return verdicts


def _as_kept(raw: dict[str, Any]) -> dict[str, Any]:
    """A checked event without its nulls, its time in the form that every reader knows."""
    event = {name: value for name, value in raw.items() if value is not None}
    if not _PLAIN_TIME.fullmatch(event["occurred_at"]):
        event["occurred_at"] = format_time(parse_time(event["occurred_at"]))
    return event


def _rejection(index: int, event: object, fault: Fault | None) -> dict[str, Any]:
    event_id = event.get("event_id") if isinstance(event, dict) else None
    fault = fault or Fault("event_type", "", "an event is a JSON object")
    return {
        "index": index,
        "event_id": _told_back(event_id),
        "code": fault.code,
        "detail": f"{fault.field}: {fault.detail}" if fault.field else fault.detail,
    }


def deeds(events: Sequence[dict[str, Any]]) -> list[Deed]:
    """What live history takes of accepted events: those with an item."""
    return [
        Deed(
            event.get("user_id"),
            event.get("session_id"),
            event["kind"],
            event["item_id"],
            at_ms_of(event["occurred_at"]),
            event.get("value"),
        )
        for event in events
        if "item_id" in event
    ]


def _told_back(event_id: object) -> str | None:
    """An id as the answer may hold it: no longer than ids are, and no half characters."""
    if not isinstance(event_id, str):
        return None
    return event_id[:ID_LENGTH_LIMIT].encode("utf-8", "replace").decode()
