"""
A tenant's usage in the store: `<day>/<worker>.json`, one page each, replaced as a whole, and
`<day>/stored.json`, written by whoever looks first on a day.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date

from recommender_store.errors import ObjectMissing, RecordUnreadable
from recommender_store.objects.scope import Scope

from .page import Record, Stored, UsagePage, decode, encode

READS_AT_ONCE = 8
_STORED = "stored.json"


class Usage:
    """What lies below one tenant's scope. Safe to share between threads."""

    def __init__(self, scope: Scope, tenant: Scope) -> None:
        self._scope = scope
        self._tenant = tenant

    def put(self, page: UsagePage) -> None:
        """Replace a worker's page of a day by a newer one."""
        self._scope.put(f"{page.day}/{page.worker}.json", encode(page))

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
        if _STORED not in {info.key.rpartition("/")[2] for info in self._scope.list(day)}:
            self._scope.put_if_absent(f"{day}/{_STORED}", encode(self.look(day, now_s)))

    def faults(self) -> Iterator[tuple[str, str | None]]:
        """Each page's key, and why it cannot be read, if it cannot."""
        for info in self._scope.list(""):
            read: UsagePage | Stored | str | None
            if info.key.endswith(f"/{_STORED}"):
                read = self._read(info.key, Stored)
            else:
                read = self._read(info.key, UsagePage)
            yield info.key, read if isinstance(read, str) else None

    def forget(self, before: date) -> None:
        """Delete the pages of days before this one."""
        for day in self._scope.children(""):
            if day < before.isoformat():
                for info in list(self._scope.list(day)):
                    self._scope.delete(info.key)

    def _records(self, days: Iterable[str], kind: type[Record]) -> tuple[list[Record], list[str]]:
        wanted = set(days)
        keys = [
            info.key
            for day in self._scope.children("")
            if day in wanted
            for info in self._scope.list(day)
            if info.key.endswith(f"/{_STORED}") == (kind is Stored)
        ]
        records: list[Record] = []
        faults: list[str] = []
        with ThreadPoolExecutor(READS_AT_ONCE) as reads:
            for read in reads.map(lambda key: self._read(key, kind), keys):
                if isinstance(read, str):
                    faults.append(read)
                elif read is not None:
                    records.append(read)
        return records, faults

    def _read(self, key: str, kind: type[Record]) -> Record | str | None:
        try:
            return decode(f"{self._scope.prefix}/{key}", self._scope.get(key), kind)
        except ObjectMissing:
            return None  # forgotten meanwhile
        except RecordUnreadable as error:
            return str(error)
