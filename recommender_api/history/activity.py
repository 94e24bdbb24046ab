"""
Which items anybody did anything with, and how often: what is popular where there is no model.

A count for ranking, not for billing: an event that comes while the log is read may count twice.
"""

import heapq
import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from operator import itemgetter

from loggers_sdk.events import KINDS
from recommender_store.artifacts.vocabulary import Vocabulary
from recommender_store.event_log.log import EventLog

from .deeds import Deed, Deeds
from .replay import kinds_and_items

SIFTED_AT = 50_000
"""Items, a few megabytes."""
_KINDS = KINDS - {"impression"}


class Activity:
    """One tenant's items by their events, as the log and this process know them."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._meanwhile: list[Deed] | None = None
        """What came since a reload began."""
        self._adding = threading.Lock()
        self.event_count = 0
        """Grows with each event."""

    def add(self, deeds: Iterable[Deed]) -> None:
        with self._adding:
            if self._meanwhile is not None:
                self._meanwhile += deeds
            self._count(deeds)

    def hear_of(self, item_ids: Iterable[str]) -> None:
        """Know these items too, though whoever took their events counts them."""
        with self._adding:
            for item_id in item_ids:
                self._counts.setdefault(item_id, 0)

    def __contains__(self, item_id: str) -> bool:
        return item_id in self._counts

    def reload(self, log: EventLog, passed_over: Vocabulary | None = None) -> None:
        """
        Count anew what the log says now. Blocks; events may come meanwhile.

        An item that was only heard of stays known: the log may not have told of it yet.

        Args:
            log: that is read.
            passed_over: items that a model knows, and ranks: what the log says of them counts as
                events, and takes no memory.

        Raises:
            StoreError: where the log cannot be read; what is known stays.
        """
        with self._adding:
            self._meanwhile = []
        try:
            counted = Activity()
            for kinds, items in kinds_and_items(log):
                counted._count_items(kinds, items)
                if len(counted._counts) > SIFTED_AT:
                    counted._sift(passed_over)
            counted._sift(passed_over)
            with self._adding:
                counted._count(self._meanwhile)
                counted.hear_of(item_id for item_id, count in self._counts.items() if not count)
                self._counts, self.event_count = counted._counts, counted.event_count
        finally:
            with self._adding:
                self._meanwhile = None

    def item_ids(self) -> list[str]:
        """Every item, in order of appearance."""
        with self._adding:
            return list(self._counts)

    @property
    def item_count(self) -> int:
        return len(self._counts)

    def popular(self, n: int) -> list[tuple[str, int]]:
        """The n items with the most events, and how many."""
        with self._adding:
            counted = [(item_id, count) for item_id, count in self._counts.items() if count]
        return heapq.nlargest(n, counted, key=itemgetter(1))

    def _count(self, deeds: Iterable[Deed]) -> None:
        told = Deeds.of(deeds)
        self._count_items(told.kinds, told.items)

    def _sift(self, passed_over: Vocabulary | None) -> None:
        if passed_over is not None:
            for item_id in [one for one in self._counts if one in passed_over]:
                del self._counts[item_id]

    def _count_items(self, kinds: Sequence[str], items: Sequence[str]) -> None:
        if not _KINDS.issuperset(kinds):
            told = zip(kinds, items, strict=True)
            items = [item_id for kind, item_id in told if kind in _KINDS]
        self._counts.update(items)
        self.event_count += len(items)
