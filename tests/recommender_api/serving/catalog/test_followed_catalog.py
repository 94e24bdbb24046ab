"""What rows say of a catalog that was followed is what is read of it from nothing."""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from obstore.store import MemoryStore
from structlog.testing import capture_logs

from recommender_api.serving.catalog.catalog_view import CatalogView
from recommender_api.serving.catalog.followed_catalog import CatalogRows, FollowedCatalog, HeardOf
from recommender_api.serving.catalog.item_table import ItemTable
from recommender_api.serving.catalog.layout import ROOM_LEAST
from recommender_api.serving.catalog.layouts import Layouts, ModelItems
from recommender_store.artifacts.local_cache import LocalCache
from recommender_store.artifacts.vocabulary import Vocabulary
from recommender_store.catalog.cells import AttributeType
from recommender_store.catalog.change import ItemChange
from recommender_store.catalog.compaction import SEGMENTS_LIMIT
from recommender_store.catalog.log import Catalog
from recommender_store.objects.bucket import BucketObjects
from recommender_store.objects.scope import Scope

IDS = [f"item-{number:02d}" for number in range(30)]
MODELS = [
    ModelItems(Vocabulary.of(IDS[start:stop]), sha256=f"{at}" * 64)
    for at, (start, stop) in enumerate([(0, 20), (10, 25)])
]
TYPES = {"brand": AttributeType.STRING, "price": AttributeType.NUMBER}
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from(["Brot", "Käse", "a", ""]),
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
HOW = st.sampled_from(["follow", "start again", "pack", "another process", "pack, another machine"])
STEPS = st.lists(
    st.tuples(
        CHANGES,
        st.lists(st.sampled_from([*IDS, "stranger"]), max_size=3),
        st.sampled_from([None, *MODELS]),
        HOW,
    ),
    min_size=1,
    max_size=6,
)
NEVER = 10**9


def catalog(store: MemoryStore | None = None) -> Catalog:
    scope = Scope(BucketObjects(store or MemoryStore()), "tenants/shop/catalog")
    return Catalog(scope, snapshot_least=1)


def pack(of: Catalog) -> None:
    for _ in range(SEGMENTS_LIMIT + 1):
        of.append([ItemChange("often-told-of", 1, "w")])
    assert of.pack().segments


def told(rows: CatalogRows) -> dict[str, Any]:
    """By item, since equal states may give items that no model knows another order."""
    items, view = rows.items, rows.view
    names = sorted(view.columns.names)
    newest = [items.id(row) for row in view.newest.tolist()]
    dated = [one for one in newest if view.columns.value(items.row(one), "created_at")]
    return {
        "items": {one: view.attributes(items.row(one), names) for one in items.all_ids()},
        "listed": {one for one in items.all_ids() if view.is_listed[items.row(one)]},
        "first": [view.columns.value(items.row(one), "created_at") for one in dated],
        "newest": set(newest),
        "types": {
            name: view.columns.types[name]
            for name in names
            if any(view.columns.value(row, name) is not None for row in range(len(items)))
        },
    }


def changes(made: list[tuple[str, dict[str, Any], str]], at_us: int) -> list[ItemChange]:
    return [
        ItemChange(
            item,
            at_us + place,
            "w",
            {} if how == "delete" else fields,
            how == "put",
            is_deletion=how == "delete",
        )
        for place, (item, fields, how) in enumerate(made)
    ]


def from_nothing(of: Catalog, model: ModelItems | None, heard: list[str]) -> CatalogRows:
    """Item by item, of the log alone."""
    state = of.state()
    vocabulary = model.vocabulary if model is not None else None
    items = ItemTable.of(vocabulary, [*state.ids(), *heard])
    return CatalogRows(items, CatalogView.of(items, state, TYPES))


