"""What a chain makes of writes whose outcome is unclear, and of writers that interleave."""

from collections.abc import Callable
from itertools import product

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from obstore.store import MemoryStore

from recommender_store.author import Author
from recommender_store.errors import RecordUnreadable, RevisionConflict, StoreUnavailable
from recommender_store.objects.bucket import BucketObjects
from recommender_store.objects.keys import revision_name
from recommender_store.objects.protocol import ObjectStore
from recommender_store.objects.revisions import RevisionChain
from recommender_store.objects.scope import Scope
from tests.recommender_store.objects.unreliable import Outcome, UnreliableObjects

AUTHOR = Author(by="key-1", origin="10.0.0.9")
FINE, LOST, SAYS_LATE = Outcome.FINE, Outcome.LOST, Outcome.SAYS_LATE
LANDS_WITH_ERROR, LANDS_AS_LATE = Outcome.LANDS_WITH_ERROR, Outcome.LANDS_AS_LATE


def memory() -> ObjectStore:
    return BucketObjects(MemoryStore())


def chain_over(
    objects: ObjectStore, plan: list[Outcome], pause: Callable[[float], None] | None = None
) -> RevisionChain:
    return RevisionChain(UnreliableObjects(objects, plan), pause=pause or (lambda _: None))


@pytest.mark.parametrize("outcome", [LANDS_WITH_ERROR, LANDS_AS_LATE])
def test_a_write_that_landed_and_reported_otherwise_is_a_success(outcome: Outcome) -> None:
    objects = memory()

    written = chain_over(objects, [outcome]).append({"n": 1}, author=AUTHOR, expected=0)

    assert RevisionChain(objects).head() == written
    assert written.number == 1


@pytest.mark.parametrize("plan", list(product([LOST, SAYS_LATE, LANDS_WITH_ERROR], repeat=3)))
def test_one_decision_is_one_revision_whatever_the_tries(plan: list[Outcome]) -> None:
    objects = memory()
    chain = chain_over(objects, plan)

    first = chain.append({"n": 1}, author=AUTHOR, expected=0)
    second = chain.append({"n": 2}, author=AUTHOR, expected=first.number)

    assert list(RevisionChain(objects).revisions()) == [second, first]


def test_a_write_that_never_lands_is_unavailable_after_a_few_tries() -> None:
    objects, pauses = memory(), []
    chain = chain_over(objects, [LOST] * 10, pauses.append)

    with pytest.raises(StoreUnavailable, match="connection reset"):
        chain.append({"n": 1}, author=AUTHOR)

    assert RevisionChain(objects).head() is None
    assert pauses == sorted(pauses)
    assert 1 <= len(pauses) <= 5
    assert sum(pauses) < 3


def test_a_number_that_is_taken_by_nothing_is_unavailable_after_a_few_tries() -> None:
    chain = chain_over(memory(), [SAYS_LATE] * 10)

    with pytest.raises(StoreUnavailable, match="nothing lies there"):
        chain.append({"n": 1}, author=AUTHOR)


@pytest.mark.parametrize("mine", [FINE, LOST, LANDS_WITH_ERROR, SAYS_LATE])
def test_another_writers_record_under_the_number_is_a_conflict(mine: Outcome) -> None:
    objects = memory()

    class Overtaken(UnreliableObjects):
        """Another replica writes twice between this one's look at the head and its write."""

        def put_if_absent(self, key: str, data: bytes) -> bool:
            other = RevisionChain(objects)
            other.append({"n": "theirs"}, author=AUTHOR, expected=0)
            other.append({"n": "theirs too"}, author=AUTHOR, expected=1)
            return super().put_if_absent(key, data)

    chain = RevisionChain(Overtaken(objects, [mine]), pause=lambda _: None)

    with pytest.raises(RevisionConflict) as lost:
        chain.append({"n": "mine"}, author=AUTHOR, expected=0)

    assert (lost.value.expected, lost.value.current) == (0, 2)


def test_without_an_expectation_a_lost_race_is_a_conflict_too() -> None:
    objects = memory()

    class Overtaken(Scope):
        def put_if_absent(self, key: str, data: bytes) -> bool:
            RevisionChain(objects).append({}, author=AUTHOR, expected=0)
            return super().put_if_absent(key, data)

    with pytest.raises(RevisionConflict):
        RevisionChain(Overtaken(objects)).append({"n": "mine"}, author=AUTHOR)


@given(st.lists(st.tuples(st.sampled_from([0, 1]), st.sampled_from(["look", "write"]))))
def test_interleaved_writers_leave_a_chain_without_gaps(steps: list[tuple[int, str]]) -> None:
    objects = memory()
    chains = [RevisionChain(objects), RevisionChain(objects)]
    known = [0, 0]
    history: list[tuple[int, int]] = []

    for step, (writer, action) in enumerate(steps):
        chain, current = chains[writer], len(history)
        value = {"writer": writer, "step": step}
        if action == "look":
            head = chain.head()
            known[writer] = head.number if head else 0
            assert known[writer] == current
        elif known[writer] == current:
            known[writer] = chain.append(value, author=AUTHOR, expected=current).number
            history.append((writer, step))
            assert known[writer] == current + 1
        else:
            with pytest.raises(RevisionConflict) as lost:
                chain.append(value, author=AUTHOR, expected=known[writer])
            assert (lost.value.expected, lost.value.current) == (known[writer], current)

    kept = [revision.value for revision in RevisionChain(objects).revisions()]
    assert kept == [{"writer": writer, "step": step} for writer, step in reversed(history)]
    names = [revision_name(number) for number in range(1, len(history) + 1)]
    assert [info.key for info in objects.list("")] == names


def test_a_store_that_was_emptied_is_seen_as_empty() -> None:
    objects = memory()
    chain = RevisionChain(objects)
    chain.append({"n": 1}, author=AUTHOR)
    chain.append({"n": 2}, author=AUTHOR)
    for info in list(objects.list("")):
        objects.delete(info.key)

    assert chain.head() is None
    assert chain.append({"n": 3}, author=AUTHOR).number == 1


def test_a_record_whose_bytes_were_changed_is_refused() -> None:
    objects = memory()
    RevisionChain(objects).append({"limit": 1}, author=AUTHOR)
    changed = objects.get("000000000001.json").replace(b'"limit":1', b'"limit":2')
    objects.put("000000000001.json", changed)

    with pytest.raises(RecordUnreadable, match="changed"):
        RevisionChain(objects).head()


def test_a_record_of_before_there_were_digests_is_read() -> None:
    objects = memory()
    RevisionChain(objects).append({"limit": 1}, author=AUTHOR)
    told = msgspec.json.decode(objects.get("000000000001.json"))
    del told["sha256"]
    objects.put("000000000001.json", msgspec.json.encode(told))

    head = RevisionChain(objects).head()

    assert head is not None
    assert head.value == {"limit": 1}
