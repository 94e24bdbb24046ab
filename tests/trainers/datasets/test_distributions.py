"""What a dataset looks like, small enough to be kept."""

import numpy as np

from recommender_models.seen import KIND_BITS
from trainers.datasets.distributions import PERIODS, RANKS, distributions
from trainers.datasets.interactions import US_PER_DAY, Interactions


def interactions(days, items, kinds) -> Interactions:
    count = len(days)
    return Interactions(
        actor=np.zeros(count, dtype=np.int32),
        item=np.array(items, dtype=np.int32),
        weight=np.ones(count, dtype=np.float32),
        kind=np.array([KIND_BITS[kind] for kind in kinds], dtype=np.uint8),
        at_us=np.array(days, dtype=np.int64) * US_PER_DAY,
        session=np.full(count, -1, dtype=np.int32),
    )


def test_events_are_counted_by_day_and_kind():
    found = distributions(interactions([0, 0, 2], [1, 1, 2], ["view", "cart", "view"]))

    assert found["periods"] == {
        "since": ["1970-01-01", "1970-01-02", "1970-01-03"],
        "days_each": 1,
        "kinds": {"view": [1, 0, 1], "cart": [1, 0, 0]},
    }
    assert found["tail"]["ranks"] == [1, 2]
    assert found["tail"]["events"] == [2, 1]


def test_years_are_put_together_and_nothing_is_lost():
    days = range(0, 2_000, 3)
    found = distributions(interactions(days, range(len(days)), ["view"] * len(days)))

    periods = found["periods"]
    assert periods["days_each"] == 17
    assert len(periods["since"]) == len(periods["kinds"]["view"]) <= PERIODS
    assert sum(periods["kinds"]["view"]) == len(days)
    assert len(found["tail"]["ranks"]) <= RANKS
    assert found["tail"]["ranks"][-1] == len(days)
