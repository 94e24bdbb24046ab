"""
Which items may be recommended at a moment: those that are listed, and in season.

One mask over all rows is kept until the next item begins or ends to be shown.
"""

from collections.abc import Sequence
from math import inf
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int32]
Mask = NDArray[np.bool_]
Times = NDArray[np.float64]

WORTH_KEEPING_S = 1.0
"""A mask that holds for less is not made: where items come and go by the second, rows are asked."""


class Window(NamedTuple):
    """A moment of every row, NaN for none; and whether it is shown from there on, or no more."""

    times_s: Times
    begins: bool


class _Lately(NamedTuple):
    """Over all rows, between two moments."""

    mask: Mask
    from_s: float
    until_s: float


class Shown:
    """Of one state of the catalog."""

    def __init__(self, is_listed: Mask, windows: Sequence[Window]) -> None:
        self._is_listed = is_listed
        self._windows = windows
        moments = [window.times_s[~np.isnan(window.times_s)] for window in windows]
        self._changes = np.unique(np.concatenate([np.empty(0), *moments]))
        """Every moment at which an item begins or ends to be shown, ascending."""
        self._lately: _Lately | None = None

    def of(self, rows: Rows, now_s: float) -> Mask:
        """Which of the rows may be recommended at this moment."""
        if not len(self._changes):
            return self._is_listed[rows]
        known = self._lately
        if known is None or not known.from_s <= now_s < known.until_s:
            until_s = self.changes_after(now_s)
            if until_s - now_s < WORTH_KEEPING_S:
                return self._asked(rows, now_s)
            known = self._lately = _Lately(self._asked(slice(None), now_s), now_s, until_s)
        return known.mask[rows]

    def changes_after(self, now_s: float) -> float:
        """The next moment at which an item begins or ends to be shown; infinity for never."""
        at = int(np.searchsorted(self._changes, now_s, side="right"))
        return float(self._changes[at]) if at < len(self._changes) else inf

    def _asked(self, rows: Rows | slice, now_s: float) -> Mask:
        shown: Mask = self._is_listed[rows]
        for times_s, begins in self._windows:
            at = times_s[rows]
            shown = shown & (np.isnan(at) | ((at <= now_s) if begins else (now_s < at)))
        return shown