@settings(deadline=None)
@given(STEPS, st.sampled_from([0, NEVER]))
def test_rows_after_changes_are_what_is_read_from_nothing(steps, kept_least):
    of, heard = catalog(), []
    with tempfile.TemporaryDirectory() as folder:
        layouts = Layouts(LocalCache(Path(folder), NEVER), "shop", kept_least)
        followed, since = FollowedCatalog(of, layouts), 0
        for at, (made, heard_of, model, how) in enumerate(steps):
            of.append(changes(made, 10 * at))
            heard += [one for one in dict.fromkeys(heard_of) if one not in heard]
            if how == "start again":
                followed, since = FollowedCatalog(of, layouts), 0
                followed.begin(model.sha256 if model is not None else None)
            if how.startswith("pack"):
                pack(of)
            if how == "pack, another machine":
                layouts = Layouts(LocalCache(Path(folder, f"{at}"), NEVER), "shop", kept_least)
                followed, since = FollowedCatalog(of, layouts), 0
            if how == "another process":
                other = FollowedCatalog(of, layouts)
                other.follow()
                other.rows(model, TYPES, HeardOf(heard))
            followed.follow()

            rows = followed.rows(model, TYPES, HeardOf(heard, since))

            since = len(heard)
            if model is not None:
                assert told(rows) == told(from_nothing(of, model, heard))
                known = range(len(model.vocabulary))
                assert [rows.items.id(row) for row in known] == model.vocabulary.ids(known)
            every = range(len(rows.items))
            assert [rows.items.row(rows.items.id(row)) for row in every] == list(every)
            assert {*heard, *of.state().ids()} <= set(rows.items.all_ids())


@pytest.fixture
def layouts(tmp_path):
    return Layouts(LocalCache(tmp_path, NEVER), "shop", 0)


def followed_with(layouts: Layouts, of: Catalog) -> FollowedCatalog:
    followed = FollowedCatalog(of, layouts)
    followed.follow()
    followed.rows(MODELS[0], TYPES, HeardOf(()))
    return followed


def test_a_few_changes_leave_the_rows_where_they_were(layouts):
    of = catalog()
    of.append([ItemChange(one, 1, "w", {"brand": "a"}) for one in reversed(IDS)])
    followed = followed_with(layouts, of)
    before = followed.rows(MODELS[0], TYPES, HeardOf(()))
    of.append([ItemChange("brand-new", 2, "w", {"brand": "b"})])
    followed.follow()

    after = followed.rows(MODELS[0], TYPES, HeardOf(()))

    assert after.items.all_ids() == [*before.items.all_ids(), "brand-new"]
    assert np.array_equal(after.view.newest[:-1], before.view.newest)
    assert (before.touched, after.touched) == (set(), {"brand-new"})


def test_what_was_laid_out_is_not_read_again(layouts):
    of = catalog()
    of.append([ItemChange(one, 1, "w", {"brand": "a"}) for one in IDS])
    followed_with(layouts, of)
    of.append([ItemChange(IDS[3], 2, "w", {"brand": "b"})])

    again = FollowedCatalog(of, layouts)
    again.begin(MODELS[0].sha256)
    again.follow()

    assert again.state.changed_ids == [IDS[3]]
    assert (len(again.state), again.state.item_count) == (len(IDS), len(IDS))
    rows = again.rows(MODELS[0], TYPES, HeardOf(()))
    assert rows.view.attributes(rows.items.row(IDS[3]), ["brand"]) == {"brand": "b"}
    assert rows.view.attributes(rows.items.row(IDS[4]), ["brand"]) == {"brand": "a"}


def test_another_model_s_layout_is_what_a_process_begins_with(layouts):
    of = catalog()
    of.append([ItemChange(one, 1, "w", {"brand": "a"}) for one in IDS])
    followed_with(layouts, of)
    of.append([ItemChange(IDS[3], 2, "w", {"brand": "b"})])

    again = FollowedCatalog(of, layouts)
    again.begin(MODELS[1].sha256)
    again.follow()

    assert again.state.changed_ids == [IDS[3]]
    rows = again.rows(MODELS[1], TYPES, HeardOf(()))
    assert told(rows) == told(from_nothing(of, MODELS[1], []))


