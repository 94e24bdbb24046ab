"""
Item-to-item nearest neighbours over who did something with both, from `implicit`.

Cosine, TF-IDF and BM25 differ in how much a busy user or a common item counts.
"""

import warnings
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Annotated, ClassVar

import numpy as np
from implicit.nearest_neighbours import (
    BM25Recommender,
    CosineRecommender,
    ItemItemRecommender,
    TFIDFRecommender,
)
from implicit.utils import ParameterWarning
from numpy.typing import NDArray
from pydantic import Field
from scipy import sparse

from recommender_models.neighbours import NeighbourLists
from recommender_store.artifacts.manifest import SlotName
from trainers.datasets.ordering import begin_of, ordered_by

from .protocol import Parameters, Progress, TrainingData
from .sought import Sought

MEETINGS_AT_ONCE = 5_000_000
"""Meetings of two items that are counted at once: bounds the memory."""


class NeighbourParameters(Parameters):
    """Parameters of all three."""

    neighbours: Annotated[int, Field(ge=1, le=1000), Sought(50, 400, log=True)] = 100
    """Length of each list."""
    minimum_support: int = Field(default=2, ge=1)
    """In how many people's histories two items must meet to be neighbours."""
    shrinkage: Annotated[float, Field(ge=0), Sought(0.0, 30.0)] = 10.0
    """A similarity counts `support / (support + shrinkage)`: few meetings prove little."""


class _ItemKnn:
    """One similarity of `implicit`; a subclass names it."""

    similarity: ClassVar[type[ItemItemRecommender]]

    def fit(
        self,
        data: TrainingData,
        parameters: NeighbourParameters,
        progress: Progress,
        rng: np.random.Generator,  # noqa: ARG002 - nothing here is left to chance
    ) -> NeighbourLists:
        if not data.matrix.nnz:
            return to_lists(sparse.csr_matrix((data.matrix.shape[1],) * 2), parameters.neighbours)
        matrix = data.matrix.copy()
        matrix.data = np.log1p(matrix.data)
        # More than asked for: the item itself is among them, and rare meetings are dropped.
        model = self.similarity(K=2 * parameters.neighbours + 1, num_threads=data.threads)
        with warnings.catch_warnings():
            # implicit converts its own intermediate matrix and warns of that.
            warnings.simplefilter("ignore", ParameterWarning)
            model.fit(matrix, show_progress=False)
        progress(1, 2)
        similar = _trusted(model.similarity.tocsr(), data.matrix, parameters)
        lists = to_lists(similar, parameters.neighbours)
        progress(2, 2)
        return lists


class Cosine(_ItemKnn):
    """Fits `NeighbourLists` by cosine."""

    name: ClassVar[str] = "cosine"
    slots: ClassVar[tuple[SlotName, ...]] = ("similar", "for_you")
    parameters: ClassVar[type[Parameters]] = NeighbourParameters
    similarity = CosineRecommender


class TfIdf(_ItemKnn):
    """Fits `NeighbourLists` by cosine over TF-IDF."""

    name: ClassVar[str] = "tfidf"
    slots: ClassVar[tuple[SlotName, ...]] = ("similar", "for_you")
    parameters: ClassVar[type[Parameters]] = NeighbourParameters
    similarity = TFIDFRecommender


class Bm25(_ItemKnn):
    """Fits `NeighbourLists` by BM25 (Robertson and Zaragoza, 2009)."""

    name: ClassVar[str] = "bm25"
    slots: ClassVar[tuple[SlotName, ...]] = ("similar", "for_you")
    parameters: ClassVar[type[Parameters]] = NeighbourParameters
    similarity = BM25Recommender


def _trusted(
    similar: sparse.csr_matrix, matrix: sparse.csr_matrix, parameters: NeighbourParameters
) -> sparse.csr_matrix:
    """The similarities that enough histories support, each shrunk by how few they are."""
    had = matrix.copy()
    had.data = np.ones_like(had.data)
    having = had.T.tocsr()
    blocks = []
    for start, stop in pairwise(_bounds(having, np.diff(had.indptr))):
        trust = (having[start:stop] @ had).tocsr()
        support = trust.data
        often = support >= parameters.minimum_support
        trust.data = np.where(often, support / (support + np.float32(parameters.shrinkage)), 0)
        # Most items meet but once: what need not be sorted is not.
        trust.eliminate_zeros()
        blocks.append(similar[start:stop].multiply(trust))
    return sparse.vstack(blocks, format="csr")


def _bounds(having: sparse.csr_matrix, lengths: NDArray[np.int32]) -> list[int]:
    """From which item to which a block goes, so that none counts too many meetings."""
    meetings = np.concatenate([[0], np.cumsum(lengths[having.indices], dtype=np.int64)])
    ends = meetings[having.indptr]
    starts = np.flatnonzero(np.diff(ends[:-1] // MEETINGS_AT_ONCE)) + 1
    return [0, *starts.tolist(), having.shape[0]]


def to_lists(similar: sparse.csr_matrix, length: int) -> NeighbourLists:
    """Items × items as lists: never the item itself, greatest first, ties by row."""
    return NeighbourLists(*_lists(similar, 0, length))


def lists_of_blocks(
    rows_of: Callable[[int, int], sparse.csr_matrix],
    bounds: Sequence[int],
    length: int,
    progress: Progress,
) -> NeighbourLists:
    """
    As `to_lists`, of a matrix that is never there as a whole.

    Args:
        rows_of: the rows from one item up to another.
        bounds: of the blocks, from 0 to how many items there are.
        length: of each list.
        progress: called with rows done and in all.
    """
    blocks = []
    for start, stop in pairwise(bounds):
        blocks.append(_lists(rows_of(start, stop), start, length))
        progress(stop, bounds[-1])
    neighbours, scores = (np.concatenate(part) for part in zip(*blocks, strict=True))
    return NeighbourLists(neighbours, scores)


def _lists(
    similar: sparse.csr_matrix, first: int, length: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Neighbours and scores of some rows, the item `first` and those behind it."""
    pairs = similar.tocoo()
    proper = (pairs.row + first != pairs.col) & (pairs.data > 0)
    row, col = pairs.row[proper], pairs.col[proper]
    value = pairs.data[proper].astype(np.float32)
    # The bits of positive numbers, as whole ones, are in the order of the numbers.
    order = ordered_by(col, -value.view(np.int32), row)
    row, col, value = row[order], col[order], value[order]
    rank = np.arange(len(row)) - begin_of(row)
    kept = rank < length
    count = similar.shape[0]
    neighbours = np.full((count, length), -1, dtype=np.int32)
    scores = np.zeros((count, length), dtype=np.float32)
    neighbours[row[kept], rank[kept]] = col[kept]
    scores[row[kept], rank[kept]] = value[kept]
    return neighbours, scores
