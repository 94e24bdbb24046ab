"""
Pages by day below one scope: `<day>/<name>.json`, each replaced as a whole, forgotten by the day.

What a page says is for others to read.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import TypeVar

from recommender_store.errors import ObjectMissing, RecordUnreadable

from .scope import Scope

READS_AT_ONCE = 8

Page = TypeVar("Page")
Decode = Callable[[str, bytes], Page]
"""From a page's key and bytes; raises RecordUnreadable."""


class DailyPages:
    """Safe to share between threads."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def put(self, day: str, name: str, page: bytes) -> None:
        """Replace a page of a day by a newer one."""
        self._scope.put(f"{day}/{name}.json", page)

    def keys(self, days: Iterable[str]) -> list[str]:
        """Of the pages of these days, in order."""
        wanted = set(days)
        return [
            info.key
            for day in self._scope.children("")
            if day in wanted
            for info in self._scope.list(day)
        ]

    def read(self, keys: Iterable[str], decode: Decode[Page]) -> tuple[list[Page], list[str]]:
        """The pages under these keys, in order, and why others cannot be read."""
        pages: list[Page] = []
        faults: list[str] = []
        with ThreadPoolExecutor(READS_AT_ONCE) as reads:
            for page, fault in reads.map(lambda key: self.read_one(key, decode), keys):
                if fault is not None:
                    faults.append(fault)
                elif page is not None:
                    pages.append(page)
        return pages, faults

    def read_one(self, key: str, decode: Decode[Page]) -> tuple[Page | None, str | None]:
        """The page, None where it was forgotten meanwhile; and why it cannot be read, if so."""
        try:
            return decode(f"{self._scope.prefix}/{key}", self._scope.get(key)), None
        except ObjectMissing:
            return None, None
        except RecordUnreadable as error:
            return None, str(error)

    def forget(self, before: date) -> int:
        """Delete the pages of days before this one; returns how many."""
        gone = self.keys(day for day in self._scope.children("") if day < before.isoformat())
        for key in gone:
            self._scope.delete(key)
        return len(gone)
