"""
Item kNN as published tables run it: an item's score is the average over its nearest neighbours of
whether the user had them (Sarwar, Karypis, Konstan and Riedl, WWW 2001, section 3.2.1), with each
item's mean taken out before and put back after (Koren, KDD 2008, equation 3).

Score of j = m_j + Σ_i s_ij (r_i - m_i) / Σ_i s_ij over the k items i that are nearest to j by
cosine, m the share of people who had an item. What of this is the same for everybody is a prior.
"""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field
from scipy import sparse

from recommender_models.item_weights import ItemWeights
from recommender_store.artifacts.manifest import SlotName

from .graph_filter import normalised
from .item_item import Matrix, as_weights, signal, strongest_rows
from .protocol import Parameters, Progress, TrainingData
from .sought import Sought


class ItemAverageParameters(Parameters):
    """k above; the tables' is 100."""

    neighbours: Annotated[int, Field(ge=1, le=2000), Sought(50, 400, log=True)] = 100
    ranks_all: bool = False
    """Whether an item none of whose neighbours the user had is ranked too, by what is the same for
    everybody: the tables do, but strangers' favourites are no answer to give."""


class ItemAverage:
    """Fits `ItemWeights` with priors."""

    name: ClassVar[str] = "item_average"
    slots: ClassVar[tuple[SlotName, ...]] = ("for_you",)
    parameters: ClassVar[type[Parameters]] = ItemAverageParameters

    def fit(
        self,
        data: TrainingData,
        parameters: ItemAverageParameters,
        progress: Progress,
        rng: np.random.Generator,  # noqa: ARG002 - nothing here is left to chance
    ) -> ItemWeights:
        matrix = signal(data)
        right = _unit_columns(matrix)
        left = right.T.tocsr()

        def rows_of(start: int, stop: int) -> Matrix:
            rows: Matrix = (left[start:stop] @ right).toarray()
            return rows

        nearest = strongest_rows(rows_of, matrix.shape[1], parameters.neighbours, progress)
        averaging = normalised(nearest, 1, 0)
        means = np.asarray(matrix.mean(axis=0), dtype=np.float32).ravel() if matrix.nnz else None
        if means is None:
            return as_weights(averaging)
        priors = (means - averaging @ means).astype(np.float32)
        return as_weights(averaging.T.tocsr(), priors, ranks_all=parameters.ranks_all)


def _unit_columns(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    """Each item's column at a length of 1, so that products are cosines."""
    squares = matrix.multiply(matrix).tocsr()
    lengths = np.sqrt(np.asarray(squares.sum(axis=0), dtype=np.float32).ravel())
    scales = np.divide(1, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    return sparse.csr_matrix(matrix @ sparse.diags_array(scales), dtype=np.float32)
