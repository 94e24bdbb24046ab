"""
Filter text into a `Filter`: checked once against a catalog's types, then asked any number of times.

Pure: the same text and types give an equal filter, and a filter sees only what it is handed. An
attribute that has vanished since is missing everywhere; it never fails a request.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender_store.catalog.cells import RESERVED_TYPES, AttributeType
from recommender_store.catalog.columns import Columns

from .check import check
from .mask import Scan, mask_of
from .parse import parse
from .plain import Given, holds
from .syntax import Attribute, Condition, Operand, Reference, operands


@dataclass(frozen=True)
class Filter:
    """A condition whose names and types are known to be right."""

    text: str
    condition: Condition

    @cached_property
    def operands(self) -> frozenset[Operand]:
        return frozenset(operands(self.condition))

    @cached_property
    def attributes(self) -> frozenset[str]:
        """The item attributes that it reads, those of the seed item aside."""
        return frozenset(each.name for each in self.operands if isinstance(each, Attribute))

    @cached_property
    def item_attributes(self) -> frozenset[str]:
        """The same, and those of the seed item, which is an item as well."""
        of_seed = {
            one.name for one in self.operands if isinstance(one, Reference) and one.root == "item"
        }
        return self.attributes | of_seed

    @cached_property
    def is_static(self) -> bool:
        """Whether its mask depends on the columns alone, so that it can be kept."""
        return not any(isinstance(each, Reference) for each in self.operands)

    def mask(
        self,
        columns: Columns,
        *,
        seed: Mapping[str, object],
        context: Mapping[str, object],
        rows: NDArray[np.integer[Any]] | None = None,
    ) -> NDArray[np.bool_]:
        """Which rows match: of all, or of `rows` in their order; the array is the caller's."""
        mask = mask_of(self.condition, Scan(columns, rows, Given({}, seed, context)))
        if isinstance(mask, bool):
            return np.full(columns.row_count if rows is None else len(rows), mask)
        return mask

    def matches(
        self,
        record: Mapping[str, object],
        seed: Mapping[str, object],
        context: Mapping[str, object],
    ) -> bool:
        """Whether one item matches; says the same as `mask`, without columns."""
        return holds(self.condition, Given(record, seed, context))


def compile_filter(text: str, types: Mapping[str, AttributeType]) -> Filter:
    """
    The filter that the text says, over a catalog with attributes of these types.

    The reserved attributes and `item_id` are always known.

    Raises:
        FilterInvalid: with a code, the character, and what to write instead.
    """
    return Filter(text, check(parse(text), {**types, **RESERVED_TYPES}))
