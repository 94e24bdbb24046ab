"""A tenant that is being loaded is answered by what is there, and never shows what is hidden."""

import asyncio
import json
import threading

import pytest

from recommender_api.history.in_memory import InMemoryHistory
from recommender_api.recommend.endpoint import answer_post
from recommender_api.serving import shelf as on_shelf
from recommender_api.serving.shelf import Shelf
from recommender_store.artifacts.local_cache import LocalCache
from recommender_store.catalog.log import ItemFields
from recommender_store.errors import SegmentCorrupt
from tests.recommender_api.asking import codes, ids
from tests.recommender_api.served import store_in
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
        self.may_go_on.wait(30)
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
        return [json.loads(one) for one in (*answers, await answer_post(whole, "similar", BODY))]

    try:
        return asyncio.run(ask())
    finally:
        cache.may_go_on.set()


def test_while_the_rest_is_read_the_catalog_answers_marked(store):
    first, _, last = asked_while_loading(store)

    assert first["served_by"] == "newest"
    assert first["degraded"]
    assert "loading" in codes(first)
    assert "no_model" not in codes(first)
    assert NEW in ids(first)
    assert last["served_by"] == "model"
    assert "loading" not in codes(last)
    assert not last["degraded"]


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
