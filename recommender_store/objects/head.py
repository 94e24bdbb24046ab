"""
Find the last of numbered records, 1, 2, 3 … without gaps, in O(log n) reads and without listing.

Reading stands in for asking whether a number exists: the last record's bytes are wanted anyway.
"""

from collections.abc import Callable

Read = Callable[[int], bytes | None]


def find_head(read: Read, hint: int = 0) -> tuple[int, bytes] | None:
    """
    Give the last number and its bytes, or None where there is not even a first.

    `hint` is a number thought to exist: where it does, the search starts there and costs two
    reads if nothing came after it; where it does not, the search starts from the beginning.
    """
    at_hint = read(hint) if hint > 0 else None
    found = (hint, at_hint) if at_hint is not None else None
    low = hint if at_hint is not None else 0
    step = 1
    while (data := read(low + step)) is not None:
        low += step
        found = (low, data)
        step = 2 * step if low > 1 else 1  # most chains have one record: told by two reads
    return _between(read, low, low + step, found)


def _between(
    read: Read, low: int, missing: int, found: tuple[int, bytes] | None
) -> tuple[int, bytes] | None:
    while missing - low > 1:
        middle = (low + missing) // 2
        data = read(middle)
        if data is None:
            missing = middle
        else:
            low, found = middle, (middle, data)
    return found
