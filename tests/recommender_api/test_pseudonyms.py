"""With pseudonyms users are asked for by their ids, and the store holds none of these."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from recommender_store.care.prune import prune_tenant
from recommender_store.catalog.log import ItemFields
from tests.recommender_api.served import Served, serving, store_in, until
from tests.recommender_store.care.unpacked import traces

ANN, BERT = "ann-the-user", "bert-the-user"
AT = "2026-03-01T10:00:00Z"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Served]:
    with serving(store_in(tmp_path, create=True)) as running:
        made = running.admin.post("/v1/tenants", json={"id": "shop"}).json()
        changed = {**made, "pseudonymize_users": True}
        assert running.admin.put("/v1/tenants/shop", json=changed).status_code == 200
        items = [ItemFields(f"item-{number}", {"title": "One"}) for number in range(1, 11)]
        running.store.tenant("shop").catalog.write(items)
        yield running


@pytest.fixture
def shop(own: Served) -> httpx.Client:
    return own.of("shop")


def view(number: int, user_id: str | None = ANN, **fields: Any) -> dict[str, Any]:
    asked = {"user_id": user_id} if user_id else {}
    event = {"event_id": f"e-{number}", "kind": "view", "item_id": f"item-{number}"}
    return {**event, **asked, "occurred_at": AT, **fields}


def sent(shop: httpx.Client, *events: dict[str, Any]) -> dict[str, Any]:
    return shop.post("/events", json={"events": events}).json()


def viewed(shop: httpx.Client, user_id: str) -> set[str]:
    body = {"user_id": user_id, "placement": "recently_viewed", "when_short": "fewer"}
    asked = {name: one for name, one in body.items() if name != "placement"}
    one = shop.post("/placements/recently_viewed:recommend", json=asked).json()
    (same,) = shop.post("/recommendations:batch", json={"requests": [body]}).json()["answers"]
    assert one["items"] == same["items"]
    return {item["item_id"] for item in one["items"]}


def used(shop: httpx.Client) -> dict[str, Any]:
    """Everything done that names Ann; an answer to her that was written down."""
    assert sent(shop, view(1), view(2, BERT), view(3, None, session_id="visit"))["accepted"] == 3
    odd = view(4) | {"attributes": {"page": "home"}, "kind": "custom:share"}
    assert sent(shop, odd, {"event_id": "broken"})["accepted"] == 1
    assert shop.post("/sessions/visit:identify", json={"user_id": ANN}).status_code == 202
    asked = {"user_id": ANN, "explain": True}
    return shop.post("/placements/recently_viewed:recommend", json=asked).json()


def test_who_is_asked_for_by_id_is_known_and_the_store_holds_no_id(
    own: Served, shop: httpx.Client, tmp_path: Path
) -> None:
    answer = used(shop)

    assert {one["item_id"] for one in answer["items"]} >= {"item-1", "item-3"}
    assert viewed(shop, ANN) >= {"item-1", "item-3"}
    assert viewed(shop, BERT) == {"item-2"}
    looked_up = shop.get(f"/recommendations/{answer['recommendation_id']}?why_not=item-2").json()
    assert looked_up["user_id"] is None
    assert looked_up["user_pseudonym"].startswith("pu_")
    assert viewed(shop, looked_up["user_pseudonym"]) == set()
    own.store.tenant("shop").events.compact()
    assert traces(tmp_path, ANN) == []
    assert traces(tmp_path, looked_up["user_pseudonym"])


def test_a_user_is_told_what_is_held_under_the_id_that_was_asked_for(shop: httpx.Client) -> None:
    used(shop)

    told = shop.get(f"/users/{ANN}/events").json()["events"]

    assert {"view", "custom:share", "identify"} <= {one["kind"] for one in told}
    assert {one.get("user_id") for one in told} == {ANN, None}
    again = shop.post("/users:events", json={"user_id": ANN}).json()["events"]
    assert again[: len(told)] == told


def test_a_user_is_erased_by_the_id_that_was_asked_for(shop: httpx.Client, tmp_path: Path) -> None:
    answer = used(shop)
    named = shop.get(f"/recommendations/{answer['recommendation_id']}").json()["user_pseudonym"]

    receipt = shop.delete(f"/users/{ANN}").json()
    until(lambda: shop.get(f"/erasures/{receipt['id']}").json()["done"])

    assert traces(tmp_path, named) == []
    assert viewed(shop, ANN) == set()
    again = sent(shop, view(9), view(10, BERT))
    assert [one["code"] for one in again["rejected"]] == ["user_erased"]
    assert "item-10" in viewed(shop, BERT)


def test_a_preview_shows_a_pseudonym_as_what_it_is(shop: httpx.Client) -> None:
    used(shop)
    rule = {"id": "few", "kind": "block", "items": ["item-1"], "placements": ["recently_viewed"]}
    given = {"placement": "recently_viewed", "user_id": ANN, "when_short": "fewer"}

    body = {"rules": [rule], "requests": [given], "logged": 10}
    asked, *logged = shop.post("/rules:preview", json=body).json()["previews"]

    assert asked["request"]["user_id"] == ANN
    assert asked["removed"] == ["item-1"]
    assert all("user_id" not in one["request"] for one in logged)
    named = {one["request"].get("user_pseudonym") for one in logged} - {None}
    assert {one[:3] for one in named} == {"pu_"}


def test_who_is_named_in_one_way_is_not_named_in_another(own: Served, shop: httpx.Client) -> None:
    settings = own.admin.get("/v1/tenants/shop").json()
    off = {**settings, "pseudonymize_users": False}
    sent(shop, view(1))

    refused = own.admin.put("/v1/tenants/shop", json=off)

    assert (refused.status_code, refused.json()["code"]) == (409, "users_known")
    assert own.admin.get("/v1/tenants/shop").json()["pseudonymize_users"]
    assert "make a new tenant" in refused.json()["detail"]


def test_a_server_with_another_secret_answers_nobody(own: Served, tmp_path: Path) -> None:
    used(own.of("shop"))
    (tmp_path / "store" / "tenants" / "shop" / "pseudonyms" / "key.json").write_text("{}")

    with serving(store_in(tmp_path)) as other:
        refused = other.of("shop").get(f"/users/{ANN}/recommendations")
        assert (refused.status_code, refused.json()["code"]) == (503, "pseudonym_key_unreadable")
        assert other.of("shop").post("/events", json={"events": [view(1)]}).status_code == 503


def test_tending_the_store_lets_an_older_secret_go(own: Served, tmp_path: Path) -> None:
    used(own.of("shop"))
    secret = (tmp_path / "store" / "secret.key").read_text()
    key = tmp_path / "store" / "tenants" / "shop" / "pseudonyms" / "key.json"
    before = key.read_text()
    settings = own.store.settings
    newer = type(own.store)(
        own.store._objects, settings.model_copy(update={"secret_key": f"newer,{secret}"})
    )

    prune_tenant(newer.tenant("shop"), own.store.tenant("shop").settings().created_at)

    assert key.read_text() != before
    alone = settings.model_copy(update={"secret_key": "newer"})
    held_as = type(own.store)(own.store._objects, alone).tenant("shop").held_as(ANN)
    assert held_as == own.store.tenant("shop").held_as(ANN)
