"""A store that does not honour put-if-absent is found out before anything relies on it."""

import pytest
from obstore.store import MemoryStore

from recommender_store.errors import StoreUnavailable, StoreUnsafe
from recommender_store.objects.bucket import BucketObjects
from recommender_store.objects.proof import prove_put_if_absent
from recommender_store.objects.scope import Scope
from tests.recommender_store.objects.unreliable import Outcome, UnreliableObjects


class Overwriting(Scope):
    """As services do that ignore the condition and say that all is well."""

    def put_if_absent(self, key: str, data: bytes) -> bool:
        self.put(key, data)
        return True


class OverwritingSilently(Scope):
    """Says that the key exists, and overwrites it all the same."""

    def put_if_absent(self, key: str, data: bytes) -> bool:
        existed = any(info.key == key for info in self.list())
        self.put(key, data)
        return not existed


@pytest.mark.parametrize("kind", [Overwriting, OverwritingSilently])
def test_a_careless_store_is_refused_and_left_clean(kind: type[Scope]) -> None:
    objects = kind(BucketObjects(MemoryStore()))

    with pytest.raises(StoreUnsafe, match="If-None-Match"):
        prove_put_if_absent(objects)

    assert list(objects.list()) == []


def test_a_write_that_met_its_own_retry_is_not_held_against_the_store() -> None:
    objects = UnreliableObjects(BucketObjects(MemoryStore()), [Outcome.LANDS_AS_LATE])

    prove_put_if_absent(objects)

    assert list(objects.list()) == []


def test_a_store_that_writes_nothing_and_says_late_is_refused() -> None:
    objects = UnreliableObjects(BucketObjects(MemoryStore()), [Outcome.SAYS_LATE] * 2)

    with pytest.raises(StoreUnsafe):
        prove_put_if_absent(objects)


def test_a_store_that_does_not_answer_is_not_called_unsafe() -> None:
    objects = UnreliableObjects(BucketObjects(MemoryStore()), [Outcome.LANDS_WITH_ERROR])

    with pytest.raises(StoreUnavailable):
        prove_put_if_absent(objects)

    assert list(objects.list()) == []
