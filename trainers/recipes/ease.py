"""
EASE: the item-item weights of least squares with a diagonal of zero, in closed form (Steck,
"Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019).

B = I - P / diag(P) with P = (RᵀR + λI)⁻¹. The matrix is as large as the catalog squared: one array
of float32 is made, and its inverse is written over it.
"""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field
from scipy import sparse

from recommender_models.item_weights import ItemWeights
from recommender_store.artifacts.manifest import SlotName
from trainers.errors import CatalogTooLarge, ModelDiverged

from .inverse import invert
from .item_item import Matrix, signal, weights_of
from .protocol import Parameters, Progress, TrainingData
from .sought import Sought

BLOCK = 1000
"""Rows of the Gram matrix that are made at once."""


class EaseParameters(Parameters):
    """The memory is for the one matrix; blocks and the log come on top."""

    regularization: Annotated[float, Field(gt=0, le=1e6), Sought(20, 2000, log=True)] = 120.0
    """λ above."""
    kept: Annotated[int, Field(ge=10, le=5000)] = 400
    """Entries of each item's row that are served."""
    memory_limit_mb: Annotated[int, Field(ge=1)] = 8000
    """A catalog whose matrix is larger is refused; 8000 MB hold 44,000 items."""


class Ease:
    """Fits `ItemWeights`."""

    name: ClassVar[str] = "ease"
    slots: ClassVar[tuple[SlotName, ...]] = ("similar", "for_you")
    parameters: ClassVar[type[Parameters]] = EaseParameters

    def fit(
        self,
        data: TrainingData,
        parameters: EaseParameters,
        progress: Progress,
        rng: np.random.Generator,  # noqa: ARG002 - nothing here is left to chance
    ) -> ItemWeights:
        matrix = signal(data)
        item_count = matrix.shape[1]
        needed_mb = item_count**2 * 4 // 2**20
        if needed_mb > parameters.memory_limit_mb:
            raise CatalogTooLarge(
                recipe=self.name,
                items=item_count,
                needed_mb=needed_mb,
                limit_mb=parameters.memory_limit_mb,
            )
        squared = gram(matrix, parameters.regularization)
        try:
            invert(squared, data.threads)
        except np.linalg.LinAlgError as error:
            raise ModelDiverged(recipe=self.name) from error
        own = np.ascontiguousarray(np.diagonal(squared))

        def rows_of(start: int, stop: int) -> Matrix:
            return -symmetric_rows(squared, start, stop) / own

        return weights_of(rows_of, item_count, parameters.kept, progress)


def gram(matrix: sparse.csr_matrix, regularization: float) -> Matrix:
    """RᵀR + λI, dense, in Fortran's order as LAPACK takes it."""
    count = matrix.shape[1]
    squared = np.empty((count, count), dtype=np.float32, order="F")
    transposed, by_item = matrix.T.tocsr(), matrix.tocsc()
    for start in range(0, count, BLOCK):
        part = slice(start, start + BLOCK)
        squared[:, part] = (transposed @ by_item[:, part]).toarray()
    squared[np.diag_indices(count)] += np.float32(regularization)
    return squared


def symmetric_rows(lower: Matrix, start: int, stop: int) -> Matrix:
    """Whole rows of a symmetric matrix of which only the lower triangle is there."""
    rows = np.empty((stop - start, len(lower)), dtype=np.float32)
    rows[:, :start] = lower[start:stop, :start]
    rows[:, stop:] = lower[stop:, start:stop].T
    corner = np.tril(lower[start:stop, start:stop])
    rows[:, start:stop] = corner + np.tril(corner, -1).T
    return rows
