"""
How much the items of an answer differ: maximal marginal relevance over described likeness.

Carbonell and Goldstein, The use of MMR (SIGIR 1998), but for one thing: being like what came before
is averaged, not the worst of it, so that the tenth item still differs where values are few.

Two items are alike as far as they share what the catalog says of both: the mean over its describing
attributes, for a text whether it is the same, for a list of texts the share of their union that
both have.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from recommender_api.rules.conditions import Rows
from recommender_store.catalog.column import StringColumn, StringsColumn
from recommender_store.catalog.columns import Columns

DESCRIBING_MOST: Final = 8
ITEMS_A_VALUE: Final = 2.0
"""An attribute whose values are rarer on average tells items apart, not alike."""
_NAMING: Final = frozenset({"item_id", "title", "group_id"})

Likeness = NDArray[np.float32]
Describing = Sequence[StringColumn | StringsColumn]


def describing(columns: Columns) -> Describing:
    """The attributes by which items are alike, those with the fewest values first."""
    found = [
        (column.value_count, name, column)
        for name, column in columns.by_name.items()
        if isinstance(column, StringColumn | StringsColumn)
        and name not in _NAMING
        and 1 < column.value_count <= column.cell_count / ITEMS_A_VALUE
    ]
    return [column for _, _, column in sorted(found, key=lambda one: one[:2])[:DESCRIBING_MOST]]


def likeness(describing_: Describing, rows: Rows) -> Likeness:
    """How alike each two of the rows are, 0 to 1."""
    alike = np.zeros((len(rows), len(rows)), np.float32)
    for column in describing_:
        own = _same(column, rows) if isinstance(column, StringColumn) else _overlap(column, rows)
        alike += own
    return alike / np.float32(max(1, len(describing_)))


def varied(relevance: NDArray[np.floating], alike: Likeness, diversity: float, most: int) -> Rows:
    """
    The places of the candidates in a new order; behind the first `most` they stay as they were.

    Args:
        relevance: of each candidate, descending.
        alike: of each two candidates.
        diversity: 0: the order stays; 1: after the first, only being different counts.
        most: how many are ordered anew.
    """
    count = len(relevance)
    span = float(relevance[0] - relevance[-1]) if count else 0.0
    worth = (1 - diversity) * ((relevance - relevance[-1]) / span if span else np.ones(count))
    liked = np.zeros(count, np.float32)
    is_left = np.ones(count, np.bool_)
    order = []
    for taken in range(min(most, count)):
        value = np.where(is_left, worth - diversity * liked / max(1, taken), -np.inf)
        best = int(np.argmax(value))
        order.append(best)
        is_left[best] = False
        liked += alike[best]
    return np.array([*order, *np.flatnonzero(is_left)], dtype=np.int32)


def _same(column: StringColumn, rows: Rows) -> NDArray[np.bool_]:
    codes = column.codes[rows]
    same: NDArray[np.bool_] = (codes[:, None] == codes) & (codes >= 0)
    return same


def _overlap(column: StringsColumn, rows: Rows) -> Likeness:
    lists = [column.codes_of(row) for row in rows]
    held = np.concatenate([np.empty(0, np.int32), *lists])
    values, places = np.unique(held, return_inverse=True)
    has = np.zeros((len(rows), len(values)), np.float32)
    has[np.repeat(np.arange(len(rows)), [len(each) for each in lists]), places] = 1
    both = has @ has.T
    sizes = has.sum(axis=1)
    either = sizes[:, None] + sizes - both
    overlap: Likeness = np.divide(both, either, out=np.zeros_like(both), where=either > 0)
    return overlap
