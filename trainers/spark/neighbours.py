"""
Item-to-item nearest neighbours on Spark: the lists that `trainers.recipes.item_knn` makes.

Weighing is linear in the interactions and `implicit`'s own; meeting is quadratic in the histories
and the executors' work: a join of each history with itself, summed by pairs of items.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np
from implicit.nearest_neighbours import bm25_weight, normalize, tfidf_weight
from numpy.typing import NDArray
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as f
from scipy import sparse
from typing_extensions import override

from recommender_models.neighbours import NeighbourLists
from trainers.recipes.item_knn import Bm25, Cosine, NeighbourParameters, TfIdf, to_lists
from trainers.recipes.protocol import Progress, TrainingData

from .arrays import columns_of, sent
from .log import failures_told

_FOUND = {"item": np.int32, "rank": np.int32, "neighbour": np.int32, "score": np.float32}


class _KnnOnSpark(ABC):
    """One similarity; a subclass weighs as the recommender of `implicit` of its name does."""

    def __init__(self, session: Callable[[], SparkSession]) -> None:
        self._session = session

    @staticmethod
    @abstractmethod
    def weighed(items_by_actors: sparse.coo_matrix) -> sparse.coo_matrix:
        """What each actor says for each item."""

    def fit(
        self,
        data: TrainingData,
        parameters: NeighbourParameters,
        progress: Progress,
        rng: np.random.Generator,  # noqa: ARG002 - nothing here is left to chance
    ) -> NeighbourLists:
        item_count = data.matrix.shape[1]
        if not data.matrix.nnz:
            return to_lists(sparse.csr_matrix((item_count, item_count)), parameters.neighbours)
        matrix = data.matrix.copy()
        matrix.data = np.log1p(matrix.data)
        weighed = self.weighed(matrix.T)
        progress(1, 3)
        with failures_told():
            entries = sent(
                self._session(),
                {
                    "actor": weighed.col.astype(np.int32),
                    "item": weighed.row.astype(np.int32),
                    "said": weighed.data.astype(np.float64),
                },
            )
            found = columns_of(_ranked(_met(entries), parameters), _FOUND)
        progress(2, 3)
        lists = _lists(found, item_count, parameters.neighbours)
        progress(3, 3)
        return lists


class CosineOnSpark(_KnnOnSpark, Cosine):
    """Fits `NeighbourLists` by cosine."""

    @staticmethod
    @override
    def weighed(items_by_actors: sparse.coo_matrix) -> sparse.coo_matrix:
        return normalize(items_by_actors)


class TfIdfOnSpark(_KnnOnSpark, TfIdf):
    """Fits `NeighbourLists` by cosine over TF-IDF."""

    @staticmethod
    @override
    def weighed(items_by_actors: sparse.coo_matrix) -> sparse.coo_matrix:
        return normalize(tfidf_weight(items_by_actors))


class Bm25OnSpark(_KnnOnSpark, Bm25):
    """Fits `NeighbourLists` by BM25."""

    @staticmethod
    @override
    def weighed(items_by_actors: sparse.coo_matrix) -> sparse.coo_matrix:
        return bm25_weight(items_by_actors, K1=1.2, B=0.75)


def _met(entries: DataFrame) -> DataFrame:
    """Pairs of items that meet in a history, both ways and with themselves."""
    one = entries.select("actor", f.col("item").alias("one"), f.col("said").alias("of_one"))
    other = entries.select("actor", f.col("item").alias("other"), f.col("said").alias("of_other"))
    met = (
        one.join(other, "actor")
        .where("one <= other")
        .groupBy("one", "other")
        .agg(
            f.sum(f.col("of_one") * f.col("of_other")).alias("similarity"), f.count("*").alias("n")
        )
    )
    turned = met.where("one < other").select(
        f.col("other").alias("one"), f.col("one").alias("other"), "similarity", "n"
    )
    return met.unionByName(turned)


def _ranked(met: DataFrame, parameters: NeighbourParameters) -> DataFrame:
    """What is kept of them, by the rules of the recipe: its cut, its support, its shrinkage."""
    nearest = Window.partitionBy("one").orderBy(f.desc("similarity"), "other")
    best = Window.partitionBy("one").orderBy(f.desc("score"), "other")
    support = f.col("n").cast("float")
    trust = (support / (support + f.lit(parameters.shrinkage).cast("float")).cast("float")).cast(
        "float"
    )
    return (
        met.withColumn("place", f.row_number().over(nearest))
        .where(f.col("place") <= 2 * parameters.neighbours + 1)
        .where((f.col("n") >= parameters.minimum_support) & f.expr("one <> other"))
        .withColumn("score", (f.col("similarity") * trust.cast("double")).cast("float"))
        .where("score > 0")
        .withColumn("rank", f.row_number().over(best))
        .where(f.col("rank") <= parameters.neighbours)
        .select(f.col("one").alias("item"), "rank", f.col("other").alias("neighbour"), "score")
    )


def _lists(found: dict[str, NDArray[Any]], item_count: int, length: int) -> NeighbourLists:
    neighbours = np.full((item_count, length), -1, dtype=np.int32)
    scores = np.zeros((item_count, length), dtype=np.float32)
    at = (found["item"], found["rank"] - 1)
    neighbours[at] = found["neighbour"]
    scores[at] = found["score"]
    return NeighbourLists(neighbours, scores)
