"""
What recipes of item weights have in common: the users' signal, and rows cut to their strongest.

Pure. Dense rows are made and cut a block at a time, so that no more than a block is ever dense.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender_models.item_weights import ItemWeights, strength

from .protocol import Progress, TrainingData

Matrix = NDArray[np.float32]

BLOCK_ENTRIES = 20_000_000
"""Entries of a dense block: 80 MB."""


class Cut(NamedTuple):
    """The strongest entries of some rows."""

    lengths: NDArray[np.int64]
    columns: NDArray[np.int32]
    weights: NDArray[np.float32]


def signal(data: TrainingData) -> sparse.csr_matrix:
    """
    Users × items: how much each says for an item; the same scale as when the model is asked.
    """
    matrix = data.people.astype(np.float32)
    matrix.data = strength(matrix.data)
    matrix.eliminate_zeros()
    return matrix


def powers(degrees: Matrix, exponent: float) -> Matrix:
    """Degrees to a power; 0 for who has none."""
    raised = np.zeros_like(degrees)
    np.power(degrees, np.float32(exponent), out=raised, where=degrees > 0)
    return raised


def weights_of(
    rows_of: Callable[[int, int], Matrix], item_count: int, kept: int, progress: Progress
) -> ItemWeights:
    """The strongest entries of each row as a model; arguments as of `strongest_rows`."""
    return as_weights(strongest_rows(rows_of, item_count, kept, progress))


def as_weights(
    matrix: sparse.csr_matrix, priors: Matrix | None = None, *, ranks_all: bool = False
) -> ItemWeights:
    indptr = matrix.indptr.astype(np.int64)
    columns, weights = matrix.indices.astype(np.int32), matrix.data.astype(np.float32)
    return ItemWeights(indptr, columns, weights, priors, ranks_all=ranks_all)


def strongest_rows(
    rows_of: Callable[[int, int], Matrix], item_count: int, kept: int, progress: Progress
) -> sparse.csr_matrix:
    """
    Args:
        rows_of: the dense rows from one item up to another; they may be written over.
        item_count: how many rows there are, and how long each is.
        kept: how many entries a row keeps: its greatest, an item's own and those ≤ 0 never.
        progress: called with rows done and in all.
    """
    shape = (item_count, item_count)
    if not item_count:
        progress(1, 1)
        return sparse.csr_matrix(shape, dtype=np.float32)
    block = max(1, BLOCK_ENTRIES // item_count)
    cuts = []
    for start in range(0, item_count, block):
        stop = min(start + block, item_count)
        cuts.append(strongest(rows_of(start, stop), start, kept))
        progress(stop, item_count)
    lengths, columns, weights = (np.concatenate(part) for part in zip(*cuts, strict=True))
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    return sparse.csr_matrix((weights, columns, indptr), shape=shape)


def strongest(rows: Matrix, first: int, kept: int) -> Cut:
    """The greatest entries of each dense row, by column; never the item's own; ties: the first."""
    count, width = rows.shape
    rows[np.arange(count), first + np.arange(count)] = 0
    least = np.zeros((count, 1), dtype=np.float32)
    if kept < width:
        least = np.partition(rows, width - kept, axis=1)[:, width - kept, None]
    at, columns = np.nonzero((rows >= least) & (rows > 0))
    weights = rows[at, columns]
    lengths = np.bincount(at, minlength=count)
    if (lengths > kept).any():
        # More entries equal the last one than there is room for.
        order = np.lexsort((columns, -weights, at))
        rank = np.arange(len(at)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        within = np.sort(order[rank < kept])
        columns, weights = columns[within], weights[within]
        lengths = np.minimum(lengths, kept)
    return Cut(lengths.astype(np.int64), columns.astype(np.int32), weights)
