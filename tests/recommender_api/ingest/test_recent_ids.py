"""Which events were made durable lately."""

from recommender_api.ingest.accept import judge
from recommender_api.ingest.recent_ids import RecentIds
from tests.recommender_api.ingest.batches import NOW_S, view


def arrivals(*events):
    return judge(events, NOW_S).arrivals


def strangers(recent, *events):
    return [one.event_id for one in recent.strangers(arrivals(*events)).arrivals]


def remember(recent, *events):
    recent.remember(recent.strangers(arrivals(*events)).identities)


def test_twins_within_a_batch_count_once():
    recent = RecentIds()
    fresh = recent.strangers(arrivals(view("a"), view("b"), view("a")))

    assert [one.event_id for one in fresh.arrivals] == ["a", "b"]
    assert len(fresh.identities) == 2


def test_the_same_id_on_another_day_is_another_event():
    twice = view("a"), view("a", "2026-11-18T10:00:00Z")
    recent = RecentIds()

    assert strangers(recent, *twice) == ["a", "a"]
    remember(recent, *twice)
    assert strangers(recent, *twice, view("a", "2026-11-17T10:00:00Z")) == ["a"]


def test_the_same_id_at_another_time_of_its_day_is_the_same_event():
    recent = RecentIds()
    remember(recent, view("a", "2026-11-19T10:00:00Z"))

    assert strangers(recent, view("a", "2026-11-19T23:00:00Z")) == []
    assert strangers(recent, view("a", "2026-11-19T00:30:00+01:00")) == ["a"]


def test_what_was_remembered_is_known_until_two_generations_have_come():
    recent = RecentIds(generation=2)
    remember(recent, view("a"), view("b"))
    remember(recent, view("c"))
    assert strangers(recent, view("a"), view("c"), view("d")) == ["d"]

    remember(recent, view("d"))

    assert strangers(recent, view("a"), view("c"), view("d")) == ["a"]


def test_asking_alone_remembers_nothing():
    recent = RecentIds()
    strangers(recent, view("a"))

    assert strangers(recent, view("a")) == ["a"]
