"""
Item-to-item by description over the catalog as it is now: items that came after the training are
found by their words, and come up beside others.

Made anew, in the background, for each state of the catalog or of the bundle; what was said of an
item before is not weighed again. What a request is the first to ask for is computed then, well
within a millisecond, and kept as long as the state lasts.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

from recommender_models.ordering import best, without
from recommender_models.protocol import Description, Ranked, ReadsWords, Rows
from recommender_models.word_index import WordIndex
from recommender_models.words import words_of
from recommender_store.catalog.change import Value
from recommender_store.catalog.state import CatalogState

from .catalog.catalog_view import CatalogView
from .catalog.followed_catalog import CatalogRows

NEWCOMERS_LIMIT = 20_000
"""So many new items come up beside others, the newest first; all of them are answered for."""
LONGEST, KEPT = 1_000, 1_000
"""Items of an answer by words, and how many of these are kept: at most 8 MB."""


class Newcomer(NamedTuple):
    """What the catalog says of an item that the model was not told of, as it was and weighed."""

    fields: Mapping[str, Value]
    description: Description


class Described:
    """The newcomers of one state beside a model's items, in serving rows."""

    def __init__(
        self, model: ReadsWords, view: CatalogView, rows: Rows, newcomers: Mapping[str, Newcomer]
    ) -> None:
        """`rows` are those of the `newcomers`, in their order."""
        self.model = model
        self._view = view
        self._rows = rows
        self.newcomers = newcomers
        self._numbers, self._index = _inverted([one.description for one in newcomers.values()])
        self._kept: dict[int, Ranked] = {}

    @classmethod
    def of(
        cls,
        model: ReadsWords,
        told: CatalogRows,
        state: CatalogState,
        before: "Described | None" = None,
    ) -> "Described":
        """
        Args:
            model: what a training made of the catalog.
            told: the serving rows, who may be shown, who is newest, and what was touched since
                `before`.
            state: what the catalog says.
            before: the same of an earlier state.
        """
        items, view, touched = told
        listed = view.newest[view.is_listed[view.newest]]
        rows = listed[~model.is_told_of(listed)][:NEWCOMERS_LIMIT]
        known = before.newcomers if before is not None and before.model is model else {}
        newcomers: dict[str, Newcomer] = {}
        for item_id in map(items.id, rows.tolist()):
            earlier = known.get(item_id)
            if earlier is None or touched is None or item_id in touched:
                item = state.get(item_id)
                fields = item.fields if item is not None else {}
                if earlier is None or earlier.fields != fields:
                    said = model.description(words_of(fields, view.types))
                    earlier = Newcomer(dict(fields), said)
            newcomers[item_id] = earlier
        return cls(model, view, rows, newcomers)

    def similar_items(self, rows: Rows, n: int) -> list[Ranked]:
        """For each serving row the n most alike; never the row itself."""
        is_told_of = self.model.is_told_of(rows)
        return [
            self._beside(row, n, is_told_of=told)
            for row, told in zip(rows.tolist(), is_told_of.tolist(), strict=True)
        ]

    def _beside(self, row: int, n: int, *, is_told_of: bool) -> Ranked:
        if is_told_of and not len(self._rows):
            return self.model.similar_items(np.array([row], dtype=np.int32), n)[0]
        known = self._kept.get(row)
        if known is None:
            known = self._found(row, is_told_of=is_told_of)
            if len(self._kept) >= KEPT:
                self._kept.clear()
            self._kept[row] = known
        return Ranked(known.rows[:n], known.scores[:n])

    def _found(self, row: int, *, is_told_of: bool) -> Ranked:
        itself = np.array([row], dtype=np.int32)
        names = [name for name in self._view.columns.names if name != "item_id"]
        fields = self._view.attributes(row, names)
        said = self.model.description(words_of(fields, self._view.types))
        parts = [
            self.model.similar_items(itself, LONGEST)[0]
            if is_told_of
            else self.model.alike(said, LONGEST),
            self._alike_newcomers(said),
        ]
        found = Ranked(*(np.concatenate(each) for each in zip(*parts, strict=True)))
        return best(*without(*found, itself), LONGEST)

    def _alike_newcomers(self, said: Description) -> Ranked:
        numbers = self._numbers
        cosines = self._index.cosines(
            (numbers[word], weight) for word, weight in said.items() if word in numbers
        )
        alike = np.flatnonzero((cosines > 0) & (cosines >= self.model.minimum_similarity))
        return Ranked(self._rows[alike], cosines[alike].astype(np.float32))


def _inverted(descriptions: Sequence[Description]) -> tuple[dict[str, int], WordIndex]:
    """Numbers for the words, and the descriptions by these; a row is a place in the sequence."""
    numbers: dict[str, int] = {}
    words = [numbers.setdefault(word, len(numbers)) for one in descriptions for word in one]
    weights = np.fromiter(chain.from_iterable(one.values() for one in descriptions), np.float32)
    rows = np.repeat(
        np.arange(len(descriptions), dtype=np.int32), [len(one) for one in descriptions]
    )
    order = np.argsort(np.array(words, dtype=np.int64), kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(words, minlength=len(numbers)))])
    return numbers, WordIndex(starts.astype(np.int64), rows[order], weights[order])
