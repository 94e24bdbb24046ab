"""Interactions made by hand, and strategies that make them."""

import numpy as np
from hypothesis import strategies as st

from recommender_models.seen import KIND_BITS
from trainers.datasets.interactions import Interactions

HOUR_US = 3_600 * 1_000_000
DAY_US = 24 * HOUR_US


def interactions(*rows: tuple[int, int, int], weight=1.0, session=-1, kind=1) -> Interactions:
    """(actor, item, at_us) a row, in order of time; the rest is one for all, or a list."""
    count = len(rows)

    def column(values, dtype):
        return np.array(values if np.ndim(values) else [values] * count, dtype=dtype)

    return Interactions(
        actor=column([row[0] for row in rows], np.int32),
        item=column([row[1] for row in rows], np.int32),
        weight=column(weight, np.float32),
        kind=column(kind, np.uint8),
        at_us=column([row[2] for row in rows], np.int64),
        session=column(session, np.int32),
    )


@st.composite
def any_log(draw, users: int = 6, items: int = 8, days: int = 40) -> Interactions:
    """Any log of at least one event; times repeat often."""
    events = draw(
        st.lists(
            st.tuples(
                st.integers(0, users - 1),
                st.integers(0, items - 1),
                st.integers(0, days * 4),
                st.sampled_from([0.0, 1.0, 5.0]),
                st.sampled_from(list(KIND_BITS.values())),
                st.integers(-1, 3),
            ),
            min_size=1,
            max_size=60,
        )
    )
    events.sort(key=lambda event: event[2])
    return interactions(
        *((user, item, at * 6 * HOUR_US) for user, item, at, *_ in events),
        weight=[event[3] for event in events],
        kind=[event[4] for event in events],
        session=[event[5] for event in events],
    )
