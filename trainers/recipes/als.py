"""
Alternating least squares on implicit feedback, from `implicit` (Hu, Koren and Volinsky, ICDM 2008).

After the last iteration the users are solved once more against the final items, so that a stored
user and one folded in from the same history get the same vector.
"""

from typing import ClassVar

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from pydantic import Field
from scipy import sparse
from threadpoolctl import threadpool_limits

from recommender_models.factors import Confidence, Factors
from recommender_store.artifacts.manifest import SlotName
from trainers.indexes.build import build_index

from .protocol import Parameters, Progress, TrainingData

BLOCK = 50_000
"""Users solved at once after the fit: bounds the memory."""


class AlsParameters(Parameters):
    """Confidence is `1 + alpha * log(1 + weight)`."""

    factors: int = Field(default=64, ge=4, le=512)
    regularization: float = Field(default=0.01, ge=0)
    alpha: float = Field(default=1.0, gt=0)
    iterations: int = Field(default=15, ge=1, le=200)


class Als:
    """Fits `Factors`."""

    name: ClassVar[str] = "als"
    slots: ClassVar[tuple[SlotName, ...]] = ("for_you",)
    parameters: ClassVar[type[Parameters]] = AlsParameters

    def fit(
        self,
        data: TrainingData,
        parameters: AlsParameters,
        progress: Progress,
        rng: np.random.Generator,
    ) -> Factors:
        confidence = Confidence(alpha=parameters.alpha)
        matrix = _people(data)
        matrix.data = confidence.of(matrix.data)
        # implicit runs its own threads; those of BLAS beside them only get in the way.
        with threadpool_limits(limits=1, user_api="blas"):
            model = AlternatingLeastSquares(
                factors=parameters.factors,
                regularization=parameters.regularization,
                alpha=1.0,
                iterations=parameters.iterations,
                random_state=int(rng.integers(2**31)),
            )
            model.fit(
                matrix,
                show_progress=False,
                callback=lambda done, *_: progress(done + 1, parameters.iterations),
            )
            item_factors = _without_strangers(model.item_factors, matrix)
            model.item_factors = item_factors
            gram = item_factors.T @ item_factors
            gram += parameters.regularization * np.eye(parameters.factors, dtype=np.float32)
            user_factors = _solve_users(model, matrix[: data.user_count])
        return Factors(item_factors, gram, confidence, build_index(item_factors), user_factors)


def _people(data: TrainingData) -> sparse.csr_matrix:
    """
    The users' rows; those of anonymous sessions only where there is nobody else.

    One visit is a poor picture of a taste: fitted beside users, visits blur theirs.
    """
    return data.matrix[: data.user_count] if data.user_count else data.matrix.copy()


def _without_strangers(item_factors: np.ndarray, matrix: sparse.csr_matrix) -> np.ndarray:
    """Items that nobody did anything with keep no vector, or chance would recommend them."""
    known = np.zeros(len(item_factors), dtype=bool)
    known[np.unique(matrix.indices)] = True
    return np.where(known[:, None], item_factors, np.float32(0)).astype(np.float32)


def _solve_users(model: AlternatingLeastSquares, matrix: sparse.csr_matrix) -> np.ndarray:
    model._YtY = None  # noqa: SLF001 - implicit keeps the Gram matrix of the items it has replaced
    blocks = [
        model.recalculate_user(np.arange(start, min(start + BLOCK, matrix.shape[0])), part)
        for start in range(0, matrix.shape[0], BLOCK)
        if (part := matrix[start : start + BLOCK]) is not None
    ]
    if not blocks:
        return np.zeros((0, model.factors), dtype=np.float32)
    return np.concatenate(blocks).astype(np.float32)
