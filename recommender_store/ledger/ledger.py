"""
A tenant's ledger in the store: `<day>/<replica>.json`, one page each, replaced as a whole.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date

from recommender_store.errors import ObjectMissing, RecordUnreadable
from recommender_store.objects.scope import Scope

from .page import Page, decode_page

READS_AT_ONCE = 8


class Ledger:
    """The pages below one tenant's scope. Safe to share between threads."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def put(self, day: str, replica: str, page: bytes) -> None:
        """Replace a replica's page of a day by an encoded newer one."""
        self._scope.put(f"{day}/{replica}.json", page)

    def pages(self, days: Iterable[date]) -> tuple[list[Page], list[str]]:
        """All pages of these days, in order, and why others cannot be read."""
        wanted = {day.isoformat() for day in days}
        keys = [
            info.key
            for day in self._scope.children("")
            if day in wanted
            for info in self._scope.list(day)
        ]
        pages: list[Page] = []
        faults: list[str] = []
        with ThreadPoolExecutor(READS_AT_ONCE) as reads:
            for read in reads.map(self._read, keys):
                if isinstance(read, str):
                    faults.append(read)
                elif read is not None:
                    pages.append(read)
        return pages, faults

    def faults(self, examined: Callable[[str], None]) -> Iterator[tuple[str, str]]:
        """Each page that cannot be read, and why; `examined` is told every page's key."""
        for info in self._scope.list(""):
            examined(info.key)
            read = self._read(info.key)
            if isinstance(read, str):
                yield info.key, read

    def forget(self, before: date) -> int:
        """Delete the pages of days before this one; returns how many."""
        gone = [
            info.key
            for day in self._scope.children("")
            if day < before.isoformat()
            for info in self._scope.list(day)
        ]
        for key in gone:
            self._scope.delete(key)
        return len(gone)

    def _read(self, key: str) -> Page | str | None:
        try:
            return decode_page(f"{self._scope.prefix}/{key}", self._scope.get(key))
        except ObjectMissing:
            return None  # forgotten meanwhile
        except RecordUnreadable as error:
            return str(error)
