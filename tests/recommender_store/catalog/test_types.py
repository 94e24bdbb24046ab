"""A type is fixed once, and a conflict leaves everything as it was."""

from functools import partial

import pytest
from obstore.store import MemoryStore

from recommender_store.catalog.change import Value
from recommender_store.catalog.errors import ItemInvalid
from recommender_store.catalog.types import AttributeTypes, type_of
from recommender_store.errors import RevisionConflict
from recommender_store.objects.bucket import BucketObjects
from recommender_store.objects.scope import Scope
from tests.recommender_store.faulty import InterruptedObjects


@pytest.fixture
def scope() -> Scope:
    return Scope(BucketObjects(MemoryStore()))


def types_of(scope: Scope) -> AttributeTypes:
    """As a process that has just begun sees them."""
    return AttributeTypes(scope.chain("types"))


def own(types: AttributeTypes) -> dict[str, str]:
    return {name: kind for name, kind in types.all().items() if name in ("a", "b", "price")}


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("x", "string"),
        (1, "number"),
        (1.5, "number"),
        (True, "boolean"),
        (["x"], "strings"),
        ([], "strings"),
        (None, None),
    ],
)
def test_a_first_value_fixes_the_type(scope: Scope, value: Value, kind: str | None) -> None:
    types_of(scope).admit([("i", {"a": value})])

    assert type_of(value) == kind
    assert own(types_of(scope)) == ({"a": kind} if kind else {})


@pytest.mark.parametrize("is_new_process", [True, False])
def test_a_conflict_is_refused_and_fixes_nothing(scope: Scope, *, is_new_process: bool) -> None:
    types = types_of(scope)
    types.admit([("i", {"price": 1})])
    asked = types_of(scope) if is_new_process else types

    with pytest.raises(ItemInvalid) as caught:
        asked.admit([("i", {"a": "new"}), ("j", {"price": "cheap"})])

    assert (caught.value.item_id, caught.value.attribute) == ("j", "price")
    assert own(types_of(scope)) == {"price": "number"}


def test_a_conflict_within_one_batch_fixes_nothing(scope: Scope) -> None:
    types = types_of(scope)

    with pytest.raises(ItemInvalid):
        types.admit([("i", {"a": 1}), ("i", {"a": "x"})])

    assert own(types_of(scope)) == {}


def test_true_is_not_a_number(scope: Scope) -> None:
    types = types_of(scope)
    types.admit([("i", {"a": 1})])

    with pytest.raises(ItemInvalid):
        types.admit([("i", {"a": True})])


def test_null_fits_every_type(scope: Scope) -> None:
    types = types_of(scope)
    types.admit([("i", {"a": 1})])
    types.admit([("i", {"a": None})])

    assert own(types) == {"a": "number"}


def test_settings_fix_a_type_ahead_of_values_but_not_behind_them(scope: Scope) -> None:
    types = types_of(scope)
    types.admit([("i", {"b": 1})])
    types.fix({"a": "time", "b": "string", "title": "number"})

    assert own(types) == {"a": "time", "b": "number"}
    assert types.all()["title"] == "string"
    types.admit([("i", {"a": "2026-11-20T10:00:00Z"})])
    for bad in ("tomorrow", "2026-11-20T10:00:00", 5):
        with pytest.raises(ItemInvalid):
            types.admit([("i", {"a": bad})])


def test_two_replicas_that_meet_an_attribute_at_once_agree(scope: Scope) -> None:
    one, other = types_of(scope), types_of(scope)
    one.admit([("i", {"a": 1})])

    with pytest.raises(ItemInvalid):
        other.admit([("i", {"a": "x", "b": 1})])
    other.admit([("i", {"a": 2, "b": 1})])

    assert own(one) == own(other) == {"a": "number", "b": "number"}


def test_known_types_cost_no_look_into_the_store(scope: Scope) -> None:
    types = types_of(scope)
    types.admit([("i", {"a": 1})])
    for info in list(scope.list()):
        scope.delete(info.key)

    types.admit([("i", {"a": 2})])

    assert list(scope.list()) == []


def test_who_loses_every_race_says_so(scope: Scope) -> None:
    def overtake(number: int) -> None:
        types_of(scope).admit([("i", {f"a{number}": 1})])

    overtakings = [partial(overtake, number) for number in range(5)]
    racing = types_of(Scope(InterruptedObjects(scope, "types/", overtakings)))

    with pytest.raises(RevisionConflict):
        racing.admit([("i", {"b": 1})])
    types_of(scope).admit([("i", {"b": 1})])
    assert own(types_of(scope)) == {"b": "number"}
