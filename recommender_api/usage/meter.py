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
        self._pages: dict[int, UsagePage] = {}
        self._changed: set[int] = set()

    def bytes_today(self) -> int:
        """Of events that were taken."""
        page = self._pages.get(int(self._clock() // DAY_S))
        return 0 if page is None else page.event_bytes

    def count_request(self, count: int = 1) -> None:
        self._page().requests += count

    def count_answer(self, tier: str) -> None:
        answers = self._page().answers
        answers[tier] = answers.get(tier, 0) + 1

    def count_events(self, events: int, size_bytes: int) -> None:
        page = self._page()
        page.events += events
        page.event_bytes += size_bytes

    def count_refused(self, kind: str, count: int = 1) -> None:
        refused = self._page().refused
        refused[kind] = refused.get(kind, 0) + count

    def count_shelf(self, size_bytes: int, for_s: float) -> None:
        self._page().shelf_byte_s += size_bytes * for_s

    @property
    def is_due(self) -> bool:
        """Whether there is anything to write down."""
        return bool(self._changed)

    def take(self) -> list[UsagePage]:
        """Copies of what is to be written; what could not be written is to be noted again."""
        changed, self._changed = self._changed, set()
        pages = [_copied(self._pages[day]) for day in sorted(changed)]
        today = int(self._clock() // DAY_S)
        for day in [day for day in self._pages if day < today - 1]:
            del self._pages[day]
        return pages

    def note(self, page: UsagePage) -> None:
        """It is still to be written."""
        for day, known in self._pages.items():
            if known.day == page.day:
                self._changed.add(day)

    def _page(self) -> UsagePage:
        day = int(self._clock() // DAY_S)
        page = self._pages.get(day)
        if page is None:
            name = datetime.fromtimestamp(day * DAY_S, UTC).date().isoformat()
            page = self._pages[day] = UsagePage(worker=self._worker, day=name)
        self._changed.add(day)
        return page


def _copied(page: UsagePage) -> UsagePage:
    """It is encoded in another thread while this one goes on to count."""
    return msgspec.structs.replace(page, answers=dict(page.answers), refused=dict(page.refused))
