"""What anybody did, counted by item."""

from pathlib import Path

from recommender_api.history.activity import Activity
from recommender_api.history.protocol import Deed
from recommender_store.artifacts.vocabulary import Vocabulary
from recommender_store.event_log.log import EventLog
from recommender_store.objects.folder import FolderObjects
from recommender_store.objects.scope import Scope

AT = "2026-06-01T00:00:00Z"


def did(item_id: str, kind: str = "view") -> Deed:
    return Deed("ann", None, kind, item_id, 1_780_000_000_000, None)


def line(event_id: str, item_id: str) -> dict[str, str]:
    event = {"event_id": event_id, "kind": "view", "user_id": "ann", "item_id": item_id}
    return {**event, "occurred_at": AT}


def test_the_items_with_the_most_events_come_first():
    activity = Activity()
    activity.add([did("a"), did("b"), did("b")])

    assert activity.popular(9) == [("b", 2), ("a", 1)]
    assert activity.popular(1) == [("b", 2)]
    assert activity.item_ids() == ["a", "b"]
    assert (activity.item_count, activity.event_count) == (2, 3)


def test_what_says_nothing_of_an_item_is_not_counted():
    activity = Activity()
    activity.add([did("a", "custom:share"), did("b")])

    assert activity.popular(9) == [("b", 1)]


def test_a_reload_counts_what_the_log_says_packed_or_not(tmp_path: Path):
    log = EventLog(Scope(FolderObjects(tmp_path), "tenants/shop/events"))
    log.append_events([line("1", "a"), line("2", "b")], AT)
    log.compact()
    log.append_events([line("3", "b")], AT)
    activity = Activity()
    activity.add([did("forgotten")])
    activity.reload(log)

    assert activity.popular(9) == [("b", 2), ("a", 1)]
    assert activity.event_count == 3


def test_an_item_that_was_only_heard_of_is_known_over_a_reload_and_not_popular(tmp_path: Path):
    log = EventLog(Scope(FolderObjects(tmp_path), "tenants/shop/events"))
    log.append_events([line("1", "a")], AT)
    activity = Activity()
    activity.add([did("a")])
    activity.hear_of(["a", "far away"])
    activity.reload(log)

    assert activity.item_ids() == ["a", "far away"]
    assert activity.popular(9) == [("a", 1)]
    assert "far away" in activity


def test_what_a_model_ranks_is_passed_over_but_for_its_events(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("recommender_api.history.activity.SIFTED_AT", 1)
    log = EventLog(Scope(FolderObjects(tmp_path), "tenants/shop/events"))
    log.append_events([line(str(at), item) for at, item in enumerate("abcac")], AT)
    activity = Activity()

    activity.reload(log, Vocabulary.of(["a", "b"]))

    assert activity.item_ids() == ["c"]
    assert activity.event_count == 5
