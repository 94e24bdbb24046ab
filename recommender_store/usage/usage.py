"""
A tenant's usage in the store: `<day>/<worker>.json`, one page each, replaced as a whole, and
`<day>/stored.json`, written by whoever looks first on a day.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from recommender_store.objects.daily_pages import DailyPages
from recommender_store.objects.scope import Scope

from .page import Record, Stored, UsagePage, decode, encode

_STORED = "stored"


class Usage:
    """What lies below one tenant's scope. Safe to share between threads."""

    def __init__(self, scope: Scope, tenant: Scope) -> None:
        self._scope = scope
        self._pages = DailyPages(scope)
        self._tenant = tenant

    def put(self, page: UsagePage) -> None:
        """Replace a worker's page of a day by a newer one."""
        self._pages.put(page.day, page.worker, encode(page))

    def pages(self, days: Iterable[str]) -> tuple[list[UsagePage], list[str]]:
        """All pages of these days, and why others cannot be read."""
        return self._records(days, UsagePage)

    def stored(self, days: Iterable[str]) -> tuple[list[Stored], list[str]]:
        """What lay in the store on these days, as far as anybody looked; and faults."""
        return self._records(days, Stored)

    def look(self, day: str, now_s: float) -> Stored:
        """What lies in the store now: every object is listed."""
        sizes = {
            name: sum(info.size for info in self._tenant.list(name))
            for name in ("events", "catalog", "artifacts")
        }
        return Stored(
            day=day,
            at_s=now_s,
            log_bytes=sizes["events"],
            catalog_bytes=sizes["catalog"],
            artifact_bytes=sizes["artifacts"],
        )

    def note_stored(self, day: str, now_s: float) -> None:
        """Look, and write down what was seen, unless somebody did on this day."""
        if not any(map(_is_stored, self._pages.keys([day]))):
            self._scope.put_if_absent(f"{day}/{_STORED}.json", encode(self.look(day, now_s)))

    def faults(self) -> Iterator[tuple[str, str | None]]:
        """Each page's key, and why it cannot be read, if it cannot."""
        for info in self._scope.list(""):
            if _is_stored(info.key):
                _, fault = self._pages.read_one(info.key, _reader(Stored))
            else:
                _, fault = self._pages.read_one(info.key, _reader(UsagePage))
            yield info.key, fault

    def forget(self, before: date) -> None:
        """Delete the pages of days before this one."""
        self._pages.forget(before)

    def _records(self, days: Iterable[str], kind: type[Record]) -> tuple[list[Record], list[str]]:
        keys = (key for key in self._pages.keys(days) if _is_stored(key) == (kind is Stored))
        return self._pages.read(keys, _reader(kind))


def _is_stored(key: str) -> bool:
    return key.endswith(f"/{_STORED}.json")


def _reader(kind: type[Record]) -> Callable[[str, bytes], Record]:
    return lambda key, data: decode(key, data, kind)
