"""A tenant whose events come in by servers on paper: the log first, then the count."""

from datetime import UTC, date, datetime

from recommender_api.accounting.document import Check, LedgerDay
from recommender_api.accounting.statement import draw_up
from recommender_api.accounting.tally import Tally
from recommender_store.author import Author
from recommender_store.tenant_space import TenantSpace

NOON_S = 1_795_176_000.0
DAY = date(2026, 11, 20)
LATER_S = NOON_S + 3 * 86_400.0
AUTHOR = Author(by="tests", origin="here")


class Replica:
    """Takes batches in as a server does: the log first, then the count."""

    def __init__(self, space: TenantSpace, name: str) -> None:
        self.space = space
        self.name = name
        self.tally = Tally(name, lambda: NOON_S)

    def take(
        self, ids: list[int], *, duplicates: int = 0, rejected: int = 0, sdk: str | None = None
    ) -> None:
        with self.tally.entry(NOON_S, sdk) as entry:
            log(self.space, ids)
            entry.settle(len(ids), duplicates, [{"code": "time_too_old"}] * rejected)

    def write(self, *, goodbye: bool = False) -> None:
        for day, page in self.tally.take(goodbye=goodbye).items():
            self.space.ledger.put(day, self.name, page)


def log(space: TenantSpace, ids: list[int]) -> None:
    received_at = datetime.fromtimestamp(NOON_S, UTC).isoformat()
    events = [
        {
            "event_id": f"event-{number}",
            "kind": "view",
            "user_id": "u",
            "item_id": f"item-{number % 7}",
            "occurred_at": f"2026-11-{18 + number % 3}T10:00:00Z",
        }
        for number in ids
    ]
    if events:
        space.events.append_events(events, received_at)


def land_late(replica: Replica, ids: list[int]) -> None:
    """A write that is in the store although it reports an error."""
    with replica.tally.entry(NOON_S, None) as entry:
        entry.attempted = len(ids)
        log(replica.space, ids)
        raise OSError("late")


def ledger_of(space: TenantSpace, *, now_s: float = LATER_S, count: bool = True) -> LedgerDay:
    (day,) = draw_up(space, [DAY], count=count, now_s=now_s).days
    return day


def check_of(day: LedgerDay, name: str) -> Check:
    (found,) = [check for check in day.checks if check.name == name]
    return found
