"""
The inverse of a symmetric positive definite matrix, written over the matrix.

Cholesky factor, its inverse, and the product of that with itself (Higham, "Accuracy and Stability
of Numerical Algorithms", 2002, chapter 14), a block of columns at a time by numpy's matrix product.
LAPACK's own routines as SciPy brings them end the process where several threads take a matrix of
more than some 35,000 rows.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, lapack, solve_triangular

Matrix = NDArray[np.float32]

BLOCK = 2048
"""Columns at once; beside the matrix, two blocks of rows × `BLOCK` float32 are made."""


def invert(matrix: Matrix, block: int = BLOCK) -> None:
    """
    Leave the lower triangle of the inverse in the matrix; what is above it means nothing then.

    Raises:
        numpy.linalg.LinAlgError: where it is not positive definite.
    """
    _factorise(matrix, block)
    _invert_factor(matrix, block)
    _multiply_by_itself(matrix, block)


def _blocks(count: int, block: int) -> Iterator[slice]:
    for start in range(0, count, block):
        yield slice(start, min(start + block, count))


def _factorise(matrix: Matrix, block: int) -> None:
    """A = LLᵀ, by columns from the left; the diagonal's blocks have zeros above."""
    for at in _blocks(len(matrix), block):
        matrix[at, at] = own = cholesky(matrix[at, at], lower=True)
        below = matrix[at.stop :, at]
        below[:] = solve_triangular(own, below.T, lower=True, check_finite=False).T
        for other in _blocks(len(below), block):
            rest = slice(at.stop + other.start, at.stop + other.stop)
            matrix[rest.start :, rest] -= (below[other] @ below[other.start :].T).T


def _invert_factor(matrix: Matrix, block: int) -> None:
    """L becomes L⁻¹, by columns from the right."""
    for at in reversed(list(_blocks(len(matrix), block))):
        own, _ = lapack.strtri(matrix[at, at], lower=1)
        below = matrix[at.stop :, at] @ own
        for other in _blocks(len(below), block):
            row = slice(at.stop + other.start, at.stop + other.stop)
            matrix[row, at] = -(below[: other.stop].T @ matrix[row, at.stop : row.stop].T).T
        matrix[at, at] = own


def _multiply_by_itself(matrix: Matrix, block: int) -> None:
    """L⁻¹ becomes L⁻ᵀL⁻¹, by rows from the top: a row needs itself and those below it."""
    for at in _blocks(len(matrix), block):
        matrix[at, : at.stop] = (matrix[at.start :, : at.stop].T @ matrix[at.start :, at]).T
