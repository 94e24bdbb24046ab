"""
At most so many items of one value: `diversify`, and one item a group.

Items are taken in their order, each where none of its values has had its share; what has no value
is not counted.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender_api.rules.conditions import Rows
from recommender_api.rules.expression.compile import Filter

Codes = NDArray[np.int32]
AHEAD = 16
"""Candidates looked at first, beyond those that are wanted."""
AT_ONCE = 512
"""And then, before those whose share is used up are dropped together."""


@dataclass(frozen=True, eq=False)
class Quota:
    """How many of one value there may be."""

    rule_id: str
    """Empty for the one that is not a rule's: one item a group."""
    when: Filter | None
    codes: Codes
    """The value of each row; -1 for none."""
    at_most: int

    @cached_property
    def counts_nothing(self) -> bool:
        """Whether no item has a value."""
        return not len(self.codes) or int(self.codes.max()) < 0


class Taken(NamedTuple):
    """Which of some candidates were taken, and why others were not."""

    places: list[int]
    """Positions among the candidates, ascending."""
    passed_over: list[tuple[int, str]]
    """Position, and the rule that kept it out ('' for its group)."""


class Quotas:
    """What was taken so far, across several sources."""

    def __init__(self, quotas: Sequence[Quota]) -> None:
        self._quotas = [quota for quota in quotas if not quota.counts_nothing]
        self._counts: list[Counter[int]] = [Counter() for _ in self._quotas]
        self._rows: set[int] = set()

    def admit(self, row: int) -> str | None:
        """Take one row, or tell which quota has no room: the rule's id, '' for its group."""
        codes = [int(quota.codes[row]) for quota in self._quotas]
        return self._admit(row, codes)

    def take(self, rows: Rows, most: int) -> Taken:
        """Take the first `most` rows that there is room for; rows taken before are passed over."""
        if not self._quotas:
            return self._first(rows, most)
        taken = Taken([], [])
        places = np.arange(len(rows))
        at_once = most + AHEAD
        while len(places) and len(taken.places) < most:
            some, places = places[:at_once], places[at_once:]
            self._take(rows[some], some, most, taken)
            at_once = AT_ONCE
            if len(places) and len(taken.places) < most:
                places = places[self._have_room(rows[places])]
        return taken

    def _first(self, rows: Rows, most: int) -> Taken:
        """Where nothing is counted."""
        known = self._rows
        if not known:
            places = list(range(min(most, len(rows))))
        else:
            new = (at for at, row in enumerate(rows.tolist()) if row not in known)
            places = list(islice(new, max(most, 0)))
        known.update(rows[places].tolist())
        return Taken(places, [])

    def give_back(self, rows: Rows) -> None:
        """As if these had not been taken."""
        self._rows.difference_update(rows.tolist())
        for quota, counts in zip(self._quotas, self._counts, strict=True):
            counts.subtract(quota.codes[rows].tolist())

    def _take(self, some: Rows, places: NDArray[np.intp], most: int, taken: Taken) -> None:
        columns = (quota.codes[some].tolist() for quota in self._quotas)
        for place, row, codes in zip(
            places.tolist(), some.tolist(), zip(*columns, strict=True), strict=True
        ):
            if len(taken.places) >= most:
                return
            if row in self._rows:
                continue
            kept_out_by = self._admit(row, codes)
            if kept_out_by is None:
                taken.places.append(place)
            else:
                taken.passed_over.append((place, kept_out_by))

    def _admit(self, row: int, codes: Sequence[int]) -> str | None:
        for at, code in enumerate(codes):
            if code >= 0 and self._counts[at][code] >= self._quotas[at].at_most:
                return self._quotas[at].rule_id
        for counts, code in zip(self._counts, codes, strict=True):
            if code >= 0:
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
