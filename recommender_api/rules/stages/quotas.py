"""
At most so many items of one value: `diversify`, and one item a group.

Items are taken in their order, each where none of its values has had its share; what has no value
is not counted.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender_api.rules.conditions import Rows
from recommender_api.rules.expression.compile import Filter

Codes = NDArray[np.int32]
AT_ONCE = 512
"""Candidates looked at before those whose share is used up are dropped together."""


@dataclass(frozen=True, eq=False)
class Quota:
    """How many of one value there may be."""

    rule_id: str
    """Empty for the one that is not a rule's: one item a group."""
    when: Filter | None
    codes: Codes
    """The value of each row; -1 for none."""
    at_most: int


class Taken(NamedTuple):
    """Which of some candidates were taken, and why others were not."""

    places: list[int]
    """Positions among the candidates, ascending."""
    passed_over: list[tuple[int, str]]
    """Position, and the rule that kept it out ('' for its group)."""


class Quotas:
    """What was taken so far, across several sources."""

    def __init__(self, quotas: Sequence[Quota]) -> None:
        self._quotas = quotas
        self._counts: list[Counter[int]] = [Counter() for _ in quotas]
        self._rows: set[int] = set()

    def admit(self, row: int) -> str | None:
        """Take one row, or tell which quota has no room: the rule's id, '' for its group."""
        codes = [int(quota.codes[row]) for quota in self._quotas]
        return self._admit(row, codes)

    def take(self, rows: Rows, most: int) -> Taken:
        """Take the first `most` rows that there is room for; rows taken before are passed over."""
        taken = Taken([], [])
        places = np.arange(len(rows))
        while len(places) and len(taken.places) < most:
            some, places = places[:AT_ONCE], places[AT_ONCE:]
            self._take(rows, some, most, taken)
            if len(places):
                places = places[self._have_room(rows[places])]
        return taken

    def give_back(self, rows: Rows) -> None:
        """As if these had not been taken."""
        self._rows.difference_update(rows.tolist())
        for quota, counts in zip(self._quotas, self._counts, strict=True):
            counts.subtract(quota.codes[rows].tolist())

    def _take(self, rows: Rows, places: NDArray[np.intp], most: int, taken: Taken) -> None:
        some = rows[places]
        columns = [quota.codes[some] for quota in self._quotas]
        if all(column.max() < 0 for column in columns):
            self._take_uncounted(some, places, most, taken)
            return
        lists = [column.tolist() for column in columns]
        for at, (place, row) in enumerate(zip(places.tolist(), some.tolist(), strict=True)):
            if len(taken.places) >= most:
                return
            if row in self._rows:
                continue
            kept_out_by = self._admit(row, [column[at] for column in lists])
            if kept_out_by is None:
                taken.places.append(place)
            else:
                taken.passed_over.append((place, kept_out_by))

    def _take_uncounted(
        self, some: Rows, places: NDArray[np.intp], most: int, taken: Taken
    ) -> None:
        """Those that no quota counts."""
        pairs = zip(places.tolist(), some.tolist(), strict=True)
        fresh = [(place, row) for place, row in pairs if row not in self._rows]
        fresh = fresh[: most - len(taken.places)]
        taken.places.extend(place for place, _ in fresh)
        self._rows.update(row for _, row in fresh)

    def _admit(self, row: int, codes: Sequence[int]) -> str | None:
        for quota, counts, code in zip(self._quotas, self._counts, codes, strict=True):
            if code >= 0 and counts[code] >= quota.at_most:
                return quota.rule_id
        for counts, code in zip(self._counts, codes, strict=True):
            counts[code] += 1
        self._rows.add(row)
        return None

    def _have_room(self, rows: Rows) -> NDArray[np.bool_]:
        room = np.ones(len(rows), np.bool_)
        for quota, counts in zip(self._quotas, self._counts, strict=True):
            full = [code for code, count in counts.items() if code >= 0 and count >= quota.at_most]
            if full:
                room &= ~np.isin(quota.codes[rows], full)
        return room
