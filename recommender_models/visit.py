"""
What somebody did last, as a history: the newest counts most. Pure.

The same here for the trainer's questions and for the API's answers, so that what is measured is
what is served.
"""

from collections.abc import Iterable
from itertools import islice

import numpy as np

from .protocol import NO_ROWS, History, Rows

LENGTH = 10
"""The newest events that stand for what somebody wants now."""
FADING = 0.8
"""How much less each earlier one counts."""


def visit_history(deeds: Iterable[tuple[int, float]], excluded: Rows = NO_ROWS) -> History:
    """
    The items stand in it in the order of their newest deeds, the newest first.

    Args:
        deeds: rows and what each event says for its item, newest first; a row of -1 is unknown and
            says nothing, but takes its place.
        excluded: must not come back; nor does what the history is of.
    """
    weights: dict[int, float] = {}
    for order, (row, said) in enumerate(islice(deeds, LENGTH)):
        if row >= 0 and said > 0:
            weights[row] = weights.get(row, 0.0) + said * FADING**order
    rows = np.array(list(weights), dtype=np.int32)
    return History(
        rows=rows,
        weights=np.array(list(weights.values()), dtype=np.float32),
        excluded=np.union1d(excluded, rows).astype(np.int32),
    )
