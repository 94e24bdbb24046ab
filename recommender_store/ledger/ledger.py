"""
A tenant's ledger in the store: `<day>/<replica>.json`, one page each, replaced as a whole.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from recommender_store.objects.daily_pages import DailyPages
from recommender_store.objects.scope import Scope

from .page import Page, decode_page


class Ledger:
    """The pages below one tenant's scope. Safe to share between threads."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._pages = DailyPages(scope)

    def put(self, day: str, replica: str, page: bytes) -> None:
        """Replace a replica's page of a day by an encoded newer one."""
        self._pages.put(day, replica, page)

    def pages(self, days: Iterable[date]) -> tuple[list[Page], list[str]]:
        """All pages of these days, in order, and why others cannot be read."""
        return self._pages.read(self._pages.keys(day.isoformat() for day in days), decode_page)

    def faults(self, examined: Callable[[str], None]) -> Iterator[tuple[str, str]]:
        """Each page that cannot be read, and why; `examined` is told every page's key."""
        for info in self._scope.list(""):
            examined(info.key)
            _, fault = self._pages.read_one(info.key, decode_page)
            if fault is not None:
                yield info.key, fault

    def forget(self, before: date) -> int:
        """Delete the pages of days before this one; returns how many."""
        return self._pages.forget(before)
