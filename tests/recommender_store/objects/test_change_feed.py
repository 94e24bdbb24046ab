"""What the change feed does where it can never be first."""

import pytest
from obstore.store import MemoryStore

from recommender_store.errors import StoreUnavailable
from recommender_store.objects.bucket import BucketObjects
from recommender_store.objects.change_feed import ChangeFeed
from tests.recommender_store.objects.unreliable import Outcome, UnreliableObjects


def test_a_publisher_that_never_wins_gives_up() -> None:
    objects = BucketObjects(MemoryStore())
    feed = ChangeFeed(UnreliableObjects(objects, [Outcome.SAYS_LATE] * 10_000))

    with pytest.raises(StoreUnavailable, match="overtaken"):
        feed.publish("catalog", "shop")

    assert feed.head() == 0


def test_an_entry_whose_write_landed_with_an_error_is_there_all_the_same() -> None:
    objects = BucketObjects(MemoryStore())
    feed = ChangeFeed(UnreliableObjects(objects, [Outcome.LANDS_WITH_ERROR]))

    with pytest.raises(StoreUnavailable):
        feed.publish("catalog", "shop")
    feed.publish("catalog", "shop")

    assert [entry.number for entry in feed.poll(0)] == [1, 2]
