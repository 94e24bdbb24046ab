"""The ledger's last line: what the last training took of a day."""

from datetime import UTC, datetime

from recommender_store.event_log.erasure import Actor
from recommender_store.runs.record import Run, Step
from recommender_store.tenant_space import TenantSpace
from tests.recommender_api.accounting.replica import AUTHOR, DAY, Replica, check_of, ledger_of


def trained(space: TenantSpace, **day: object) -> None:
    result = {"received": {DAY.isoformat(): day}, "received_from": DAY.isoformat()}
    step = Step(name="snapshot", duration_s=1.0, result=result)
    run = Run(run_id="20261121T000000Z-aaaaaa", started_at=datetime.now(UTC), steps=(step,))
    space.runs.save(run, AUTHOR)


def ten_events(space: TenantSpace) -> None:
    replica = Replica(space, "a")
    replica.take(list(range(10)))
    replica.write(goodbye=True)
    space.events.compact()


def test_a_day_that_was_trained_on_whole_balances(space):
    ten_events(space)
    trained(space, read=10, used=8, left_out={"impression": 2}, in_parquet=10)

    day = ledger_of(space)

    assert day.state == "balanced"
    assert day.training is not None
    assert (day.training.used, day.training.left_out) == (8, {"impression": 2})


def test_what_came_after_the_training_is_in_flight(space):
    ten_events(space)
    trained(space, read=7, used=7, in_parquet=7)

    day = ledger_of(space)

    assert (day.state, day.unaccounted) == ("in flight", 0)
    assert check_of(day, "training").difference == 3


def test_events_that_a_training_lost_are_unaccounted_for(space):
    ten_events(space)
    trained(space, read=10, used=7, left_out={"impression": 2}, in_parquet=10)

    assert check_of(ledger_of(space), "training_read").unaccounted == 1


def test_a_training_that_read_less_than_parquet_held_is_unaccounted_for(space):
    ten_events(space)
    trained(space, read=9, used=9, in_parquet=10)

    assert check_of(ledger_of(space), "training").unaccounted == 1


def test_a_user_who_was_erased_after_the_training_is_not_missed(space):
    ten_events(space)
    trained(space, read=10, used=10, in_parquet=10)
    replica = Replica(space, "b")
    replica.write(goodbye=True)
    space.events.erase(Actor("user_id", "u"))
    day = ledger_of(space)

    assert (day.log.erased, day.log.in_parquet) == (10, 0)
    assert day.state == "balanced"
