"""Room in a catalog: known items always fit, and new ones as far as there is any."""

import pytest

from recommender_store.catalog.change import ItemChange
from recommender_store.catalog.room import beyond
from recommender_store.catalog.state import CatalogState


@pytest.fixture
def state() -> CatalogState:
    """Two items that are there, and one that was deleted."""
    state = CatalogState()
    state.apply(ItemChange(name, 1, "w") for name in ("a", "b", "gone"))
    state.apply([ItemChange("gone", 2, "w", is_deletion=True)])
    return state


def test_deleted_items_do_not_count(state):
    assert state.item_count == 2


@pytest.mark.parametrize(
    ("limit", "refused"),
    [(None, set()), (5, set()), (4, {"d"}), (3, {"gone", "d"}), (2, {"c", "gone", "d"})],
)
def test_the_last_of_the_new_ones_are_too_many(state, limit, refused):
    assert beyond(state, ["c", "a", "gone", "c", "d"], limit) == refused


def test_under_a_quota_below_what_is_there_known_items_can_be_changed(state):
    assert beyond(state, ["a", "b", "c"], 0) == {"c"}
