"""
Alternating least squares on Spark (`pyspark.ml`), as the model that `trainers.recipes.als` gives.

The same confidence, `1 + alpha * log(1 + weight)`. Spark multiplies the regularization by how many
entries a row has (Zhou et al., AAIM 2008), `implicit` does not: here it is divided by their mean,
so that a parameter means about the same on both. The users are solved against the final items by
the very code that folds users in when they are served, so this difference ends with the items.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.ml.recommendation import ALS
from pyspark.sql import SparkSession
from scipy import sparse
from typing_extensions import override

from recommender_models.factors import Confidence, Factors
from recommender_store.artifacts.arrays import map_array, save_array
from trainers.errors import ModelDiverged
from trainers.indexes.build import build_index
from trainers.recipes.als import Als, AlsParameters
from trainers.recipes.protocol import Progress, TrainingData

from .arrays import Batches, brought, over_blocks, place, sent, shipped
from .log import failures_told

Matrix = NDArray[np.float32]

USERS_AT_ONCE = 5_000


class AlsOnSpark(Als):
    """Fits `Factors`."""

    def __init__(self, session: Callable[[], SparkSession]) -> None:
        self._session = session

    @override
    def fit(
        self,
        data: TrainingData,
        parameters: AlsParameters,
        progress: Progress,
        rng: np.random.Generator,
    ) -> Factors:
        matrix = data.people
        item_factors = np.zeros((matrix.shape[1], parameters.factors), dtype=np.float32)
        if matrix.nnz:
            with failures_told():
                self._fit_items(item_factors, matrix, parameters, int(rng.integers(2**31)))
        if not np.isfinite(item_factors).all():
            raise ModelDiverged(recipe=self.name)
        progress(1, 2)
        gram = item_factors.T @ item_factors
        gram += parameters.regularization * np.eye(parameters.factors, dtype=np.float32)
        confidence, of_nothing = Confidence(alpha=parameters.alpha), build_index(item_factors[:0])
        with failures_told():
            users = self._solve_users(
                Factors(item_factors, gram, confidence, of_nothing), matrix[: data.user_count]
            )
        progress(2, 2)
        index = build_index(item_factors, users, data.least_recall)
        return Factors(item_factors, gram, confidence, index, users)

    def _fit_items(
        self, item_factors: Matrix, matrix: sparse.csr_matrix, parameters: AlsParameters, seed: int
    ) -> None:
        entries = matrix.tocoo()
        ratings = {
            "actor": entries.row.astype(np.int32),
            "item": entries.col.astype(np.int32),
            "rating": np.log1p(entries.data).astype(np.float32),
        }
        rows = len(np.unique(entries.row)) + len(np.unique(entries.col))
        blocks = max(2, self._session().sparkContext.defaultParallelism)
        recipe = ALS(
            userCol="actor",
            itemCol="item",
            ratingCol="rating",
            implicitPrefs=True,
            rank=parameters.factors,
            maxIter=parameters.iterations,
            alpha=parameters.alpha,
            regParam=parameters.regularization * rows / (2 * matrix.nnz),
            numUserBlocks=blocks,
            numItemBlocks=blocks,
            seed=seed,
        )
        fitted = recipe.fit(sent(self._session(), ratings))
        for batch in brought(fitted.itemFactors):
            vectors = batch.column("features").flatten().to_numpy()
            item_factors[batch.column("id").to_numpy()] = vectors.reshape(-1, parameters.factors)

    def _solve_users(self, model: Factors, matrix: sparse.csr_matrix) -> Matrix:
        width = model.item_factors.shape[1]
        solved = np.zeros((matrix.shape[0], width), dtype=np.float32)
        if not matrix.nnz:
            return solved
        with tempfile.TemporaryDirectory(prefix="recommender-als-") as folder:
            model.save(Path(folder) / "model")
            for part in ("indptr", "indices", "data"):
                save_array(Path(folder) / f"{part}.npy", getattr(matrix, part))
            key = shipped(self._session(), Path(folder))
        frame = over_blocks(
            self._session(),
            matrix.shape[0],
            USERS_AT_ONCE,
            lambda starts: _solved(place(key), starts, width),
            "user int, features array<float>",
        )
        for batch in brought(frame):
            vectors = batch.column("features").flatten().to_numpy()
            solved[batch.column("user").to_numpy()] = vectors.reshape(-1, width)
        return solved


def _solved(folder: Path, starts: list[int], width: int) -> Batches:
    """On an executor: the users of some blocks who have a vector."""
    model = Factors.from_path(folder / "model")
    indptr, rows, weights = (
        map_array(folder / f"{part}.npy") for part in ("indptr", "indices", "data")
    )
    for start in starts:
        users, vectors = [], []
        for user in range(start, min(start + USERS_AT_ONCE, len(indptr) - 1)):
            theirs = slice(int(indptr[user]), int(indptr[user + 1]))
            vector = model.fold_in(np.asarray(rows[theirs]), np.asarray(weights[theirs]))
            if vector is not None:
                users.append(user)
                vectors.append(vector)
        flat = np.concatenate([np.empty(0, np.float32), *vectors]).astype(np.float32)
        offsets = np.arange(len(users) + 1, dtype=np.int32) * width
        features = pa.ListArray.from_arrays(pa.array(offsets), pa.array(flat))
        yield pa.record_batch([pa.array(users, pa.int32()), features], names=["user", "features"])
