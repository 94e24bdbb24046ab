"""
Item-to-item by what the catalog says: the cosine of titles and attributes, their words weighted by
TF-IDF (Salton and Buckley, "Term-weighting approaches in automatic text retrieval", Information
Processing and Management 1988).

It learns nothing from the log, so that an item is answered for from its first day on: what comes
into the catalog later is found by its words. What people had weighs in at the end only: of items
described alike, those that more people had come first.
"""

from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy import sparse

from recommender_models.described import DescribedLists, Limits, Weighed
from recommender_models.word_index import WordIndex
from recommender_store.artifacts.manifest import SlotName
from recommender_store.artifacts.vocabulary import Vocabulary
from trainers.datasets.descriptions import Descriptions, described

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
    ) -> DescribedLists:
        count = data.matrix.shape[1]
        said = data.descriptions or _nothing(count)
        rarity = rarity_of(said.counts)
        words = tf_idf(said.counts, rarity)
        inverted = words.T.tocsr()
        boosts = (1 + parameters.popularity * _fame(data)).astype(np.float32)

        def rows_of(start: int, stop: int) -> sparse.csr_matrix:
            alike = words[start:stop] @ inverted
            alike.data[alike.data < parameters.minimum_similarity] = 0
            alike.eliminate_zeros()
            alike.data *= boosts[alike.indices]
            return alike

        is_told_of = np.zeros(count, dtype=bool)
        is_told_of[described(said)] = True
        return DescribedLists(
            lists_of_blocks(rows_of, _bounds(words), parameters.neighbours, progress),
            said.words,
            WordIndex(
                inverted.indptr.astype(np.int64), inverted.indices.astype(np.int32), inverted.data
            ),
            Weighed(rarity, boosts, is_told_of),
            Limits(parameters.minimum_similarity, float(np.log(1 + count))),
        )


def _nothing(item_count: int) -> Descriptions:
    return Descriptions(sparse.csr_matrix((item_count, 0), dtype=np.float32), Vocabulary.of([]))


def rarity_of(counts: sparse.csr_matrix) -> NDArray[np.float32]:
    """What each word weighs: the more, the fewer items have it."""
    items_with = np.bincount(counts.indices, minlength=counts.shape[1])
    rarity: NDArray[np.float32] = np.log(1 + counts.shape[0] / items_with).astype(np.float32)
    return rarity


def tf_idf(counts: sparse.csr_matrix, rarity: NDArray[np.float32]) -> sparse.csr_matrix:
    """Rows of length 1 or 0; the commonest words count for length only."""
    words = counts.astype(np.float64)
    words.data = (1 + np.log(words.data)) * rarity[words.indices]
    lengths = np.sqrt(np.asarray(words.multiply(words).sum(axis=1)).ravel())
    scaled = sparse.diags(1 / np.maximum(lengths, np.finfo(np.float64).tiny)) @ words
    scaled = scaled.astype(np.float32).tocsr()
    affordable = _affordable(np.bincount(words.indices, minlength=words.shape[1]))
    scaled.data[~affordable[scaled.indices]] = 0
    scaled.eliminate_zeros()
    return scaled


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
