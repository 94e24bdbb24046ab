"""What is loaded after a change is what would have been loaded from nothing."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender_api.history.activity import Activity
from recommender_api.serving.loaded import FEW, Loaded, Materials
from recommender_store.catalog.cells import AttributeType
from recommender_store.catalog.change import ItemChange
from recommender_store.catalog.state import CatalogState
from tests.recommender_models.made import bundle

IDS = [f"item-{number:02d}" for number in range(30)]
TYPES = {"brand": AttributeType.STRING, "price": AttributeType.NUMBER}
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "brand": st.sampled_from(["a", "b", "c"]),
        "price": st.integers(0, 9) | st.just("a price that is none"),
        "available": st.booleans(),
        "created_at": st.sampled_from(["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"]),
        "tags": st.lists(st.sampled_from(["x", "y"]), max_size=2),
    },
)
CHANGES = st.lists(
    st.tuples(st.sampled_from(IDS), FIELDS, st.sampled_from(["put", "patch", "delete"])),
    max_size=6,
)
STEPS = st.lists(
    st.tuples(CHANGES, st.lists(st.sampled_from(IDS), max_size=3), st.sampled_from([None, 0, 1])),
    min_size=1,
    max_size=5,
)


@pytest.fixture(scope="module")
def bundles():
    """Two models that know some items each."""
    with tempfile.TemporaryDirectory() as folder:
        yield [
            bundle(Path(folder) / str(at), {}, items=IDS[start:stop])
            for at, (start, stop) in enumerate([(0, 20), (10, 25)])
        ]


def told(loaded: Loaded) -> dict[str, Any]:
    """By item, since equal states may give items that no model knows another order."""
    view, items = loaded.catalog, loaded.items
    names = sorted(view.columns.names)
    newest = [items.id(row) for row in view.newest.tolist()]
    dated = [one for one in newest if view.columns.value(items.row(one), "created_at")]
    return {
        "items": {one: view.attributes(items.row(one), names) for one in items.all_ids()},
        "listed": {one for one in items.all_ids() if view.is_listed[items.row(one)]},
        "first": [view.columns.value(items.row(one), "created_at") for one in dated],
        "newest": set(newest),
        "rows": [items.row(one) for one in items.all_ids()],
        "types": {
            name: view.columns.types[name]
            for name in names
            if any(view.columns.value(row, name) is not None for row in range(len(items)))
        },
    }


@given(STEPS)
def test_what_is_loaded_after_changes_is_what_they_make_from_nothing(bundles, steps):
    state, heard, loaded = CatalogState(), [], None
    for at, (changes, heard_of, number) in enumerate(steps):
        touched = state.apply(
            ItemChange(
                item,
                10 * at + place,
                "w",
                {} if how == "delete" else fields,
                how == "put",
                is_deletion=how == "delete",
            )
            for place, (item, fields, how) in enumerate(changes)
        )
        heard += [one for one in dict.fromkeys(heard_of) if one not in heard]
        model = None if number is None else bundles[number]
        news = [one for one in heard_of if one in heard]
        materials = Materials(state, TYPES, heard, Activity(), news, touched)

        loaded = materials.loaded(model, loaded)

        assert told(loaded) == told(materials.loaded(model))
        assert loaded.items.all_ids() == [loaded.items.id(row) for row in range(len(loaded.items))]


def test_a_few_changes_leave_the_rows_where_they_were(bundles):
    state = CatalogState()
    state.apply(ItemChange(one, 1, "w", {"brand": "a"}) for one in reversed(IDS))
    before = Materials(state, TYPES, (), Activity()).loaded(bundles[0])
    touched = state.apply([ItemChange("brand-new", 2, "w", {"brand": "b"})])

    after = Materials(state, TYPES, (), Activity(), (), touched).loaded(bundles[0], before)

    assert after.items.all_ids() == [*before.items.all_ids(), "brand-new"]
    assert np.array_equal(after.catalog.newest[:-1], before.catalog.newest)


def test_an_attribute_whose_type_was_decided_anew_is_read_anew(bundles):
    state = CatalogState()
    state.apply(ItemChange(one, 1, "w", {"size": "9"}) for one in IDS)
    before = Materials(state, {}, (), Activity()).loaded(bundles[0])
    touched = state.apply([ItemChange(IDS[0], 2, "w", {"size": 9})])
    assert FEW * len(touched) < len(before.items)

    types = {"size": AttributeType.NUMBER}
    after = Materials(state, types, (), Activity(), (), touched).loaded(bundles[0], before)

    assert after.catalog.columns.types["size"] is AttributeType.NUMBER
    assert after.catalog.attributes(after.items.row(IDS[0]), ["size"]) == {"size": 9}
    assert after.catalog.attributes(after.items.row(IDS[1]), ["size"]) == {}
