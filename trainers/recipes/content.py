"""
Item-to-item by what the catalog says: the cosine of titles and attributes, their words weighted by
TF-IDF (Salton and Buckley, "Term-weighting approaches in automatic text retrieval", Information
Processing and Management 1988).

It learns nothing from the log, so that an item is answered for from its first day on. What people
had weighs in at the end only: of items described alike, those that more people had come first.
"""

from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy import sparse

from recommender_models.neighbours import NeighbourLists
from recommender_store.artifacts.manifest import SlotName

from .item_knn import lists_of_blocks
from .protocol import Parameters, Progress, TrainingData

PAIRS_LIMIT = 2_000_000_000
"""So many pairs of items that share a word are multiplied out, in 80 s on one core; the commonest
words, which say least, are left out until there are no more.
"""
BLOCK_PAIRS = 20_000_000
"""Pairs at once: bounds the memory."""


class ContentParameters(Parameters):
    """How many, how much alike, and how far what is popular counts."""

    neighbours: Annotated[int, Field(ge=1, le=1000)] = 50
    """Length of each list."""
    minimum_similarity: Annotated[float, Field(ge=0, lt=1)] = 0.1
    """Cosine; what is less alike shares a word by accident."""
    popularity: Annotated[float, Field(ge=0, le=1)] = 0.5
    """By how much of itself the score of the item that most people had grows, by log of people."""


class Content:
    """Fits `NeighbourLists` of the catalog alone."""

    name: ClassVar[str] = "content"
    slots: ClassVar[tuple[SlotName, ...]] = ("content",)
    parameters: ClassVar[type[Parameters]] = ContentParameters

    def fit(
        self,
        data: TrainingData,
        parameters: ContentParameters,
        progress: Progress,
        rng: np.random.Generator,  # noqa: ARG002 - nothing here is left to chance
    ) -> NeighbourLists:
        count = data.matrix.shape[1]
        words = sparse.csr_matrix((count, 0), dtype=np.float32)
        if data.descriptions is not None:
            words = tf_idf(data.descriptions)
        transposed = words.T.tocsr()
        grown = (1 + parameters.popularity * _fame(data)).astype(np.float32)

        def rows_of(start: int, stop: int) -> sparse.csr_matrix:
            alike = words[start:stop] @ transposed
            alike.data[alike.data < parameters.minimum_similarity] = 0
            alike.eliminate_zeros()
            alike.data *= grown[alike.indices]
            return alike

        return lists_of_blocks(rows_of, _bounds(words), parameters.neighbours, progress)


def tf_idf(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    """Rows of length 1 or 0; words of one item alone and the commonest count for length only."""
    words = counts.astype(np.float64)
    items_with = np.bincount(words.indices, minlength=words.shape[1])
    words.data = (1 + np.log(words.data)) * np.log(1 + words.shape[0] / items_with)[words.indices]
    lengths = np.sqrt(np.asarray(words.multiply(words).sum(axis=1)).ravel())
    shared = np.flatnonzero((items_with > 1) & _affordable(items_with))
    scaled = sparse.diags(1 / np.maximum(lengths, np.finfo(np.float64).tiny)) @ words
    return scaled[:, shared].astype(np.float32).tocsr()


def _affordable(items_with: NDArray[np.int64]) -> NDArray[np.bool_]:
    """The words that few enough pairs of items share, the rare ones first."""
    order = np.argsort(items_with, kind="stable")
    affordable = np.zeros(len(items_with), dtype=bool)
    affordable[order] = np.cumsum(items_with[order].astype(np.float64) ** 2) <= PAIRS_LIMIT
    return affordable


def _bounds(words: sparse.csr_matrix) -> list[int]:
    """From which item to which a block goes."""
    items_with = np.bincount(words.indices, minlength=words.shape[1])
    pairs = np.concatenate([[0], np.cumsum(items_with[words.indices])])[words.indptr]
    starts = np.flatnonzero(np.diff(pairs[:-1] // BLOCK_PAIRS)) + 1
    return [0, *starts.tolist(), words.shape[0]]


def _fame(data: TrainingData) -> NDArray[np.float64]:
    """How many had each item, by logarithm: 1 for the most, 0 for nobody."""
    people = np.log1p(np.bincount(data.matrix.indices, minlength=data.matrix.shape[1]))
    most = people.max(initial=0)
    fame: NDArray[np.float64] = people / most if most else people
    return fame
