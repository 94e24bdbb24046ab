"""A tenant that is being loaded is answered by what is there, and never shows what is hidden."""

import asyncio
import json
import shutil
import threading

import pytest

from recommender_api.history.in_memory import InMemoryHistory
from recommender_api.recommend.endpoint import answer_post
from recommender_api.serving import shelf as on_shelf
from recommender_api.serving.live_tenant import LiveTenant
from recommender_api.serving.shelf import Shelf
from recommender_models.opening import open_bundle
from recommender_store.artifacts.local_cache import LocalCache
from recommender_store.catalog.log import ItemFields
from recommender_store.errors import SegmentCorrupt
from tests.recommender_api.asking import codes, ids
from tests.recommender_api.served import AUTHOR, store_in
from tests.recommender_api.shops import NEVER_SHOWN, NEW

BODY = b'{"item_id": "item-000000", "limit": 200}'


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(on_shelf, "PATIENCE_S", 0.05)


@pytest.fixture
def store(folder):
    return store_in(folder)


class SlowCache(LocalCache):
    """Nothing comes out of it until it may."""

    def __init__(self, store):
        super().__init__(store.cache._folder, store.cache._limit_bytes)
        self.may_go_on = threading.Event()

    def fetch(self, owner, manifest, download):
        self.may_go_on.wait(60)
        return super().fetch(owner, manifest, download)


def asked_while_loading(store, meanwhile=None):
    """An answer given during the load, one after `meanwhile`, and one when all is there."""
    space, cache = store.tenant("shop"), SlowCache(store)

    async def ask():
        shelf = Shelf(store.space, cache, lambda _: InMemoryHistory())
        answers = []
        for step in (None, meanwhile):
            if step is not None:
                await asyncio.to_thread(step, space)
                await shelf.refresh_catalog(space.tenant_id)
            tenant = await shelf.get(space.tenant_id)
            answers.append(await answer_post(tenant, "similar", BODY))
        cache.may_go_on.set()
        whole = await shelf.get_whole(space.tenant_id)
        assert whole is tenant
        answers.append(await answer_post(whole, "similar", BODY))
        return [json.loads(one.body) for one in answers]

    try:
        return asyncio.run(ask())
    finally:
        cache.may_go_on.set()


def test_while_the_rest_is_read_what_is_popular_by_the_model_answers_marked(store):
    first, _, last = asked_while_loading(store)

    assert first["served_by"] == "popular"
    assert first["degraded"]
    assert "loading" in codes(first)
    assert "no_model" not in codes(first)
    assert NEW in ids(first)
    assert last["served_by"] == "model"
    assert "loading" not in codes(last)
    assert not last["degraded"]


def test_what_is_popular_stands_in_the_order_and_with_the_scores_of_the_model(store):
    space = store.tenant("shop")
    version = space.models.current().version
    bundle, _ = open_bundle(space.models, version, store.cache)
    rows, scores = bundle.popular.top(len(bundle.popular))
    told = {
        bundle.items.id(row): score
        for row, score in zip(rows.tolist(), scores.tolist(), strict=True)
    }

    first, _, _ = asked_while_loading(store)
    popular = [one for one in first["items"] if one["source"] == "popular"]

    assert len(popular) > 100
    assert [one["score"] for one in popular] == pytest.approx(
        [told[one["item_id"]] for one in popular], rel=1e-4
    )
    scores_told = [one["score"] for one in popular]
    assert scores_told == sorted(scores_told, reverse=True)


def test_rules_hold_for_what_is_popular_while_the_rest_is_read(store):
    whole = asked_while_loading(store)[0]
    top = ids(whole)[0]
    space = store.tenant("shop")
    rule = {"id": "block", "kind": "block", "items": [top]}
    space.policies.rules.put("block", rule, author=AUTHOR)

    first, _, _ = asked_while_loading(store)

    assert first["served_by"] == "popular"
    assert top not in ids(first)


def test_where_there_is_no_model_the_newest_answer_while_the_rest_is_read(store):
    space = store.tenant("empty")
    space.catalog.write([ItemFields("lone", {"title": "the only one"})])
    live = LiveTenant(space, store.cache, InMemoryHistory())

    live.stand_in()
    answer = json.loads(asyncio.run(answer_post(live, "similar", BODY)).body)

    assert (answer["served_by"], ids(answer)) == ("newest", ["lone"])
    assert "loading" in codes(answer)


def test_a_popular_list_that_is_damaged_leaves_the_newest(store, folder):
    for path in (folder / "cache").rglob("popular/rows.npy"):
        path.write_bytes(b"")  # as if the machine had never had it
    for path in (folder / "store" / "tenants" / "shop" / "artifacts").rglob("popular/rows.npy"):
        path.write_bytes(b"x")
    live = LiveTenant(store.tenant("shop"), store.cache, InMemoryHistory())

    live.stand_in()
    answer = json.loads(asyncio.run(answer_post(live, "similar", BODY)).body)

    assert answer["served_by"] == "newest"


def test_what_was_read_alone_leaves_nothing_behind(store, folder):
    shutil.rmtree(folder / "cache")
    live = LiveTenant(store.tenant("shop"), store.cache, InMemoryHistory())

    live.stand_in()
    answer = json.loads(asyncio.run(answer_post(live, "similar", BODY)).body)

    assert answer["served_by"] == "popular"
    assert not [*(folder / "cache").rglob("popular")]


def test_what_is_hidden_is_never_shown_nor_what_is_hidden_meanwhile(store):
    def hide(space):
        space.catalog.write([ItemFields(NEW, {"available": False})])

    first, second, last = asked_while_loading(store, hide)

    assert not NEVER_SHOWN & {*ids(first), *ids(second), *ids(last)}
    assert NEW in ids(first)
    assert NEW not in {*ids(second), *ids(last)}


def test_without_its_catalog_a_cold_tenant_is_not_answered(store, folder):
    segment = next((folder / "store" / "tenants" / "shop" / "catalog").rglob("*.zst"))
    segment.write_bytes(segment.read_bytes()[:-5])

    with pytest.raises(SegmentCorrupt):
        asked_while_loading(store)
