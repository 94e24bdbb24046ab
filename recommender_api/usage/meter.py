"""
Count what one tenant uses of one worker, a page a UTC day. Costs an addition, and fails nobody.

A page is closed by the calendar: what is counted after midnight belongs to the new day.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from recommender_store.usage.page import UsagePage

DAY_S = 86_400


class Meter:
    """One tenant's; `worker` is whose pages these are."""

    def __init__(self, worker: str = "", clock: Callable[[], float] = time.time) -> None:
        self._worker = worker
        self._clock = clock
        self._over_at_s = 0.0
        """When the page of the day ends."""
        self._page = UsagePage(worker=worker, day="")
        self._unwritten: dict[str, UsagePage] = {}
        """By day; today's is in it while it is to be written."""

    def bytes_today(self) -> int:
        """Of events that were taken."""
        return self._page.event_bytes if self._clock() < self._over_at_s else 0

    def count_request(self, count: int = 1) -> None:
        self._today().requests += count

    def count_answer(self, tier: str) -> None:
        answers = self._today().answers
        answers[tier] = answers.get(tier, 0) + 1

    def count_events(self, events: int, size_bytes: int) -> None:
        page = self._today()
        page.events += events
        page.event_bytes += size_bytes

    def count_refused(self, kind: str, count: int = 1) -> None:
        refused = self._today().refused
        refused[kind] = refused.get(kind, 0) + count

    def count_shelf(self, size_bytes: int, for_s: float) -> None:
        self._today().shelf_byte_s += size_bytes * for_s

    @property
    def is_due(self) -> bool:
        """Whether there is anything to write down."""
        return bool(self._unwritten)

    def take(self) -> list[UsagePage]:
        """Copies of what is to be written; what could not be written is to be noted again."""
        unwritten, self._unwritten = self._unwritten, {}
        return [_copied(page) for page in unwritten.values()]

    def note(self, page: UsagePage) -> None:
        """It is still to be written, as it is now."""
        newest = self._page if page.day == self._page.day else page
        self._unwritten.setdefault(page.day, newest)

    def _today(self) -> UsagePage:
        now_s, page = self._clock(), self._page
        if now_s >= self._over_at_s:
            day = int(now_s // DAY_S)
            self._over_at_s = (day + 1.0) * DAY_S
            name = datetime.fromtimestamp(day * DAY_S, UTC).date().isoformat()
            page = self._page = UsagePage(worker=self._worker, day=name)
        if page.day not in self._unwritten:
            self._unwritten[page.day] = page
        return page


def _copied(page: UsagePage) -> UsagePage:
    """It is encoded in another thread while this one goes on to count."""
    return msgspec.structs.replace(page, answers=dict(page.answers), refused=dict(page.refused))
