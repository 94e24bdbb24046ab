"""Which events were made durable lately."""

from recommender_api.ingest.accept import judge
from recommender_api.ingest.recent_ids import RecentIds
from tests.recommender_api.ingest.batches import NOW_S, view


def arrivals(*events):
    return judge(events, NOW_S).arrivals


def ids(kept):
    return [one.event_id for one in kept]


def test_twins_within_a_batch_count_once():
    batch = arrivals(view("a"), view("b"), view("a"))

    assert ids(RecentIds().strangers(batch)) == ["a", "b"]


def test_the_same_id_on_another_day_is_another_event():
    batch = arrivals(view("a"), view("a", "2026-11-18T10:00:00Z"))
    recent = RecentIds()

    assert len(recent.strangers(batch)) == 2
    recent.remember(batch[:1])
    assert recent.strangers(batch) == batch[1:]


def test_the_same_id_at_another_time_of_its_day_is_the_same_event():
    recent = RecentIds()
    recent.remember(arrivals(view("a", "2026-11-19T10:00:00Z")))

    assert recent.strangers(arrivals(view("a", "2026-11-19T23:00:00Z"))) == []
    assert recent.strangers(arrivals(view("a", "2026-11-19T00:30:00+01:00"))) != []


def test_what_was_remembered_is_known_until_two_generations_have_come():
    recent = RecentIds(generation=2)
    recent.remember(arrivals(view("a"), view("b")))
    recent.remember(arrivals(view("c")))
    assert ids(recent.strangers(arrivals(view("a"), view("c"), view("d")))) == ["d"]

    recent.remember(arrivals(view("d")))

    assert ids(recent.strangers(arrivals(view("a"), view("c"), view("d")))) == ["a"]


def test_asking_alone_remembers_nothing():
    recent = RecentIds()
    recent.strangers(arrivals(view("a")))

    assert ids(recent.strangers(arrivals(view("a")))) == ["a"]
