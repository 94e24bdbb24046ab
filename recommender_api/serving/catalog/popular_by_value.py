"""
What is popular among the items of one value of an attribute: for each value its items, most
popular first, as one ranking of everybody says it.

Made in the background, for each state of the catalog or of the ranking; a request takes a slice.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender_models.protocol import NOTHING, Ranked, Rows
from recommender_store.catalog.column import BooleanColumn, Column, StringColumn, StringsColumn

_NO_YES = ("false", "true")


class _Coded(NamedTuple):
    """Values as numbers, some a row."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    """[rows]: where each row's codes begin and end."""
    codes: NDArray[np.int32]
    values: Sequence[str]


class PopularByValue:
    """One attribute's values and their items. All items that somebody did something with count."""

    def __init__(self, attribute: str, ranking: Ranked, coded: _Coded) -> None:
        self.attribute = attribute
        self._ranking = ranking
        self._coded = coded
        starts = coded.starts[ranking.rows]
        lengths = coded.ends[ranking.rows] - starts
        offsets = starts - (np.cumsum(lengths) - lengths)
        codes = coded.codes[np.repeat(offsets, lengths) + np.arange(lengths.sum())]
        places = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
        # Stable: of one value the places go on ascending, the most popular first.
        order = np.argsort(codes, kind="stable")
        self._places = places[order]
        self._begins = np.searchsorted(codes[order], np.arange(len(coded.values) + 1))

    @classmethod
    def of(cls, attribute: str, ranking: Ranked, column: Column | None) -> "PopularByValue | None":
        """None where the attribute has no values that items could share."""
        coded = _coded(column)
        return None if coded is None else cls(attribute, ranking, coded)

    def values_of(self, rows: Rows) -> list[str]:
        """The values that any of the rows has."""
        return [self._coded.values[code] for code in self._codes_of(rows)]

    def beside(self, rows: Rows) -> Ranked:
        """Everything popular that shares a value with any of the rows, most popular first."""
        slices = [
            self._places[int(self._begins[code]) : int(self._begins[code + 1])]
            for code in self._codes_of(rows)
        ]
        if not slices:
            return NOTHING
        # One value's places are ascending and differ already.
        places = slices[0] if len(slices) == 1 else np.unique(np.concatenate(slices))
        return Ranked(self._ranking.rows[places], self._ranking.scores[places])

    def _codes_of(self, rows: Rows) -> list[int]:
        starts, ends, codes, _ = self._coded
        of_each = [codes[int(starts[row]) : int(ends[row])].tolist() for row in rows]
        return list(dict.fromkeys(code for some in of_each for code in some))


def _coded(column: Column | None) -> _Coded | None:
    match column:
        case StringColumn():
            return _one_each(column.codes, column.values)
        case BooleanColumn():
            return _one_each(column.flags.astype(np.int32), _NO_YES)
        case StringsColumn():
            return _Coded(column.starts, column.ends, column.codes, column.values)
    return None


def _one_each(codes: NDArray[np.int32], values: Sequence[str]) -> _Coded:
    has_one = codes >= 0
    counts = has_one.astype(np.int64)
    ends = np.cumsum(counts)
    return _Coded(ends - counts, ends, codes[has_one], values)
