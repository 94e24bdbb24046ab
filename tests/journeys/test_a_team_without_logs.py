"""A tenant that was just made, asked through REST: with nothing, a catalog, the first events."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.recommender_api.served import Served, serving, store_in, until

PLACEMENTS = [
    "similar", "bought_together", "for_you", "basket", "popular", "trending", "newest",
    "recently_viewed", "buy_again",
]  # fmt: skip
OWN_HISTORY = ("recently_viewed", "buy_again")
"""What these answer is what the user did: nothing yet."""
ASKED = {"user_id": "u1", "item_id": "sku-1", "item_ids": ["sku-1"], "limit": 5}


@pytest.fixture(name="fresh")
def _fresh(tmp_path: Path) -> Iterator[Served]:
    with serving(store_in(tmp_path, create=True)) as served:
        made = served.admin.post("/v1/tenants", json={"id": "shop"})
        assert made.status_code == 201
        yield served


@pytest.fixture(name="shop")
def _shop(fresh: Served) -> httpx.Client:
    """With a key that came through REST, too."""
    body = {"name": "web", "scopes": ["ingest", "serve", "catalog"]}
    secret = fresh.admin.post("/v1/tenants/shop/keys", json=body).json()["secret"]
    return fresh.client(secret, "shop")


def asked(shop: httpx.Client, placement: str, **more: object) -> dict[str, object]:
    answer = shop.post(f"/placements/{placement}:recommend", json=ASKED | more)
    assert answer.status_code == 200, answer.text
    return answer.json()


def event(number: int, item_id: str, kind: str = "view") -> dict[str, object]:
    return {
        "event_id": f"e{number}",
        "kind": kind,
        "user_id": f"u{number % 7}",
        "item_id": item_id,
        "occurred_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
    }


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_nothing_at_all_is_an_empty_list_that_says_why(shop: httpx.Client, placement: str) -> None:
    answer = asked(shop, placement)

    assert answer["items"] == []
    assert {"empty", "no_model"} & {one["code"] for one in answer["warnings"]}


@pytest.mark.parametrize("placement", [one for one in PLACEMENTS if one not in OWN_HISTORY])
def test_with_a_catalog_alone_the_newest_items_answer_at_once(
    shop: httpx.Client, placement: str
) -> None:
    for day in range(1, 8):
        item = {"title": f"Item {day}", "created_at": f"2026-01-{day:02d}T00:00:00Z"}
        shop.put(f"/items/new-{day}", json=item)

    answer = asked(shop, placement)

    assert [one["item_id"] for one in answer["items"]] == [f"new-{day}" for day in (7, 6, 5, 4, 3)]
    assert answer["served_by"] == "newest"


def test_events_make_it_better_as_they_arrive(shop: httpx.Client) -> None:
    for day in range(1, 8):
        shop.put(f"/items/new-{day}", json={"created_at": f"2026-01-{day:02d}T00:00:00Z"})
    events = [event(at, "new-2" if at % 3 else "new-4") for at in range(30)]

    assert shop.post("/events", json={"events": events}).status_code == 202

    def first() -> list[object]:
        return [one["item_id"] for one in asked(shop, "popular", user_id="x")["items"]][:2]

    until(lambda: first() == ["new-2", "new-4"])


def test_what_would_be_sent_and_asked_can_be_tried_before_there_is_anything(
    shop: httpx.Client,
) -> None:
    batch = {"events": [event(1, "a"), event(2, "b", kind="vew")]}

    tried = shop.post("/events?validate_only=true", json=batch)
    answer = asked(shop, "for_you", validate_only=True)
    wrong = shop.post("/placements/for_you:recommend", json={"validate_only": True, "limit": 0})

    assert tried.status_code == 202, tried.text
    assert tried.json()["accepted"] == 1
    assert [one["code"] for one in tried.json()["rejected"]] == ["kind_unknown"]
    assert [one["code"] for one in answer["warnings"]][-1:] == ["validate_only"]
    assert wrong.status_code == 422
    assert asked(shop, "popular")["items"] == []
