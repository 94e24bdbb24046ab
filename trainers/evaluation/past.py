"""
What was known before the split, as answers are held against it: who took which item. Pure.

The same for every model that is measured, so that how popular, how new or how alike its answers
are does not depend on what the model itself makes of items.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender_models.protocol import Rows
from trainers.datasets.distinct import distinct_rows


@dataclass(frozen=True)
class Past:
    """The side that was learned from."""

    known: Rows
    """Items that a model had a chance to know, ascending."""
    taken: sparse.csr_matrix
    """Items × actors: 1 where the actor did something that speaks for the item."""

    @classmethod
    def of(cls, known: Rows, actor: Rows, item: Rows, shape: tuple[int, int]) -> Self:
        """
        Args:
            known: rows of items, in any order, each as often as it likes.
            actor: who took something, an entry an event.
            item: what was taken.
            shape: actors, items.
        """
        ones = np.ones(len(actor), dtype=np.float32)
        taken = sparse.coo_matrix((ones, (item, actor)), shape=shape[::-1]).tocsr()
        taken.data[:] = 1.0
        return cls(distinct_rows(known), taken)

    @cached_property
    def takers(self) -> NDArray[np.int64]:
        """[items] how many actors took each."""
        counts: NDArray[np.int64] = np.diff(self.taken.indptr).astype(np.int64)
        return counts

    @cached_property
    def share(self) -> NDArray[np.float64]:
        """[items] the share of the actors with a past who took each; one at least is assumed."""
        actors = max(len(distinct_rows(self.taken.indices)), 1)
        share: NDArray[np.float64] = np.maximum(self.takers, 1) / actors
        return share
