"""
The leading right singular vectors of a sparse matrix, by subspace iteration from a random start.

Halko, Martinsson and Tropp, "Finding structure with randomness", SIAM Review 2011, algorithm 4.4.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Matrix = NDArray[np.float32]

SPARE = 10
"""Directions beyond those asked for: they take the error of the last ones."""
ROUNDS = 4


def leading(matrix: sparse.csr_matrix, count: int, rng: np.random.Generator) -> Matrix:
    """Up to `count` orthonormal vectors [columns, count], greatest singular value first."""
    width = min(count + SPARE, *matrix.shape)
    if not width or not matrix.nnz:
        return np.zeros((matrix.shape[1], 0), dtype=np.float32)
    transposed = matrix.T.tocsr()
    basis = rng.standard_normal((matrix.shape[1], width), dtype=np.float32)
    for _ in range(ROUNDS):
        basis, _ = np.linalg.qr(transposed @ (matrix @ basis))
    image = matrix @ basis
    squares, turns = np.linalg.eigh(image.T @ image)
    # Directions without any share in the matrix say nothing.
    order = np.argsort(-squares)[:count]
    order = order[squares[order] > squares.max() * np.finfo(np.float32).eps]
    vectors: Matrix = np.ascontiguousarray(basis @ turns[:, order])
    return vectors
