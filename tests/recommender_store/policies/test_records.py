"""Records of a kind: each with revisions of its own, though one chain holds them all."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from obstore.store import MemoryStore

from recommender_store.author import Author
from recommender_store.errors import RecordUnreadable, RevisionConflict
from recommender_store.objects.bucket import BucketObjects
from recommender_store.objects.scope import Scope
from recommender_store.policies import records
from recommender_store.policies.errors import RecordsFull
from recommender_store.policies.policies import Policies
from recommender_store.policies.records import RecordChain

AUTHOR = Author("ann", "here")


def chain() -> RecordChain:
    return RecordChain(Scope(BucketObjects(MemoryStore())).chain("rules"))


def test_a_record_counts_its_own_revisions() -> None:
    rules = chain()
    rules.put("a", {"n": 1}, author=AUTHOR)
    rules.put("b", {"n": 1}, author=AUTHOR)
    rules.put("b", {"n": 2}, author=AUTHOR)

    read = rules.read()

    assert read.values == {"a": {"n": 1}, "b": {"n": 2}}
    assert {one: entry.revision for one, entry in read.entries.items()} == {"a": 1, "b": 2}
    assert read.entries["b"].written_by == "ann"


def test_saying_the_same_again_writes_nothing() -> None:
    rules = chain()
    first = rules.put("a", {"n": 1}, author=AUTHOR)

    assert rules.put("a", {"n": 1}, author=Author("bob", "there")) == first
    assert rules.read().number == 1


def test_the_past_of_a_record_is_read_newest_first_through_other_records_changes() -> None:
    rules = chain()
    for n in range(3):
        rules.put("a", {"n": n}, author=AUTHOR)
        rules.put("b", {"n": n}, author=AUTHOR)
    rules.delete("a", author=AUTHOR)
    rules.put("a", {"n": 9}, author=AUTHOR)

    past = list(rules.revisions("a"))

    assert [one.value for one in past] == [{"n": 9}, None, {"n": 2}, {"n": 1}, {"n": 0}]
    assert [one.revision for one in past] == [5, 4, 3, 2, 1]
    assert list(rules.revisions("never")) == []
    assert [one.revision for one in rules.revisions("a", past[1].before)] == [3, 2, 1]


@pytest.mark.parametrize("expected", [0, 1, 3])
def test_another_revision_than_expected_is_a_conflict(expected: int) -> None:
    rules = chain()
    rules.put("a", {"n": 1}, author=AUTHOR)
    rules.put("a", {"n": 2}, author=AUTHOR)

    with pytest.raises(RevisionConflict) as refused:
        rules.put("a", {"n": 3}, author=AUTHOR, expected=expected)

    assert refused.value.current == 2
    assert rules.read().values == {"a": {"n": 2}}


def test_a_deleted_record_may_be_made_anew_by_whoever_expects_none() -> None:
    rules = chain()
    rules.put("a", {"n": 1}, author=AUTHOR, expected=0)
    rules.delete("a", author=AUTHOR, expected=1)

    assert rules.put("a", {"n": 2}, author=AUTHOR, expected=0).revision == 3


def test_deleting_what_never_was_writes_nothing() -> None:
    rules = chain()

    assert rules.delete("a", author=AUTHOR) is None
    assert rules.read().number == 0


def test_whole_sets_are_replaced_in_one_revision_and_twice_in_none() -> None:
    rules = chain()
    rules.put("gone", {"n": 1}, author=AUTHOR)
    rules.put("stays", {"n": 1}, author=AUTHOR)
    wanted = {"stays": {"n": 1}, "new": {"n": 2}}

    assert rules.replace(wanted, author=AUTHOR).values == wanted
    assert rules.read().number == 3
    rules.replace(wanted, author=AUTHOR)
    assert rules.read().number == 3
    assert rules.read().entries["stays"].revision == 1


def test_writers_of_different_records_at_once_all_succeed() -> None:
    rules = chain()
    names = [f"rule-{n}" for n in range(8)]
    writers = [
        threading.Thread(target=rules.put, args=(name, {"n": 1}), kwargs={"author": AUTHOR})
        for name in names
    ]
    for one in writers:
        one.start()
    for one in writers:
        one.join()

    assert sorted(rules.read().values) == names


def test_there_is_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "RECORDS_LIMIT", 2)
    rules = chain()
    rules.replace({"a": {}, "b": {}}, author=AUTHOR)

    with pytest.raises(RecordsFull):
        rules.put("c", {}, author=AUTHOR)
    rules.delete("a", author=AUTHOR)
    rules.put("c", {}, author=AUTHOR)

    assert sorted(rules.read().values) == ["b", "c"]


def test_the_oldest_deletions_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "TOMBSTONES_LIMIT", 2)
    rules = chain()
    for name in "abc":
        rules.put(name, {}, author=AUTHOR)
        rules.delete(name, author=AUTHOR)

    assert set(rules.read().entries) == {"b", "c"}


def test_a_rule_that_this_code_does_not_know_is_unreadable_and_says_which() -> None:
    policies = Policies(Scope(BucketObjects(MemoryStore())))
    policies.rules.put("new", {"id": "new", "kind": "teleport"}, author=AUTHOR)

    with pytest.raises(RecordUnreadable, match="policies/rules/new"):
        policies.decided()


@given(st.lists(st.tuples(st.sampled_from("abc"), st.none() | st.integers(0, 3)), max_size=12))
@settings(deadline=None, max_examples=50)
def test_whatever_is_decided_the_past_tells_it_all(decisions: list[tuple[str, int | None]]) -> None:
    rules = chain()
    told: dict[str, list[dict[str, int] | None]] = {}
    for name, number in decisions:
        value = None if number is None else {"n": number}
        before = told.get(name, [None])[-1]
        if value is None:
            rules.delete(name, author=AUTHOR)
        else:
            rules.put(name, value, author=AUTHOR)
        if value != before:
            told.setdefault(name, []).append(value)

    for name, values in told.items():
        assert [one.value for one in rules.revisions(name)] == values[::-1]
    assert rules.read().values == {n: v[-1] for n, v in sorted(told.items()) if v[-1] is not None}
