"""
How wide the answers range: how much of the catalog they reach and how evenly, how little known and
how unlike each other their items are. Pure.

Answers come as a table [queries, k] of rows, -1 where an answer is short (`ranking.shown`). Where
nothing was shown there is no figure that speaks of what was shown.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender_models.protocol import NO_ROWS, Rows

from .past import Past
from .ranking import Shown, Values

LISTS_COMPARED = 250
"""Lists whose items are compared pair by pair, spread evenly over the queries: bounds the time."""
_BLOCK = 50
"""Lists summed at once: bounds the memory."""


def distinct_items(table: Shown) -> int:
    """How many different items stand in all answers."""
    return len(np.unique(table[table >= 0]))


def catalog_coverage(table: Shown, item_count: int) -> float:
    """Share of the items that somebody was shown."""
    return distinct_items(table) / max(item_count, 1)


def reachable_coverage(table: Shown, item_count: int) -> float:
    """The same, of what so many answers of k items could have reached at the most."""
    return distinct_items(table) / max(min(item_count, table.size), 1)


def empty_share(table: Shown) -> float:
    """Share of the queries without any answer."""
    return float((table < 0).all(axis=1).mean()) if len(table) else 0.0


def gini(table: Shown, item_count: int) -> float:
    """
    How unevenly the places are dealt out to the items: 0 alike to all, towards 1 all to one.

    Over all items that had a chance (Fleder and Hosanagar, Management Science 2009). Something must
    have been shown.
    """
    times = np.sort(np.unique(table[table >= 0], return_counts=True)[1])
    count = max(item_count, len(times))
    # Items never shown stand first and add nothing to the sum.
    ranks = np.arange(count - len(times) + 1, count + 1)
    return float(((2 * ranks - count - 1) * times).sum() / (count * times.sum()))


def novelty(table: Shown, past: Past) -> Values:
    """
    Mean self-information of each answer's items, -log2 of the share of actors who took them.

    In bits, one value an answer with anything in it (Zhou et al., PNAS 2010; Vargas and Castells,
    RecSys 2011).
    """
    return _mean_of_shown(table, -np.log2(past.share))


def popularity(table: Shown, past: Past) -> Values:
    """
    Mean share of the actors who took each answer's items, one value an answer with anything in it.

    Average recommendation popularity (Yin et al., VLDB 2012), as a share.
    """
    return _mean_of_shown(table, past.share)


def consumed_popularity(relevant: Sequence[Rows], past: Past) -> Values:
    """The same of what was really taken next, a value a query; NaN where nobody had it before."""
    query = np.repeat(np.arange(len(relevant)), [len(rows) for rows in relevant])
    rows = np.concatenate([*relevant, NO_ROWS])
    had = past.takers[rows] > 0
    counts = np.bincount(query[had], minlength=len(relevant))
    sums = np.bincount(query[had], past.share[rows[had]], minlength=len(relevant))
    means: Values = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    return means


def intra_list_similarity(table: Shown, past: Past) -> float | None:
    """
    Mean cosine over the pairs of items of a list (Ziegler et al., WWW 2005); None without pairs.

    Two items are alike as far as the same actors took them: the cosine of their columns in the
    matrix of the past. Of at most `LISTS_COMPARED` lists.
    """
    several = table[(table >= 0).sum(axis=1) >= 2]
    if not len(several):
        return None
    chosen = several[np.unique(np.linspace(0, len(several) - 1, LISTS_COMPARED).astype(np.int64))]
    blocks = [chosen[start : start + _BLOCK] for start in range(0, len(chosen), _BLOCK)]
    return float(np.concatenate([_mean_cosines(block, past) for block in blocks]).mean())


def _mean_cosines(table: Shown, past: Past) -> Values:
    """
    Of each list. All pairs at once: |Σ x|² = Σ |x|² + 2 Σ x·y, the x being columns of length 1.
    """
    is_shown = table >= 0
    lists, rows = np.nonzero(is_shown)[0], table[is_shown]
    rows_here, where = np.unique(rows, return_inverse=True)
    lengths = np.sqrt(np.maximum(past.takers[rows_here], 1))
    units = sparse.diags(1 / lengths) @ past.taken[rows_here]
    chosen = sparse.csr_matrix((np.ones(len(rows)), (lists, where)), (len(table), len(rows_here)))
    sums = chosen @ units
    sums.data **= 2
    squares = np.asarray(sums.sum(axis=1)).ravel()
    own = np.asarray(chosen @ (past.takers[rows_here] > 0))
    counts = is_shown.sum(axis=1)
    cosines: Values = (squares - own) / (counts * (counts - 1))
    return cosines


def _mean_of_shown(table: Shown, by_item: NDArray[np.float64]) -> Values:
    is_shown = table >= 0
    counts = is_shown.sum(axis=1)
    sums = np.where(is_shown, by_item[table], 0.0).sum(axis=1)
    means: Values = sums[counts > 0] / counts[counts > 0]
    return means
