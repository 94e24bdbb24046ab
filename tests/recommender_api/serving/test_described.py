"""Items that came into the catalog after the training: answered for, and beside others."""

import numpy as np
import pytest

from recommender_api.serving import described
from recommender_api.serving.catalog.catalog_view import CatalogView
from recommender_api.serving.catalog.followed_catalog import CatalogRows
from recommender_api.serving.catalog.item_table import ItemTable
from recommender_api.serving.described import Described
from recommender_store.catalog.cells import AttributeType
from recommender_store.catalog.change import ItemChange
from recommender_store.catalog.state import CatalogState
from tests.recommender_models.made import bundle, described_lists

KNOWN = [f"item-{number}" for number in range(9)]
WOOD = {"title": "oak table"}


def changed(state: CatalogState, **items: dict[str, object] | None) -> CatalogState:
    """The state, with these changes made to it; None deletes."""
    made = [
        ItemChange(item_id, at_us, "w", fields or {}, is_deletion=fields is None)
        for at_us, (item_id, fields) in enumerate(items.items(), len(state) + 1)
    ]
    state.apply(made)
    return state


class Shown:
    """One bundle over changing states of the catalog."""

    def __init__(self, folder) -> None:
        self.bundle = bundle(folder, {"content": described_lists(9, 4)}, items=KNOWN)
        self.now: Described | None = None

    def over(self, state: CatalogState) -> "Shown":
        self.items = ItemTable.of(self.bundle.items, list(state.ids()))
        types = {"wood": AttributeType.STRING}
        view = CatalogView.of(self.items, state, types)
        rows = CatalogRows(self.items, view)
        self.now = Described.of(self.bundle.content, rows, state, self.now)
        return self

    def beside(self, item_id: str, n: int = 20) -> list[str]:
        rows = np.array([self.items.row(item_id)], dtype=np.int32)
        return [self.items.id(row) for row in self.now.similar_items(rows, n)[0].rows.tolist()]


@pytest.fixture
def shown(tmp_path):
    return Shown(tmp_path / "bundle")


def test_a_newcomer_is_answered_with_what_is_described_like_it_and_never_with_itself(shown):
    shown.over(changed(CatalogState(), new={"title": "all third"}))

    third = {shown.items.id(row) for row in (0, 3, 6)}
    assert set(shown.beside("new")[:3]) == third
    assert len(shown.beside("new")) == 9


def test_newcomers_stand_beside_each_other_by_words_that_no_model_has_heard_of(shown):
    shown.over(changed(CatalogState(), a=WOOD, b=WOOD, c={"title": "steel chair"}))

    assert (shown.beside("a"), shown.beside("b"), shown.beside("c")) == (["b"], ["a"], [])


def test_a_newcomer_comes_up_beside_an_item_of_the_model(shown):
    told = shown.bundle.items.id(0)
    before = shown.over(CatalogState()).beside(told)
    state = changed(CatalogState(), **{told: {"title": "third"}, "new": {"title": "third"}})

    after = shown.over(state).beside(told)

    assert "new" in after
    assert [one for one in after if one != "new"] == before


def test_an_item_that_the_model_has_and_was_not_told_of_is_a_newcomer_when_it_is_described(shown):
    untold = shown.bundle.items.id(1)
    shown.over(changed(CatalogState(), **{untold: WOOD, "new": WOOD}))

    assert shown.beside(untold) == ["new"]
    assert shown.beside("new") == [untold]


def test_what_is_hidden_deleted_or_renamed_is_beside_nothing_by_its_old_words(shown):
    state = changed(CatalogState(), a=WOOD, b=WOOD, c=WOOD, d=WOOD)
    assert shown.over(state).beside("a") == ["b", "c", "d"]

    changed(state, b=WOOD | {"available": False}, c=None, d={"title": "steel chair"})

    assert shown.over(state).beside("a") == []


def test_of_more_newcomers_than_can_be_kept_the_newest_come_up_and_all_are_answered_for(
    shown, monkeypatch
):
    monkeypatch.setattr(described, "NEWCOMERS_LIMIT", 2)
    dated = {
        f"new-{day}": WOOD | {"created_at": f"2026-01-0{day}T00:00:00Z"} for day in (1, 2, 3, 4)
    }
    shown.over(changed(CatalogState(), **dated))

    assert sorted(shown.beside("new-1")) == ["new-3", "new-4"]
    assert shown.beside("new-4") == ["new-3"]


def test_answers_that_are_kept_are_the_same_however_many_are_asked_for(shown, monkeypatch):
    monkeypatch.setattr(described, "KEPT", 2)
    shown.over(changed(CatalogState(), **{f"new-{n}": {"title": "all"} for n in range(5)}))

    first = [shown.beside(f"new-{n}", 3) for n in range(5)]
    again = [shown.beside(f"new-{n}", 20)[:3] for n in range(5)]

    assert first == again
    assert all(len(one) == 3 for one in first)
