"""
Bought together: which items meet in baskets more often than chance would have them meet.

Pairs are ranked by the log-likelihood ratio of their meeting (Dunning, "Accurate Methods for the
Statistics of Surprise and Coincidence", Computational Linguistics 1993): unlike lift it does not
fall for two rare items that met once, and unlike a count not for two that everybody buys.
"""

from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy import sparse
from scipy.special import xlogy

from recommender_models.neighbours import NeighbourLists
from recommender_store.artifacts.manifest import SlotName
from trainers.datasets.visits import baskets, purchases

from .item_knn import to_lists
from .protocol import Parameters, Progress, TrainingData

BASKET_LENGTH_LIMIT = 200
"""A basket of more different items is a wholesaler's, and says little of any two of them."""

Counts = NDArray[np.float64]


class CoPurchaseParameters(Parameters):
    """How many, and how sure."""

    neighbours: Annotated[int, Field(ge=1, le=1000)] = 50
    """Length of each list."""
    minimum_support: int = Field(default=2, ge=1)
    """In how many baskets two items must meet."""


class CoPurchase:
    """Fits `NeighbourLists` of purchases alone."""

    name: ClassVar[str] = "co_purchase"
    slots: ClassVar[tuple[SlotName, ...]] = ("bought_together",)
    parameters: ClassVar[type[Parameters]] = CoPurchaseParameters

    def fit(
        self,
        data: TrainingData,
        parameters: CoPurchaseParameters,
        progress: Progress,
        rng: np.random.Generator,  # noqa: ARG002 - nothing here is left to chance
    ) -> NeighbourLists:
        matrix = _baskets_by_items(data)
        met = (matrix.T @ matrix).tocoo()
        often = (met.data >= parameters.minimum_support) & (met.row != met.col)
        one, other, both = met.row[often], met.col[often], met.data[often]
        alone = np.asarray(matrix.sum(axis=0)).ravel()
        surprise = log_likelihood_ratio(both, alone[one], alone[other], matrix.shape[0])
        attracted = both * float(matrix.shape[0]) > alone[one] * alone[other]
        similar = sparse.coo_matrix(
            (surprise[attracted], (one[attracted], other[attracted])), shape=met.shape
        )
        lists = to_lists(similar.tocsr(), parameters.neighbours)
        progress(1, 1)
        return lists


def log_likelihood_ratio(both: Counts, one: Counts, other: Counts, everything: float) -> Counts:
    """
    Dunning's 2 log λ of each pair: how surprising it is that they met so often, or so seldom.

    Args:
        both: baskets with both.
        one: baskets with the first.
        other: baskets with the second.
        everything: all baskets.
    """
    cells = (both, one - both, other - both, everything - one - other + both)
    margins = (one, everything - one, other, everything - other)
    inside = sum(xlogy(cell, cell) for cell in cells)
    outside = sum(xlogy(margin, margin) for margin in margins)
    ratio: Counts = np.maximum(2 * (inside - outside + xlogy(everything, everything)), 0)
    return ratio


def _baskets_by_items(data: TrainingData) -> sparse.csr_matrix:
    """1 where the basket holds the item; baskets of one item count as well, as those without."""
    bought = purchases(data.interactions)
    numbers = baskets(bought)
    count = int(numbers.max()) + 1 if len(numbers) else 0
    shape = (count, data.matrix.shape[1])
    matrix = sparse.coo_matrix((np.ones(len(bought)), (numbers, bought.item)), shape=shape).tocsr()
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    return matrix[np.diff(matrix.indptr) <= BASKET_LENGTH_LIMIT]