def test_processes_that_start_at_once_lay_a_catalog_out_once(layouts, tmp_path):
    of = catalog()
    of.append([ItemChange(one, 1, "w", {"brand": "a"}) for one in IDS])
    both = [FollowedCatalog(of, layouts) for _ in range(2)]
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(FollowedCatalog.follow, both))
    (arrays,) = tmp_path.glob("shop/catalog-*/arrays")
    made = arrays.stat().st_ino

    standing_in = [one.rows(None, TYPES, HeardOf(())) for one in both]

    assert [path.stat().st_ino for path in tmp_path.glob("shop/catalog-*/arrays")] == [made]
    assert told(standing_in[0]) == told(standing_in[1]) == told(from_nothing(of, None, []))


def test_a_layout_without_a_model_goes_when_there_is_one_for_the_model(layouts, tmp_path):
    of = catalog()
    of.append([ItemChange(one, 1, "w", {"brand": "a"}) for one in IDS])
    followed = FollowedCatalog(of, layouts)
    followed.follow()
    followed.rows(None, TYPES, HeardOf(()))
    alone = {path.name for path in tmp_path.glob("shop/catalog-*")}

    followed.rows(MODELS[0], TYPES, HeardOf(()))

    (kept,) = tmp_path.glob("shop/catalog-*")
    assert alone == {"catalog-alone"}
    assert kept.name == f"catalog-{MODELS[0].sha256[:16]}"


def test_what_only_an_older_model_knew_has_no_row_beside_another(layouts):
    of = catalog()
    of.append([ItemChange(IDS[15], 1, "w", {"brand": "a"})])
    followed = FollowedCatalog(of, layouts)
    followed.follow()
    followed.rows(MODELS[0], TYPES, HeardOf(["stranger"]))

    rows = followed.rows(MODELS[1], TYPES, HeardOf(["stranger"]))

    assert rows.items.row(IDS[0]) == -1
    assert rows.items.row("stranger") >= 0
    assert told(rows) == told(from_nothing(of, MODELS[1], ["stranger"]))


def test_a_packed_catalog_is_begun_with_without_its_log(tmp_path):
    store = MemoryStore()
    of = catalog(store)
    of.append([ItemChange(one, 1, "w", {"brand": "a", "tags": ["x"]}) for one in IDS])
    pack(of)
    of.append([ItemChange(IDS[0], 2, "w", {"brand": "b"})])
    expected = told(from_nothing(of, MODELS[0], []))
    for segment in store.list_with_delimiter("tenants/shop/catalog/changes")["common_prefixes"]:
        if "packed" in segment:
            store.delete([one["path"] for one in store.list(segment).collect()])

    rows = followed_with(Layouts(LocalCache(tmp_path, NEVER), "shop", 0), of).rows(
        MODELS[0], TYPES, HeardOf(())
    )

    assert told(rows) == expected


@pytest.mark.parametrize("damage", [None, b"", b"something else entirely"])
def test_a_damaged_snapshot_is_told_of_and_the_log_is_read(tmp_path, damage):
    store = MemoryStore()
    of = catalog(store)
    of.append([ItemChange(one, 1, "w", {"brand": "a"}) for one in IDS])
    pack(of)
    (snapshot,) = store.list("tenants/shop/catalog/snapshots").collect()
    if damage is None:
        store.delete(snapshot["path"])
    else:
        store.put(snapshot["path"], damage)

    with capture_logs() as logs:
        followed = followed_with(Layouts(LocalCache(tmp_path, NEVER), "shop", 0), of)

    assert [line["key"] for line in logs if line["event"] == "snapshot_refused"] == [
        snapshot["path"]
    ]
    rows = followed.rows(MODELS[0], TYPES, HeardOf(()))
    assert told(rows) == told(from_nothing(of, MODELS[0], []))


