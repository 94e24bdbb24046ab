"""
The one order of all answers: scores descend, equal scores by row, so that ties never flicker.
"""

import numpy as np
from numpy.typing import NDArray

from .protocol import NOTHING, Ranked, Rows, Scores


def best(rows: Rows, scores: Scores, n: int) -> Ranked:
    """The n best of some candidates. Pure; neither array is changed."""
    if n <= 0 or not len(rows):
        return NOTHING
    if len(rows) > 4 * n:
        # Everything that ties with the n-th stays in, so that the cut does not depend on luck.
        threshold = np.partition(scores, len(scores) - n)[len(scores) - n]
        kept = scores >= threshold
        rows, scores = rows[kept], scores[kept]
    order = _places(rows, scores).argsort()[:n]
    return Ranked(rows[order], scores[order])


def _places(rows: Rows, scores: Scores) -> NDArray[np.int64]:
    """
    One number for each candidate, the better the less: above the score's bits, below the row.

    Sorting these takes half as long as sorting by two keys. A float's bits, read as a number, are
    in the order of the floats once those below zero are turned round.
    """
    bits = (scores + np.float32(0)).view(np.int32)  # -0.0 is 0.0
    rising = bits ^ ((bits >> 31) & np.int32(0x7FFFFFFF))
    places: NDArray[np.int64] = ((~rising).astype(np.int64) << 32) | rows
    return places


def picked(rows: Rows, scores: Scores, wanted: Rows) -> tuple[Rows, Scores]:
    """Those of the wanted that stand among ascending rows."""
    if not len(rows):
        return rows, scores
    at = np.minimum(np.searchsorted(rows, wanted), len(rows) - 1)
    at = at[rows[at] == wanted]
    return rows[at], scores[at]


def is_among(rows: Rows, others: Rows) -> NDArray[np.bool_]:
    """Which of the rows stand among the others; quicker than `np.isin` where both are few."""
    if not len(others):
        return np.zeros(len(rows), dtype=bool)
    ascending = np.sort(others)
    at = ascending.searchsorted(rows)
    at[at == len(ascending)] = 0
    found: NDArray[np.bool_] = ascending[at] == rows
    return found


def without(rows: Rows, scores: Scores, excluded: Rows) -> tuple[Rows, Scores]:
    """The candidates that are not among the excluded."""
    if not len(excluded) or not len(rows):
        return rows, scores
    kept = ~is_among(rows, excluded)
    return rows[kept], scores[kept]
