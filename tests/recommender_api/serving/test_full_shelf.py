"""More tenants than there is room for: each is answered, and who was asked longest ago leaves."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from recommender_api.serving.weight import TENANT_BYTES
from recommender_store.catalog.log import ItemFields
from tests.recommender_api.asking import answered, asked, codes, ids
from tests.recommender_api.recommend.test_lookup import sampling
from tests.recommender_api.served import AUTHOR, Served, serving, store_in, until

TENANTS = [f"tenant-{number:02d}" for number in range(50)]
ROOM = 10
LIMIT_BYTES = int(TENANT_BYTES * (ROOM + 0.9))
AT = "2026-03-01T00:00:00Z"


@pytest.fixture(scope="module")
def crowded(tmp_path_factory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("crowded")
    store = store_in(folder, create=True)
    for tenant in TENANTS:
        space = store.create_tenant(tenant, tenant, author=AUTHOR)
        space.catalog.write([ItemFields(f"of-{tenant}", {"title": tenant})])
        sampling(folder, 0.0, tenant)  # one that waits to be written keeps its tenant
    with serving(store, shelf_bytes=LIMIT_BYTES) as served:
        yield served


def on_shelf(served: Served) -> list[str]:
    return list(served.applications.documented.state.shelf.tenant_ids)


def counted(served: Served, name: str) -> float:
    told = served.client().get(served.internal_url + "/metrics").text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in told if line.startswith(name))


def test_all_are_answered_and_no_more_are_held_than_there_is_room_for(crowded):
    for tenant in (*TENANTS, *TENANTS[:3]):
        answer = asked(crowded.of(tenant), "newest")

        assert ids(answer) == [f"of-{tenant}"]
        assert codes(answer) == {"no_model"}
        assert len(on_shelf(crowded)) <= ROOM
        assert counted(crowded, "recommender_api_shelf_bytes") <= LIMIT_BYTES
    assert on_shelf(crowded) == [*TENANTS[-7:], *TENANTS[:3]]
    assert counted(crowded, "recommender_api_shelf_tenants") == ROOM
    assert counted(crowded, "recommender_api_shelf_evictions_total") >= 40


def test_who_is_asked_again_stays_and_who_leaves_is_freed_at_once(crowded):
    clients = {tenant: crowded.of(tenant) for tenant in TENANTS[:12]}
    for tenant in TENANTS[:10]:
        asked(clients[tenant], "newest")
    shelf = crowded.applications.documented.state.shelf
    first, second = (weakref.ref(shelf._loaded[tenant]) for tenant in TENANTS[:2])
    asked(clients[TENANTS[0]], "newest")
    gc.disable()
    try:
        for tenant in TENANTS[10:12]:
            asked(clients[tenant], "newest")

        until(lambda: second() is None)
        assert first() is not None
    finally:
        gc.enable()
    assert not {TENANTS[1], TENANTS[2]} & set(on_shelf(crowded))


def test_what_was_done_before_a_tenant_left_is_known_when_it_is_back(crowded):
    one, *others = TENANTS[20:40]
    client = crowded.of(one)
    event = {"event_id": "e", "kind": "view", "user_id": "ann", "item_id": f"of-{one}"}
    assert client.post("/events", json={"events": [event | {"occurred_at": AT}]}).status_code == 202
    for tenant in others:
        asked(crowded.of(tenant), "newest")
    assert one not in on_shelf(crowded)

    assert ids(asked(client, "recently_viewed", user_id="ann")) == [f"of-{one}"]
    assert answered(client.get("/popular"))["served_by"] == "popular"


def test_a_tenant_stays_until_its_traces_are_written(crowded):
    one, *others = TENANTS[5:20]
    kept = asked(crowded.of(one), "newest", explain=True)["recommendation_id"]
    for tenant in others:
        asked(crowded.of(tenant), "newest")

    until(lambda: crowded.of(one).get(f"/recommendations/{kept}").status_code == 200)


def test_a_tenant_larger_than_the_room_is_held_and_goes_with_its_model(folder):
    sampling(folder, 0.0, "shop")
    with serving(sampling(folder, 0.0, "twin"), shelf_bytes=1) as served:
        shelf, bundles = served.applications.documented.state.shelf, []
        gc.disable()
        try:
            for tenant in ("shop", "twin"):
                for _ in range(2):
                    assert asked(served.of(tenant), "similar", item_id="item-000000")["items"]
                assert on_shelf(served) == [tenant]
                bundles.append(weakref.ref(shelf._loaded[tenant].loaded.bundle))

            until(lambda: bundles[0]() is None)
        finally:
            gc.enable()
