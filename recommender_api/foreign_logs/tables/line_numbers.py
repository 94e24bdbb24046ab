"""
Which line of its file a record stands on.

Records are numbered from 0 in the order they were read; blank lines, broken lines and records
that run over several lines shift the two against each other, and only the shifts are kept.
"""

from array import array
from bisect import bisect_right


class LineNumbers:
    """Filled in order, asked in any; lines count from 1."""

    def __init__(self, first_line: int = 1) -> None:
        self._records = array("q", [0])
        self._shifts = array("q", [first_line])

    def note(self, record: int, line: int) -> None:
        """Record number ``record`` starts on ``line``."""
        shift = line - record
        if shift == self._shifts[-1]:
            return
        if record == self._records[-1]:
            self._shifts[-1] = shift
        else:
            self._records.append(record)
            self._shifts.append(shift)

    def line_of(self, record: int) -> int:
        return record + self._shifts[bisect_right(self._records, record) - 1]
