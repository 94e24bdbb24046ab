"""
What live history takes of the events that came in: those with an item.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import msgspec
import numpy as np

from recommender_api.history.protocol import Deed

from .arrival import Arrival

_deed = partial(tuple.__new__, Deed)
"""As `Deed._make`, without a call in Python for each."""


def deeds(arrivals: Sequence[Arrival]) -> list[Deed]:
    """In their order."""
    told = [one for one in arrivals if one.item_id is not None]
    times_ms = _times_ms([one.occurred_at for one in told])
    return [
        _deed((one.user_id, one.session_id, one.kind, one.item_id, at_ms, one.value))
        for one, at_ms in zip(told, times_ms, strict=True)
    ]


def _times_ms(times: list[str]) -> list[int]:
    """As `at_ms_of` says of each: the microsecond is exact, and its millisecond is rounded down."""
    moments = msgspec.convert(times, list[datetime])
    epochs_s = np.fromiter(map(datetime.timestamp, moments), np.float64, len(moments))
    milliseconds: list[int] = (np.rint(epochs_s * 1e6).astype(np.int64) // 1000).tolist()
    return milliseconds
