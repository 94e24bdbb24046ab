"""
The inverse of a symmetric positive definite matrix, written over the matrix.

Cholesky factor, its inverse, and the product of that with itself (Higham, "Accuracy and Stability
of Numerical Algorithms", 2002, chapter 14), in blocks of a fixed size that threads share: sums are
added in the same order on any number of them. LAPACK's own threads add in another order for each
number, and end the process where a matrix has more than some 35,000 rows.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, lapack, solve_triangular
from threadpoolctl import threadpool_limits

Matrix = NDArray[np.float32]

BLOCK = 1024
"""Rows and columns of a block."""


def invert(matrix: Matrix, threads: int = 0, block: int = BLOCK) -> None:
    """
    Leave the lower triangle of the inverse in the matrix; what is above it means nothing then.

    Args:
        matrix: [n, n], of which the lower triangle is read. Beside it, 3 × n × `block` float32 are
            made at once.
        threads: 0: all cores. The result does not depend on it.
        block: the result depends on it, in its last digits.

    Raises:
        numpy.linalg.LinAlgError: where it is not positive definite.
    """
    with (
        threadpool_limits(limits=1, user_api="blas"),
        ThreadPoolExecutor(threads or os.cpu_count()) as pool,
    ):
        inversion = _Inversion(matrix, block, pool)
        inversion.factorise()
        inversion.invert_factor()
        inversion.multiply_by_itself()


class _Inversion:
    """A step for each block on the diagonal; the blocks beside it are worked on at once."""

    def __init__(self, matrix: Matrix, block: int, pool: ThreadPoolExecutor) -> None:
        self._matrix = matrix
        self._count = len(matrix)
        self._block = block
        self._pool = pool

    def factorise(self) -> None:
        """A = LLᵀ, by columns from the left; the diagonal's blocks have zeros above."""
        matrix = self._matrix
        for at in self._blocks(0, self._count):
            own = cholesky(matrix[at, at], lower=True)
            below = np.empty((self._count - at.stop, len(own)), dtype=np.float32)
            self._each(partial(self._solve, at.stop, matrix[:, at], own, below), at.stop)
            self._each(partial(self._subtract, at.stop, below), at.stop)
            matrix[at, at], matrix[at.stop :, at] = own, below

    def invert_factor(self) -> None:
        """L becomes L⁻¹, by columns from the right."""
        matrix = self._matrix
        for at in reversed(list(self._blocks(0, self._count))):
            own, _ = lapack.strtri(matrix[at, at], lower=1)
            below = matrix[at.stop :, at] @ own
            self._each(partial(self._multiply, at, below), at.stop)
            matrix[at, at] = own

    def multiply_by_itself(self) -> None:
        """L⁻¹ becomes L⁻ᵀL⁻¹, by rows from the top: a row needs itself and those below it."""
        for at in self._blocks(0, self._count):
            own = self._matrix[at.start :, at].copy()
            self._each(partial(self._multiply_below, at, own), 0, at.stop)

    def _solve(self, origin: int, column: Matrix, own: Matrix, below: Matrix, rows: slice) -> None:
        solved = solve_triangular(own, column[rows].T, lower=True, check_finite=False)
        below[rows.start - origin : rows.stop - origin] = solved.T

    def _subtract(self, origin: int, below: Matrix, columns: slice) -> None:
        right = below[columns.start - origin : columns.stop - origin]
        self._matrix[columns.start :, columns] -= (right @ below[columns.start - origin :].T).T

    def _multiply(self, at: slice, below: Matrix, rows: slice) -> None:
        left = self._matrix[rows, at.stop : rows.stop]
        self._matrix[rows, at] = -(below[: rows.stop - at.stop].T @ left.T).T

    def _multiply_below(self, at: slice, own: Matrix, columns: slice) -> None:
        self._matrix[at, columns] = (self._matrix[at.start :, columns].T @ own).T

    def _blocks(self, start: int, stop: int) -> Iterator[slice]:
        for first in range(start, stop, self._block):
            yield slice(first, min(first + self._block, stop))

    def _each(self, do: Callable[[slice], None], start: int, stop: int | None = None) -> None:
        """Done for every block of rows or columns when it returns."""
        list(self._pool.map(do, self._blocks(start, self._count if stop is None else stop)))
