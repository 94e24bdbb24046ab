"""
Alternating least squares on implicit feedback, from `implicit` (Hu, Koren and Volinsky, ICDM 2008).

After the last iteration the users are solved once more against the final items, so that a stored
user and one folded in from the same history get the same vector.
"""

from typing import Annotated, ClassVar

import numpy as np
from implicit.als import AlternatingLeastSquares
from implicit.recommender_base import ModelFitError
from numpy.typing import NDArray
from pydantic import Field
from scipy import sparse
from threadpoolctl import threadpool_limits

from recommender_models.factors import Confidence, Factors
from recommender_store.artifacts.manifest import SlotName
from trainers.errors import ModelDiverged
from trainers.indexes.build import build_index

from .device import ON_GPU, there
from .protocol import Parameters, Progress, TrainingData
from .short_histories import solve_short
from .sought import Sought

Vectors = NDArray[np.float32]

SMALL = 0.01
"""That of `implicit`."""
BLOCK = 50_000
"""Users solved at once after the fit: bounds the memory."""


class AlsParameters(Parameters):
    """Confidence is `1 + alpha * log(1 + weight)`."""

    factors: Annotated[int, Field(ge=4, le=1024), Sought(128, 384, log=True)] = 64
    regularization: Annotated[float, Field(ge=1e-4, le=1e6), Sought(10.0, 150.0, log=True)] = 0.01
    """Not zero: somebody new is folded in by solving a system that this keeps solvable."""
    alpha: Annotated[float, Field(gt=0), Sought(10.0, 80.0, log=True)] = 1.0
    iterations: Annotated[int, Field(ge=1, le=200), Sought(8, 14)] = 15
    warm_iterations: Annotated[int, Field(ge=1, le=200)] = 5
    """Instead, where an earlier fit is gone on from."""


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
        matrix = data.people
        matrix.data = confidence.of(matrix.data)
        start = data.starts.get("")
        iterations = parameters.warm_iterations if start else parameters.iterations
        seed = int(rng.integers(2**31))
        # implicit runs its own threads; those of BLAS beside them only get in the way.
        with threadpool_limits(limits=1, user_api="blas"):
            model = AlternatingLeastSquares(
                factors=parameters.factors,
                regularization=parameters.regularization,
                alpha=1.0,
                iterations=iterations,
                num_threads=data.threads,
                random_state=seed,
                use_gpu=ON_GPU,
            )
            if start is not None:
                chance = np.random.default_rng(seed)
                model.user_factors = there(_begun(start.user_factors, matrix.shape[0], chance))
                model.item_factors = there(_begun(start.item_factors, matrix.shape[1], chance))
            try:
                model.fit(
                    matrix,
                    show_progress=False,
                    callback=lambda done, *_: progress(done + 1, iterations),
                )
            except ModelFitError as error:
                raise ModelDiverged(recipe=self.name) from error
            model = model.to_cpu() if ON_GPU else model
            # An item that nobody did anything with has been given no vector: all zeros.
            item_factors = model.item_factors
            gram = item_factors.T @ item_factors
            gram += parameters.regularization * np.eye(parameters.factors, dtype=np.float32)
            user_factors = _solve_users(model, matrix[: data.user_count], gram)
        index = build_index(item_factors, user_factors, data.least_recall)
        return Factors(item_factors, gram, confidence, index, user_factors)


def _begun(known: Vectors, count: int, chance: np.random.Generator) -> Vectors:
    """Vectors to begin with; where nothing is known, small ones by chance, as a cold fit has."""
    begun: Vectors = chance.random((count, known.shape[1]), dtype=np.float32) * np.float32(SMALL)
    rows = np.flatnonzero(known.any(axis=1))
    begun[rows] = known[rows]
    return begun


def _solve_users(
    model: AlternatingLeastSquares, matrix: sparse.csr_matrix, gram: Vectors
) -> Vectors:
    model._YtY = None  # noqa: SLF001 - implicit keeps the Gram matrix of the items it has replaced
    solved = solve_short(matrix, model.item_factors, gram, model.factors)
    long = np.flatnonzero(np.diff(matrix.indptr) > model.factors)
    for start in range(0, len(long), BLOCK):
        users = long[start : start + BLOCK]
        solved[users] = model.recalculate_user(users, matrix[users])
    return solved
