"""
Filters of rules, bound to one state of the catalog: a mask over all rows where one can be kept.

A filter that reads the catalog alone is evaluated once; the masks kept are bounded in bytes. One
that reads the request, or for which there is no room, is evaluated on the candidates.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from recommender_store.catalog.cells import RESERVED_TYPES, AttributeType
from recommender_store.catalog.columns import Columns

from .expression.check import Types
from .expression.compile import Filter, compile_filter
from .expression.invalid import FilterInvalid
from .expression.parse import parse
from .expression.syntax import Attribute, Reference, operands

MASKS_LIMIT_BYTES = 64 * 2**20
"""Of one tenant: 64 masks over a million items."""
REQUESTED_LIMIT_BYTES = 16 * 2**20
REQUESTED_ROWS_MOST = 200_000
"""A mask over so many takes less than a millisecond."""
_GUESSED_MOST = 3

Rows = NDArray[np.integer[Any]]
Mask = NDArray[np.bool_]


class Circumstances(Protocol):
    """What a request brings to conditions."""

    @property
    def seed(self) -> Mapping[str, object]: ...

    @property
    def context(self) -> Mapping[str, object]: ...


class Condition(Protocol):
    """Says of each row whether it is meant."""

    @property
    def mask(self) -> Mask | None:
        """Over all rows; None where it has to be asked anew."""
        ...

    def on(self, rows: Rows, given: Circumstances) -> Mask: ...


@dataclass(frozen=True, eq=False)
class Masked:
    """Known for all rows."""

    mask: Mask

    def on(self, rows: Rows, given: Circumstances) -> Mask:  # noqa: ARG002 - it depends on neither
        return self.mask[rows]


@dataclass(frozen=True, eq=False)
class Evaluated:
    """Asked anew for each request."""

    filter: Filter
    columns: Columns
    mask: None = None

    def on(self, rows: Rows, given: Circumstances) -> Mask:
        return self.filter.mask(self.columns, seed=given.seed, context=given.context, rows=rows)


@dataclass(frozen=True, eq=False)
class Listed:
    """These rows and no others; ascending."""

    listed: Rows
    mask: None = None

    def on(self, rows: Rows, given: Circumstances) -> Mask:  # noqa: ARG002 - it depends on neither
        return np.isin(rows, self.listed)


class Masks:
    """The masks over one state of the catalog, as many as there is room for."""

    def __init__(self, columns: Columns, limit_bytes: int = MASKS_LIMIT_BYTES) -> None:
        self.columns = columns
        self._kept: dict[str, Condition] = {}
        self._room_bytes = limit_bytes

    def has_room(self, bytes_a_row: int = 1) -> bool:
        """Whether there is room for one more column, which is taken then."""
        wanted = bytes_a_row * self.columns.row_count
        if wanted > self._room_bytes:
            return False
        self._room_bytes -= wanted
        return True

    def condition(self, filter_: Filter) -> Condition:
        """The same filter is evaluated once."""
        kept = self._kept.get(filter_.text)
        if kept is None:
            kept = self._kept[filter_.text] = self._condition(filter_)
        return kept

    def listed(self, rows: Rows) -> Condition:
        if not self.has_room():
            return Listed(np.unique(rows))
        mask = np.zeros(self.columns.row_count, np.bool_)
        mask[rows] = True
        return Masked(mask)

    def _condition(self, filter_: Filter) -> Condition:
        if filter_.is_static and self.has_room():
            return Masked(filter_.mask(self.columns, seed={}, context={}))
        return Evaluated(filter_, self.columns)


class RequestedMasks:
    """
    Masks of filters that requests bring again and again: kept from the second time on, and over so
    few rows that no request waits for one.
    """

    def __init__(self, limit_bytes: int = REQUESTED_LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._kept: dict[str, Mask | None] = {}
        """None: was asked once."""

    def of(self, filter_: Filter, columns: Columns) -> Mask | None:
        """None where it is to be evaluated on the candidates."""
        if not filter_.is_static or columns.row_count > REQUESTED_ROWS_MOST:
            return None
        mask = self._kept.get(filter_.text)
        if mask is None and filter_.text in self._kept:
            mask = filter_.mask(columns, seed={}, context={})
        if len(self._kept) * max(columns.row_count, 1_000) > self._limit_bytes:
            self._kept.clear()
        self._kept[filter_.text] = mask
        return mask


def compile_stored(text: str, types: Types) -> Filter:
    """
    A filter that was right when it was written; it never fails.

    An attribute that the catalog no longer knows is missing everywhere, of whichever type makes
    the filter readable. What cannot be read at all matches no item.
    """
    try:
        return compile_filter(text, types)
    except FilterInvalid:
        return _guessed(text, types) or compile_filter(_NOTHING, {})


_NOTHING = "FALSE = TRUE"


def _guessed(text: str, types: Types) -> Filter | None:
    try:
        read = set(operands(parse(text)))
    except FilterInvalid:
        return None
    named = {one.name for one in read if isinstance(one, Attribute)}
    named |= {one.name for one in read if isinstance(one, Reference) and one.root == "item"}
    lost = sorted(named - {*types, *RESERVED_TYPES})[:_GUESSED_MOST]
    for guess in itertools.product(AttributeType, repeat=len(lost)):
        try:
            return compile_filter(text, {**types, **dict(zip(lost, guess, strict=True))})
        except FilterInvalid:
            continue
    return None


def is_empty(columns: Columns, name: str) -> bool:
    """Whether no item has the attribute."""
    column = columns.column(name)
    if column is None:
        return True
    asked = compile_filter(f"{Attribute(name)} IS NOT NULL", {name: column.type})
    return not asked.mask(columns, seed={}, context={}).any()
