"""
The vectors of users with few items, against the items' final ones, by the smaller system. Pure.

Hu, Koren and Volinsky's user is x = (G + UᵀDU)⁻¹Uᵀc, with a row of U for each of the k items, D
what their confidences c have above 1, and G the Gram matrix with its regularization. By Woodbury's
identity that is x = Pᵀ(1 + DUPᵀ)⁻¹c with P = UG⁻¹: k unknowns in place of all factors.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from trainers.datasets.ordering import stable_order

Vectors = NDArray[np.float32]

GATHERED = 500_000
"""Numbers of items' vectors gathered at once: what fits into a cache is quicker."""


def solve_short(
    matrix: sparse.csr_matrix, item_factors: Vectors, gram: Vectors, longest: int
) -> Vectors:
    """
    [users, factors], zeros for users with more than `longest` items, and for those with none.

    Args:
        matrix: users × items, confidences.
        item_factors: [items, factors].
        gram: [factors, factors], with the regularization on its diagonal.
        longest: history that is solved here.
    """
    factors = item_factors.shape[1]
    solved = np.zeros((matrix.shape[0], factors), dtype=np.float32)
    projected = np.linalg.solve(gram.astype(np.float64), item_factors.T).T.astype(np.float32)
    lengths = np.diff(matrix.indptr)
    by_length = stable_order(lengths)
    ends = np.cumsum(np.bincount(lengths, minlength=longest + 1))
    for length in range(1, longest + 1):
        users = by_length[ends[length - 1] : ends[length]]
        at_once = max(1, GATHERED // (length * factors))
        for start in range(0, len(users), at_once):
            some = users[start : start + at_once]
            at = matrix.indptr[some, None] + np.arange(length)
            items, sure = matrix.indices[at], matrix.data[at]
            beside = projected[items]
            left = item_factors[items] @ beside.transpose(0, 2, 1) * (sure - 1)[:, :, None]
            left[:, np.arange(length), np.arange(length)] += 1
            shares = np.linalg.solve(left, sure[:, :, None])
            solved[some] = (shares.transpose(0, 2, 1) @ beside)[:, 0]
    return solved
