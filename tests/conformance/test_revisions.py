"""The laws of a chain of revisions, on every kind of store."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest

from recommender_store.author import Author
from recommender_store.errors import ObjectMissing, RecordUnreadable, RevisionConflict
from recommender_store.objects.protocol import ObjectStore
from recommender_store.objects.revisions import RevisionChain
from recommender_store.objects.scope import Scope

AUTHOR = Author(by="key-1", origin="10.0.0.9")


@pytest.fixture
def scope(objects: ObjectStore) -> Scope:
    return Scope(objects, "tenants/shop")


@pytest.fixture
def chain(scope: Scope) -> RevisionChain:
    return scope.chain("settings")


def test_a_chain_that_was_never_begun_has_no_head(chain: RevisionChain) -> None:
    assert chain.head() is None
    assert chain.head(hint=5) is None
    assert list(chain.revisions()) == []


def test_the_newest_revision_is_the_value(chain: RevisionChain, scope: Scope) -> None:
    first = chain.append({"name": "Shop"}, author=AUTHOR, expected=0)
    second = chain.append({"name": "Größe ✓"}, author=AUTHOR, expected=first.number)

    assert (first.number, second.number) == (1, 2)
    assert chain.head() == second
    assert scope.chain("settings").head() == second
    assert chain.at(1) == first


def test_a_record_tells_who_when_and_from_where(objects: ObjectStore) -> None:
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    chain = Scope(objects, "x", clock=lambda: noon).chain("settings")

    written = chain.append({}, author=AUTHOR)

    assert chain.head() == written
    assert written.written_at == noon
    assert (written.written_by, written.written_from) == ("key-1", "10.0.0.9")
    assert objects.get("x/settings/000000000001.json").startswith(b'{"format":"revision/1"')


def test_whoever_expects_an_older_revision_is_told_the_current_one(chain: RevisionChain) -> None:
    chain.append({"n": 1}, author=AUTHOR)
    chain.append({"n": 2}, author=AUTHOR)

    for expected in [0, 1]:
        with pytest.raises(RevisionConflict) as lost:
            chain.append({"n": 3}, author=AUTHOR, expected=expected)
        assert (lost.value.expected, lost.value.current) == (expected, 2)


def test_expecting_what_never_was_makes_no_gap(chain: RevisionChain) -> None:
    chain.append({"n": 1}, author=AUTHOR)

    with pytest.raises(RevisionConflict) as lost:
        chain.append({"n": 2}, author=AUTHOR, expected=7)

    assert (lost.value.expected, lost.value.current) == (7, 1)
    with pytest.raises(ObjectMissing):
        chain.at(8)


def test_a_deletion_is_a_revision_without_value(chain: RevisionChain) -> None:
    chain.append({"n": 1}, author=AUTHOR)
    gone = chain.delete(author=AUTHOR, expected=1)

    assert gone.value is None
    assert chain.head() == gone
    assert chain.append({"n": 2}, author=AUTHOR, expected=2).number == 3
    assert [revision.value for revision in chain.revisions()] == [{"n": 2}, None, {"n": 1}]


def test_a_head_is_found_from_any_hint(chain: RevisionChain, scope: Scope) -> None:
    for number in range(1, 14):
        chain.append({"n": number}, author=AUTHOR)

    for hint in range(20):
        head = scope.chain("settings").head(hint)
        assert head is not None
        assert head.number == 13


def test_one_chain_does_not_see_another(scope: Scope) -> None:
    scope.chain("rules", "a").append({"n": 1}, author=AUTHOR)

    assert scope.chain("rules", "b").head() is None
    assert scope.chain("rules").head() is None


def test_of_writers_at_once_each_number_has_one(scope: Scope) -> None:
    writers, rounds = 4, 5
    barrier = Barrier(writers)
    conflicts: list[tuple[int, int]] = []

    def write(writer: int) -> list[int]:
        chain = scope.chain("settings")
        won = []
        for expected in range(rounds):
            barrier.wait()
            try:
                won.append(chain.append({"by": writer}, author=AUTHOR, expected=expected).number)
            except RevisionConflict as lost:
                conflicts.append((lost.expected, lost.current))
            barrier.wait()
        return won

    with ThreadPoolExecutor(writers) as pool:
        won = sorted(number for numbers in pool.map(write, range(writers)) for number in numbers)

    assert won == [1, 2, 3, 4, 5]
    assert sorted(conflicts) == [(n, n + 1) for n in range(rounds) for _ in range(writers - 1)]
    assert len(list(scope.chain("settings").revisions())) == rounds


RECORD = (
    b'{"format":"revision/1","number":1,"write_id":"w","written_at":"2026-11-20T10:00:00Z",'
    b'"by":"b","from":"f","value":{}}'
)
DAMAGED = {
    "empty": b"",
    "cut": RECORD[:-1],
    "not text": RECORD.replace(b'"w"', b'"\xff"'),
    "a list": b"[" + RECORD + b"]",
    "no write id": RECORD.replace(b'"write_id":"w",', b""),
    "a later format": RECORD.replace(b"revision/1", b"revision/2"),
    "no time zone": RECORD.replace(b"00Z", b"00"),
    "another number": RECORD.replace(b'"number":1', b'"number":2'),
}


def test_a_record_is_read_as_documented(scope: Scope, chain: RevisionChain) -> None:
    scope.put("settings/000000000001.json", RECORD)

    head = chain.head()

    assert head is not None
    assert (head.number, head.value, head.write_id) == (1, {}, "w")


@pytest.mark.parametrize("record", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_record_that_cannot_be_read_is_refused(
    scope: Scope, chain: RevisionChain, record: bytes
) -> None:
    scope.put("settings/000000000001.json", record)

    with pytest.raises(RecordUnreadable, match=r"000000000001\.json"):
        chain.head()
