"""Tenants come onto the shelf by the first request, once, and go when they are deleted."""

import asyncio

import pytest

from recommender_api.history.in_memory import InMemoryHistory
from recommender_api.serving.live_tenant import LiveTenant
from recommender_api.serving.refresh import Refresh
from recommender_api.serving.shelf import Shelf
from recommender_store.catalog.log import ItemFields
from recommender_store.errors import StoreUnavailable
from recommender_store.tenants.errors import TenantUnknown
from tests.recommender_api.served import AUTHOR, store_in


@pytest.fixture
def store(folder):
    return store_in(folder)


def a_history(_tenant_id):
    return InMemoryHistory()


def tenant_id(store, text="shop"):
    return store.tenant(text).tenant_id


def test_requests_that_come_together_share_one_load(store):
    opened = []

    def space_of(tenant):
        opened.append(tenant)
        return store.space(tenant)

    async def ask():
        shelf = Shelf(space_of, store.cache, a_history)
        return await asyncio.gather(*(shelf.get(tenant_id(store)) for _ in range(9)))

    loaded = asyncio.run(ask())

    assert len(opened) == 1
    assert len(set(map(id, loaded))) == 1


def test_a_load_that_failed_is_tried_by_the_next_request(store):
    faults = [StoreUnavailable(action="read", reason="no network")]

    def space_of(tenant):
        if faults:
            raise faults.pop()
        return store.space(tenant)

    async def ask():
        shelf = Shelf(space_of, store.cache, a_history)
        with pytest.raises(StoreUnavailable):
            await shelf.get(tenant_id(store))
        return await shelf.get(tenant_id(store))

    assert asyncio.run(ask()).loaded.bundle is not None


def test_a_tenant_that_does_not_exist_is_unknown(store):
    async def ask():
        with pytest.raises(TenantUnknown):
            await Shelf(store.space, store.cache, a_history).get("nobody")

    asyncio.run(ask())


def test_a_deleted_tenant_leaves_the_shelf(store):
    async def ask():
        shelf = Shelf(store.space, store.cache, a_history)
        await shelf.get(tenant_id(store))
        store.tenant("shop").end(author=AUTHOR)
        await shelf.refresh(tenant_id_before)
        with pytest.raises(TenantUnknown):
            await shelf.get(tenant_id_before)
        return shelf.tenant_ids

    tenant_id_before = tenant_id(store)

    assert asyncio.run(ask()) == []


def test_many_refreshes_at_once_are_one_or_two(store, monkeypatch):
    counted, refresh = [], LiveTenant.refresh

    async def ask():
        shelf = Shelf(store.space, store.cache, a_history)
        await shelf.get(tenant_id(store))
        monkeypatch.setattr(LiveTenant, "refresh", lambda one: (counted.append(1), refresh(one)))
        await asyncio.gather(*(shelf.refresh(tenant_id(store)) for _ in range(30)))
        return len(counted)

    assert asyncio.run(ask()) in (1, 2)


def test_after_a_refresh_everything_written_before_it_is_known(store):
    space = store.tenant("shop")

    async def write(shelf, number):
        await asyncio.to_thread(space.catalog.write, [ItemFields(f"new-{number}", {"title": "x"})])
        await shelf.refresh(space.tenant_id)
        return (await shelf.get(space.tenant_id)).item(f"new-{number}")

    async def ask():
        shelf = Shelf(store.space, store.cache, a_history)
        await shelf.get(space.tenant_id)
        return await asyncio.gather(*(write(shelf, number) for number in range(20)))

    assert asyncio.run(ask()) == [{"title": "x"}] * 20


def test_a_change_during_a_load_is_seen_after_it(store):
    space = store.tenant("shop")

    async def ask():
        shelf = Shelf(store.space, store.cache, a_history)
        loading = asyncio.create_task(shelf.get(space.tenant_id))
        await asyncio.sleep(0)
        assert shelf.tenant_ids == [space.tenant_id]
        space.catalog.write([ItemFields("late", {"title": "x"})])
        await shelf.refresh(space.tenant_id)
        return (await loading).item("late")

    assert asyncio.run(ask()) == {"title": "x"}


class Feed:
    """A feed that cannot be read, as long as one pleases."""

    def __init__(self, feed):
        self._feed, self.is_broken = feed, True

    def head(self):
        return self._feed.head()

    def poll(self, after):
        if self.is_broken:
            raise StoreUnavailable(action="read", reason="no network")
        return self._feed.poll(after)


class Keys:
    """Whose keys were forgotten; None where all were looked up again."""

    def __init__(self, forgotten):
        self.forget = forgotten.append

    async def renew(self):
        self.forget(None)


def followed(store, round_s, change):
    """What a loaded tenant knows of the item `late` after a change and some polls."""
    forgotten = []

    async def follow():
        shelf = Shelf(store.space, store.cache, a_history)
        tenant = await shelf.get(tenant_id(store))
        feed = Feed(store.feed)
        loop = Refresh(shelf, feed, Keys(forgotten), poll_s=0.01, round_s=round_s)
        task = asyncio.create_task(loop.run())
        await change(feed)
        for _ in range(200):
            await asyncio.sleep(0.01)
            if tenant.item("late"):
                break
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return tenant.item("late")

    return asyncio.run(follow()), forgotten


def test_a_feed_that_cannot_be_read_does_not_stop_the_rounds(store):
    async def change(_):
        store.tenant("shop").catalog.write([ItemFields("late", {"title": "x"})])

    item, forgotten = followed(store, 0.1, change)

    assert item == {"title": "x"}
    assert None in forgotten


def test_what_the_feed_told_while_it_was_out_of_reach_is_not_missed(store):
    async def change(feed):
        space = store.tenant("shop")
        space.catalog.write([ItemFields("late", {"title": "x"})])
        space.announce("keys")
        await asyncio.sleep(0.05)
        feed.is_broken = False

    item, forgotten = followed(store, 3600, change)

    assert item == {"title": "x"}
    assert forgotten == ["shop"]
