"""
What live history takes of the events that came in: those with an item, and impressions.
"""

from collections.abc import Sequence

import numpy as np

from recommender_api.history.deeds import Deeds, Showing

from .arrival import Arrival


def deeds(arrivals: Sequence[Arrival]) -> Deeds:
    """In their order."""
    told = [one for one in arrivals if one.item_id is not None]
    return Deeds(
        users=[one.user_id for one in told],
        sessions=[one.session_id for one in told],
        kinds=[one.kind for one in told],
        items=[one.item_id for one in told if one.item_id is not None],
        times_ms=_times_ms([one.occurred_at for one in told]),
        values=[one.value for one in told],
    )


def showings(arrivals: Sequence[Arrival]) -> list[Showing]:
    """What was shown to whom."""
    told = [one for one in arrivals if one.kind == "impression" and one.items]
    times_ms = _times_ms([one.occurred_at for one in told])
    return [
        Showing(one.user_id, one.session_id, one.items or (), at_ms)
        for one, at_ms in zip(told, times_ms, strict=True)
    ]


def _times_ms(times: list[str]) -> list[int]:
    """As `at_ms_of` says of each; numpy reads times of UTC, and without the letter that says so."""
    moments = np.array("".join(times).split("Z")[:-1], "datetime64[us]")
    milliseconds: list[int] = (moments.view(np.int64) // 1000).tolist()
    return milliseconds
