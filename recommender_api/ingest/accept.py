"""
A verdict on every event of a batch: accepted, a duplicate, or rejected with its reason. Pure but
for the memory of recent ids; one bad event never spoils its batch.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from loggers_sdk.events import check_event, parse_time
from recommender_api.history.protocol import Deed

RECENT_IDS = 200_000
"""Ids remembered a tenant and replica, some 30 MB: what a retry of the last minutes needs."""


@dataclass
class Verdicts:
    """What becomes of a batch."""

    accepted: list[dict[str, Any]] = field(default_factory=list)
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


def judge(events: Sequence[object], now_s: float, recent: RecentIds) -> Verdicts:
    """Sort a batch's events; twins within the batch count once."""
    verdicts = Verdicts()
    in_batch: set[tuple[str, str]] = set()
    for index, event in enumerate(events):
        fault = check_event(event, now_s)
        if fault is not None or not isinstance(event, dict):
            verdicts.rejected.append(_rejection(index, event, fault))
            continue
        identity = identity_of(event)
        if identity in recent or identity in in_batch:
            verdicts.duplicates += 1
            continue
        in_batch.add(identity)
        verdicts.accepted.append(
            {name: value for name, value in event.items() if value is not None}
        )
    return verdicts


def _rejection(index: int, event: object, fault: Any) -> dict[str, Any]:
    event_id = event.get("event_id") if isinstance(event, dict) else None
    detail = f"{fault.field}: {fault.detail}" if fault.field else fault.detail
    return {
        "index": index,
        "event_id": event_id if isinstance(event_id, str) else None,
        "code": fault.code,
        "detail": detail,
    }


def deeds(events: Sequence[dict[str, Any]]) -> list[Deed]:
    """What live history takes of accepted events: those with an item."""
    return [
        Deed(
            event.get("user_id"),
            event.get("session_id"),
            event["kind"],
            event["item_id"],
            int(parse_time(event["occurred_at"]) * 1000),
            event.get("value"),
        )
        for event in events
        if "item_id" in event
    ]
