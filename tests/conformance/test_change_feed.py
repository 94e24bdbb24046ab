"""The change feed, on every kind of store."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from recommender_store.errors import RecordUnreadable
from recommender_store.objects.change_feed import ChangeFeed
from recommender_store.objects.keys import FEED
from recommender_store.objects.protocol import ObjectStore
from recommender_store.objects.scope import Scope


@pytest.fixture
def scope(objects: ObjectStore) -> Scope:
    return Scope(objects, FEED)


@pytest.fixture
def feed(scope: Scope) -> ChangeFeed:
    return ChangeFeed(scope)


def numbers(feed: ChangeFeed, after: int, limit: int = 1000) -> list[int]:
    return [entry.number for entry in feed.poll(after, limit)]


def test_an_empty_feed_has_nothing_to_say(feed: ChangeFeed) -> None:
    assert feed.head() == 0
    assert feed.poll(0) == []
    assert feed.poll(7) == []


def test_followers_read_what_was_published_after_a_number(scope: Scope) -> None:
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    published = ChangeFeed(scope, clock=lambda: noon).publish("rules", "shop", {"id": "r1"})
    ChangeFeed(scope).publish("model", "shop")

    first, second = ChangeFeed(scope).poll(0)

    assert first == published
    assert (first.topic, first.tenant_id, first.detail) == ("rules", "shop", {"id": "r1"})
    assert first.written_at == noon
    assert (second.number, second.topic, second.detail) == (2, "model", {})
    assert ChangeFeed(scope).poll(1) == [second]
    assert ChangeFeed(scope).poll(2) == []


def test_a_long_feed_is_read_in_bounded_pieces(feed: ChangeFeed, scope: Scope) -> None:
    for _ in range(7):
        feed.publish("catalog", "shop")

    assert numbers(feed, 0, limit=3) == [1, 2, 3]
    assert numbers(feed, 3, limit=3) == [4, 5, 6]
    assert numbers(feed, 6, limit=3) == [7]
    assert ChangeFeed(scope).head() == 7


def test_many_publishers_at_once_lose_no_entry(scope: Scope) -> None:
    def publish(writer: int) -> None:
        feed = ChangeFeed(scope)
        for number in range(5):
            feed.publish("catalog", f"tenant-{writer}", {"n": number})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(publish, range(4)))

    entries = ChangeFeed(scope).poll(0)
    assert [entry.number for entry in entries] == list(range(1, 21))
    assert len({(entry.tenant_id, entry.detail["n"]) for entry in entries}) == 20


def test_a_pruned_feed_goes_on_where_it_was(feed: ChangeFeed, scope: Scope) -> None:
    for _ in range(9):
        feed.publish("catalog", "shop")

    feed.prune(keep=3)

    assert ChangeFeed(scope).head() == 9
    assert ChangeFeed(scope).publish("catalog", "shop").number == 10
    assert numbers(feed, 8) == [9, 10]


def test_whoever_slept_through_a_pruning_gets_what_is_left(feed: ChangeFeed, scope: Scope) -> None:
    sleeper = ChangeFeed(scope)
    feed.publish("catalog", "shop")
    assert sleeper.head() == 1
    for _ in range(8):
        feed.publish("catalog", "shop")

    feed.prune(keep=3)

    assert numbers(sleeper, 0) == [7, 8, 9]
    assert numbers(sleeper, 2) == [7, 8, 9]
    assert numbers(sleeper, 6) == [7, 8, 9]
    assert numbers(sleeper, 9) == []
    assert sleeper.head() == 9


def test_pruning_everything_keeps_the_newest(feed: ChangeFeed, scope: Scope) -> None:
    feed.prune(keep=0)
    for _ in range(3):
        feed.publish("catalog", "shop")

    feed.prune(keep=10)
    assert numbers(feed, 0) == [1, 2, 3]

    feed.prune(keep=0)
    assert numbers(feed, 0) == [3]
    assert ChangeFeed(scope).head() == 3


LATER_FORMAT = (
    b'{"format":"feed/2","number":1,"topic":"t","tenant_id":"s","detail":{},'
    b'"written_at":"2026-11-20T10:00:00Z"}'
)


@pytest.mark.parametrize("record", [b"{", LATER_FORMAT], ids=["cut", "a later format"])
def test_an_entry_that_cannot_be_read_is_refused(
    scope: Scope, feed: ChangeFeed, record: bytes
) -> None:
    scope.put("000000000001.json", record)

    with pytest.raises(RecordUnreadable):
        feed.poll(0)
