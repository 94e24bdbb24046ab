"""
The order of many whole numbers, equal ones as they came. Pure.

A stable sort of positions by key takes several times as long as sorting the keys themselves; so
each key is written into one number with its position, where there is room for both.
"""

import numpy as np
from numpy.typing import NDArray

ROOM_BITS = 64


def stable_order(keys: NDArray[np.integer]) -> NDArray[np.int64]:
    """As `np.argsort(keys, kind="stable")`."""
    if not len(keys):
        return np.empty(0, dtype=np.int64)
    lowest = int(keys.min())
    place_bits = len(keys).bit_length()
    if (int(keys.max()) - lowest).bit_length() + place_bits > ROOM_BITS:
        return np.argsort(keys, kind="stable")
    packed = (keys.astype(np.int64) - lowest).view(np.uint64) << np.uint64(place_bits)
    packed |= np.arange(len(keys), dtype=np.uint64)
    packed.sort()
    packed &= np.uint64((1 << place_bits) - 1)
    return packed.view(np.int64)


def ordered_by(*keys: NDArray[np.integer]) -> NDArray[np.int64]:
    """As `np.lexsort(keys)`: by the last of them first."""
    order = stable_order(keys[0])
    for key in keys[1:]:
        order = order[stable_order(key[order])]
    return order


def begins(ordered: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Of ordered keys: where another one begins."""
    is_first = np.ones(len(ordered), dtype=bool)
    is_first[1:] = ordered[1:] != ordered[:-1]
    return is_first


def begin_of(ordered: NDArray[np.integer]) -> NDArray[np.int64]:
    """For each of ordered keys where those that equal it begin."""
    return np.maximum.accumulate(np.where(begins(ordered), np.arange(len(ordered)), 0))