def test_an_older_state_stays_what_it_was(layouts):
    of = catalog()
    of.append([ItemChange(one, 1, "w", {"brand": "a", "tags": ["x"]}) for one in IDS])
    followed = followed_with(layouts, of)
    before = followed.rows(MODELS[0], TYPES, HeardOf(()))
    of.append([ItemChange(IDS[0], 2, "w", {"brand": "b", "tags": ["y", "z"], "available": False})])
    followed.follow()
    followed.rows(MODELS[0], TYPES, HeardOf(()))

    row = before.items.row(IDS[0])
    assert before.view.attributes(row, ["brand", "tags"]) == {"brand": "a", "tags": ["x"]}
    assert before.view.is_listed[row]


def test_a_layout_of_another_store_is_not_taken(layouts):
    of, other = catalog(), catalog()
    other.append([ItemChange("another-store-s", 1, "w")])
    followed_with(layouts, other)
    of.append([ItemChange(IDS[0], 1, "w")])

    followed = FollowedCatalog(of, layouts)
    followed.begin(MODELS[0].sha256)
    followed.follow()

    assert [*followed.state.ids()] == [IDS[0]]


@pytest.mark.parametrize("damage", [b"", b"arrays/1", b"something else entirely"])
def test_a_damaged_layout_is_made_anew(layouts, tmp_path, damage):
    of = catalog()
    of.append([ItemChange(one, 1, "w", {"brand": "a"}) for one in IDS])
    followed_with(layouts, of)
    (file,) = tmp_path.glob("shop/catalog-*/arrays")
    file.write_bytes(damage)

    followed = FollowedCatalog(of, layouts)
    followed.begin(MODELS[0].sha256)
    followed.follow()
    rows = followed.rows(MODELS[0], TYPES, HeardOf(()))

    assert told(rows) == told(from_nothing(of, MODELS[0], []))
    assert layouts.find(MODELS[0].sha256) is not None


def test_where_nothing_can_be_written_the_catalog_is_kept_in_memory(tmp_path):
    of = catalog()
    of.append([ItemChange(one, 1, "w", {"brand": "a"}) for one in IDS])
    cache = LocalCache(tmp_path, limit_bytes=10)
    followed = followed_with(Layouts(cache, "shop", 0), of)

    rows = followed.rows(MODELS[0], TYPES, HeardOf(()))

    assert told(rows) == told(from_nothing(of, MODELS[0], []))


def test_many_changes_are_laid_out_anew(layouts):
    of = catalog()
    of.append([ItemChange(one, 1, "w", {"brand": "a"}) for one in IDS])
    followed = followed_with(layouts, of)
    many = [f"new-{number}" for number in range(ROOM_LEAST + 1)]
    of.append([ItemChange(one, 2, "w", {"price": 3}) for one in many])
    followed.follow()

    rows = followed.rows(MODELS[0], TYPES, HeardOf(()))

    assert followed.changed_count == 0
    assert told(rows) == told(from_nothing(of, MODELS[0], []))


def test_an_attribute_whose_type_was_decided_anew_is_read_anew(layouts):
    of = catalog()
    of.append([ItemChange(one, 1, "w", {"size": "9"}) for one in IDS])
    followed = FollowedCatalog(of, layouts)
    followed.follow()
    followed.rows(MODELS[0], {}, HeardOf(()))
    of.append([ItemChange(IDS[0], 2, "w", {"size": 9})])
    followed.follow()

    rows = followed.rows(MODELS[0], {"size": AttributeType.NUMBER}, HeardOf(()))

    assert rows.view.columns.types["size"] is AttributeType.NUMBER
    assert rows.view.attributes(rows.items.row(IDS[0]), ["size"]) == {"size": 9}
    assert rows.view.attributes(rows.items.row(IDS[1]), ["size"]) == {}
