"""Workers that tell each other once a second keep a tenant's quota together."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender_api.access.quotas.shares import share, smoothed
from recommender_api.errors import QuotaExceeded
from recommender_store.tenants.quotas import Quotas
from tests.recommender_api.access.quotas.fleet import SHOP, Fleet

DEMANDS = st.lists(st.floats(0, 1e6), min_size=1, max_size=50)
SPREADS = {
    "even": lambda workers: [1.0] * workers,
    "skewed": lambda workers: [1 / (number + 1) ** 2 for number in range(workers)],
    "on one": lambda workers: [1.0] + [0.0] * (workers - 1),
    "on two": lambda workers: ([1.0, 1.0] + [0.0] * workers)[:workers],
}


@given(quota=st.floats(0.01, 1e6), demands=DEMANDS)
def test_the_parts_of_all_workers_make_the_quota(quota, demands):
    parts = [
        share(quota, mine, demands[:at] + demands[at + 1 :]) for at, mine in enumerate(demands)
    ]

    assert sum(parts) == pytest.approx(quota, rel=1e-6)
    assert min(parts) > 0


def test_a_worker_alone_has_the_whole_quota():
    assert share(100.0, 0.0, []) == share(100.0, 1e6, []) == 100.0


def test_where_all_demands_fit_each_gets_more_than_its_own():
    assert share(100.0, 10.0, [30.0, 0.0]) > 10.0


def test_where_they_do_not_fit_parts_are_as_the_demands():
    busy, calm = share(100.0, 300.0, [100.0]), share(100.0, 100.0, [300.0])

    assert busy + calm == pytest.approx(100.0)
    assert (busy - 2.5) / (calm - 2.5) == pytest.approx(3.0)


def test_a_demand_that_ends_is_forgotten_within_seconds():
    demand = 100.0
    for _ in range(10):
        demand = smoothed(demand, 0.0, 1.0)

    assert demand < 10.0


@pytest.mark.parametrize("spread", SPREADS)
@pytest.mark.parametrize("load", [0.5, 0.9, 1.0, 2.0, 5.0])
@pytest.mark.parametrize("workers", [1, 2, 8])
def test_over_any_minute_of_steady_load_a_quota_holds_within_a_tenth(workers, load, spread):
    quota = 100.0
    fleet = Fleet(workers, Quotas(requests_per_s=quota))
    fleet.run(75, quota * load, SPREADS[spread](workers))

    due = 60 * quota * min(1.0, load)
    for start_s in (0, 5, 10, 15):
        assert 0.9 * due <= fleet.let_in(start_s) <= 1.1 * due


@settings(max_examples=15, deadline=None)
@given(
    workers=st.integers(1, 16),
    quota_of_each=st.floats(0.4, 4.0),
    load=st.sampled_from([0.5, 0.9, 1.0, 1.2, 2.0, 5.0]),
    spread=st.sampled_from(list(SPREADS)),
    seed=st.integers(0, 1_000),
)
def test_so_does_a_quota_of_less_than_a_request_a_worker(
    workers, quota_of_each, load, spread, seed
):
    quota = max(5.0, workers * quota_of_each)
    fleet = Fleet(workers, Quotas(requests_per_s=quota), seed)
    fleet.run(75, quota * load, SPREADS[spread](workers))

    for start_s in (0, 5, 15):
        assert 0.9 <= fleet.share_let_in(start_s, quota) <= 1.1


@pytest.mark.parametrize("spread", SPREADS)
@pytest.mark.parametrize("load", [0.9, 1.0, 5.0])
def test_a_quota_of_one_request_a_second_for_four_workers_is_off_by_a_few_more(load, spread):
    fleet = Fleet(8, Quotas(requests_per_s=2.0))
    fleet.run(75, 2.0 * load, SPREADS[spread](8))

    for start_s in (0, 5, 15):
        assert 0.85 <= fleet.share_let_in(start_s, 2.0) <= 1.15


def test_shares_follow_a_demand_that_moves_to_another_worker():
    fleet = Fleet(4, Quotas(requests_per_s=100.0))
    fleet.run(30, 100.0, [1.0, 0.0, 0.0, 0.0])
    fleet.run(70, 100.0, [0.0, 0.0, 0.0, 1.0])

    assert fleet.let_in(40.0) >= 0.9 * 6_000


def test_without_a_board_each_of_the_workers_known_last_has_an_even_part():
    fleet = Fleet(4, Quotas(requests_per_s=100.0))
    fleet.wall.is_there = False
    fleet.run(75, 400.0, [1.0] * 4)

    assert 0.9 * 6_000 <= fleet.let_in(10.0) <= 1.1 * 6_000


def test_the_parts_of_workers_that_are_gone_go_to_those_that_stay():
    fleet = Fleet(4, Quotas(requests_per_s=100.0))
    del fleet.workers[1:]
    fleet.run(75, 200.0, [1.0])

    assert fleet.let_in(15.0) >= 0.9 * 6_000


def test_a_note_that_nobody_can_read_is_passed_over():
    fleet = Fleet(2, Quotas(requests_per_s=100.0))
    fleet.wall.notes["from-the-future"] = b'{"other": true}'
    fleet.run(65, 200.0, [1.0, 1.0])

    assert 0.9 * 6_000 <= fleet.let_in(0.0) <= 1.1 * 6_000


def test_a_quota_of_nothing_lets_nothing_in_and_says_so():
    fleet = Fleet(2, Quotas(requests_per_s=0.0))
    fleet.run(5, 100.0, [1.0, 1.0])

    assert fleet.passed == []
    with pytest.raises(QuotaExceeded, match="requests_per_s is 0: none are allowed"):
        fleet.workers[0].of(SHOP).ask()


def test_no_quota_lets_everything_in():
    fleet = Fleet(2, Quotas(requests_per_s=None))
    fleet.run(5, 1_000.0, [1.0, 1.0])

    assert len(fleet.passed) == 5_000
