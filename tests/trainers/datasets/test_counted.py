"""What a training took of the log, by day of receipt."""

from datetime import UTC, datetime, timedelta

import pytest

from recommender_models.weighting import Weighting
from recommender_store.event_log.flow import DayFlow
from recommender_store.runs.counted import CountedDay, counted_days
from tests.trainers.tenant import event, new_store, new_tenant
from trainers.datasets import counted
from trainers.datasets.snapshot import Snapshot, take_snapshot

START = datetime(2026, 1, 1, tzinfo=UTC)
WEIGHTING = Weighting({"view": 1.0}, positive_rating=3.0)


@pytest.fixture
def tenant(tmp_path):
    return new_tenant(new_store(tmp_path / "store"))


def receive(tenant, day: str, *events) -> None:
    tenant.events.append_events(list(events), f"{day}T09:00:00Z")


def view(number: int, days: float = 0.0, **fields):
    said = {"user_id": "u", "item_id": f"i{number}", **fields}
    return event(number, START + timedelta(days=days), **said)


def taken(tenant, window_days: int | None = None) -> Snapshot:
    state = tenant.events.state()
    return take_snapshot(state, WEIGHTING, tenant.digests(), window_days=window_days, threads=1)


def test_every_event_is_used_or_left_out_for_a_reason(tenant):
    shown = event(3, START, "impression", user_id="u", items=["i1"])
    joined = event(4, START, "identify", user_id="u", session_id="s")
    nameless = event(5, START, "custom:ping", user_id="u")
    receive(tenant, "2026-01-02", view(1), view(2), shown, joined, nameless)
    receive(tenant, "2026-01-12", view(6, days=10), view(7, days=-90))

    days = taken(tenant, window_days=30).statistics.received

    assert days == {
        "2026-01-02": CountedDay(
            read=5,
            used=2,
            left_out={"impression": 1, "written_by_the_platform": 1, "names_no_item": 1},
        ),
        "2026-01-12": CountedDay(read=2, used=1, left_out={"older_than_window": 1}),
    }


def test_twins_are_read_once_and_parquet_is_told_apart(tenant):
    receive(tenant, "2026-01-02", view(1), view(1), view(2))
    tenant.events.compact()
    receive(tenant, "2026-01-02", view(2), view(3))

    days = taken(tenant).statistics.received

    assert days == {"2026-01-02": CountedDay(read=3, used=3, in_parquet=2)}


def test_the_sum_of_what_was_used_is_the_dataset(tenant):
    for number in range(40):
        receive(tenant, f"2026-01-{number % 9 + 1:02d}", view(number, days=number))

    statistics = taken(tenant, window_days=7).statistics

    assert sum(day.used for day in statistics.received.values()) == statistics.events == 7


def test_only_the_newest_days_are_told_apart(tenant, monkeypatch):
    monkeypatch.setattr(counted, "DAYS_LIMIT", 2)
    for day in ("2026-01-02", "2026-01-03", "2026-01-04"):
        receive(tenant, day, view(int(day[-1])))

    assert list(taken(tenant).statistics.received) == ["2026-01-03", "2026-01-04"]


def test_what_was_counted_is_kept_on_the_workbench(tenant, tmp_path):
    receive(tenant, "2026-01-02", view(1), view(2))
    snapshot = taken(tenant)
    folder = tmp_path / "snapshot"
    folder.mkdir()

    snapshot.save(folder)

    assert Snapshot.from_path(folder).statistics.received == snapshot.statistics.received


@pytest.mark.parametrize("result", [{}, {"received": None}, {"received": {"d": {"read": "x"}}}])
def test_a_step_that_counted_nothing_is_told_from_one_that_did(result):
    assert counted_days(result) is None
    assert counted_days({"received": {}}) == {}


def test_what_was_gone_by_then_is_noted(tenant):
    receive(tenant, "2026-01-02", view(1))
    tenant.events.compact()
    with tenant.events.state().opened() as connection:
        connection.execute("CREATE TABLE chosen AS SELECT *, 0 AS at_us FROM events")
        flow = {"2026-01-02": DayFlow(compacted=5, expired=1, erased=3)}

        days = counted.count_received(connection, flow)

    assert days["2026-01-02"] == CountedDay(read=1, used=1, in_parquet=1, gone=4)
