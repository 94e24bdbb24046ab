"""What a tenant keeps no longer is gone from every answer, through the public door."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from recommender_store.care.prune import prune_tenant
from recommender_store.catalog.log import ItemFields
from tests.recommender_api.admin.test_users import sent
from tests.recommender_api.served import serving, store_in, until


def viewed(number: int, ago: timedelta) -> dict[str, Any]:
    return {
        "event_id": f"e-{number}",
        "kind": "view",
        "user_id": "ann",
        "item_id": f"item-{number}",
        "occurred_at": (datetime.now(UTC) - ago).isoformat(),
    }


def told(shop: httpx.Client) -> set[str]:
    asked = {"user_id": "ann", "when_short": "fewer"}
    answer = shop.post("/placements/recently_viewed:recommend", json=asked).json()
    return {one["item_id"] for one in answer["items"]}


def held(shop: httpx.Client) -> set[str]:
    return {one["item_id"] for one in shop.get("/users/ann/events").json()["events"]}


def test_events_go_from_log_and_live_history_after_as_many_days_as_an_admin_said(
    tmp_path: Path,
) -> None:
    with serving(store_in(tmp_path, create=True)) as own:
        made = own.admin.post("/v1/tenants", json={"id": "shop"}).json()
        space, shop = own.store.tenant("shop"), own.of("shop")
        space.catalog.write([ItemFields(f"item-{one}", {"title": "One"}) for one in (1, 2)])
        sent(shop, viewed(1, timedelta(days=40)), viewed(2, timedelta(hours=1)))
        assert told(shop) == held(shop) == {"item-1", "item-2"}
        wanted = {**made, "retention": {**made["retention"], "events_days": 30}}

        assert own.admin.put("/v1/tenants/shop", json=wanted).status_code == 200
        pruned = prune_tenant(store_in(tmp_path).tenant("shop"), datetime.now(UTC))

        assert own.admin.get("/v1/tenants/shop").json()["retention"]["events_days"] == 30
        assert pruned.events.events == 1
        until(lambda: told(shop) == {"item-2"})
        assert held(shop) == {"item-2"}
        refused = {**made, "retention": {**made["retention"], "events_days": 0}}
        assert own.admin.put("/v1/tenants/shop", json=refused).status_code == 422
