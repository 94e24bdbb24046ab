"""
Graph filter: smooth what a user did over the graph of items (GF-CF: Shen et al., "How Powerful is
Graph Convolution for Recommendation?", CIKM 2021).

With R̃ = D_U^-a R D_I^-b, the users' degrees and the items' taken out, the filter is R̃ᵀR̃, the
linear part, plus an ideal low pass: the leading singular vectors of the matrix with a = b = 1/2,
the others cut off. There is nothing to iterate. The paper's linear part has a = b = 1/2; milder
exponents let common items be common. What is served is their sum, each row cut to its strongest.
"""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field
from scipy import sparse
from threadpoolctl import threadpool_limits

from recommender_models.item_weights import ItemWeights
from recommender_store.artifacts.manifest import SlotName

from .item_item import Matrix, powers, signal, weights_of
from .protocol import Parameters, Progress, TrainingData
from .sought import Sought
from .spectrum import leading

NORM_ROWS = 2000
"""Rows of the linear part that are made at once to take their norm."""


class GraphFilterParameters(Parameters):
    """Of both parts of the filter."""

    factors: Annotated[int, Field(ge=1, le=2048), Sought(256, 768, log=True)] = 512
    """Singular vectors that the low pass lets through."""
    low_pass: Annotated[float, Field(ge=0, le=100), Sought(0.3, 1.5, log=True)] = 0.7
    """What the low pass weighs beside the linear part, both brought to one scale."""
    user_exponent: Annotated[float, Field(ge=0, le=2), Sought(0.4, 0.55)] = 0.5
    """How much less somebody busy says of a pair of items: a above."""
    item_exponent: Annotated[float, Field(ge=0, le=2), Sought(0.35, 0.55)] = 0.4
    """How much less a common item counts: b above."""
    kept: Annotated[int, Field(ge=10, le=5000)] = 400
    """Entries of each item's row that are served."""


class GraphFilter:
    """Fits `ItemWeights`."""

    name: ClassVar[str] = "graph_filter"
    slots: ClassVar[tuple[SlotName, ...]] = ("for_you",)
    parameters: ClassVar[type[Parameters]] = GraphFilterParameters

    def fit(
        self,
        data: TrainingData,
        parameters: GraphFilterParameters,
        progress: Progress,
        rng: np.random.Generator,
    ) -> ItemWeights:
        matrix = signal(data)
        # On one thread, so that sums are added in the same order on any number of cores.
        with threadpool_limits(limits=1, user_api="blas"):
            linear = _Linear(matrix, parameters)
            low_pass = _LowPass(matrix, parameters, rng)

            def rows_of(start: int, stop: int) -> Matrix:
                return linear.rows(start, stop) + low_pass.rows(start, stop)

            return weights_of(rows_of, matrix.shape[1], parameters.kept, progress)


class _Linear:
    """R̃ᵀR̃ without its diagonal, a block of rows at a time, at a norm of 1."""

    def __init__(self, matrix: sparse.csr_matrix, parameters: GraphFilterParameters) -> None:
        self._right = normalised(matrix, parameters.user_exponent, parameters.item_exponent)
        self._left = self._right.T.tocsr()
        squares = 0.0
        for start in range(0, matrix.shape[1], NORM_ROWS):
            part = self._left[start : start + NORM_ROWS] @ self._right
            squares += np.square(part.data, dtype=np.float64).sum()
            squares -= np.square(part.diagonal(start), dtype=np.float64).sum()
        if squares > 0:
            self._left = self._left / np.float32(np.sqrt(squares))

    def rows(self, start: int, stop: int) -> Matrix:
        rows: Matrix = (self._left[start:stop] @ self._right).toarray()
        return rows


class _LowPass:
    """D_I^-½ V Vᵀ D_I^½, a block of rows at a time, at a norm of its weight."""

    def __init__(
        self,
        matrix: sparse.csr_matrix,
        parameters: GraphFilterParameters,
        rng: np.random.Generator,
    ) -> None:
        vectors = leading(normalised(matrix, 0.5, 0.5), parameters.factors, rng)
        degrees = np.asarray(matrix.sum(axis=0), dtype=np.float32).ravel()
        self._left = powers(degrees, -0.5)[:, None] * vectors
        self._right = np.ascontiguousarray((powers(degrees, 0.5)[:, None] * vectors).T)
        squares = np.vdot(self._left.T @ self._left, self._right @ self._right.T)
        own = np.square((self._left * self._right.T).sum(axis=1)).sum()
        norm = np.sqrt(max(float(squares - own), 0.0))
        self._left *= np.float32(parameters.low_pass / norm if norm else 0.0)

    def rows(self, start: int, stop: int) -> Matrix:
        rows: Matrix = self._left[start:stop] @ self._right
        return rows


def normalised(
    matrix: sparse.csr_matrix, user_exponent: float, item_exponent: float
) -> sparse.csr_matrix:
    """D_U^-a R D_I^-b."""
    users = np.asarray(matrix.sum(axis=1), dtype=np.float32).ravel()
    items = np.asarray(matrix.sum(axis=0), dtype=np.float32).ravel()
    left = sparse.diags_array(powers(users, -user_exponent))
    right = sparse.diags_array(powers(items, -item_exponent))
    return sparse.csr_matrix(left @ matrix @ right, dtype=np.float32)
