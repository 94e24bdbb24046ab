"""A user's rights, through the public door: to be forgotten, and to see that it was done."""

import contextlib
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from recommender_store.care.forgetting import follow_orders
from recommender_store.runs.record import Run
from recommender_store.tenants.identity import TenantId
from tests.recommender_api.served import AUTHOR, Served, serving, store_in, until
from tests.recommender_api.shops import world_of
from tests.recommender_store.care.unpacked import traces

USER = world_of("shop").interactions[0].user_id
STRANGER = "nobody-knows-me"


def viewed(user_id: str, number: int, occurred_at: str | None = None) -> dict[str, Any]:
    return {
        "event_id": f"live-{user_id}-{number}",
        "kind": "view",
        "user_id": user_id,
        "item_id": f"item-{number % 50 + 20:06d}",
        "occurred_at": occurred_at or datetime.now(UTC).isoformat(),
    }


def sent(client: httpx.Client, *events: dict[str, Any]) -> dict[str, Any]:
    return client.post("/events", json={"events": events}).json()


def done(client: httpx.Client, receipt: dict[str, Any]) -> dict[str, Any]:
    told = {}

    def is_done() -> bool:
        told.update(client.get(f"/erasures/{receipt['id']}").json())
        return told["done"]

    until(is_done)
    return told


@contextlib.contextmanager
def others_going_on(own: Served) -> Iterator[list[int]]:
    """Events of others, one after the other; how many of each request were accepted."""
    ended = threading.Event()
    accepted: list[int] = []
    client = own.of("shop")

    def go_on() -> None:
        while not ended.is_set():
            accepted.append(sent(client, viewed("other", len(accepted)))["accepted"])

    traffic = threading.Thread(target=go_on)
    traffic.start()
    try:
        yield accepted
    finally:
        ended.set()
        traffic.join()


def test_everything_of_a_user_is_told_in_pages_the_oldest_first(own) -> None:
    shop = own.of("shop")
    visit = {"event_id": "v-1", "kind": "view", "session_id": "visit-1", "item_id": "item-000001"}
    told_apart = {**visit, "event_id": "v-2", "session_id": "visit-2"}
    times = [f"2026-03-01T10:0{minute}:00+00:00" for minute in range(4)]
    first = viewed("ann", 1, times[0]) | {"attributes": {"page": [1, "home"]}}
    sent(shop, first, visit | {"occurred_at": times[1]}, told_apart | {"occurred_at": times[2]})
    join = {"user_id": "ann", "occurred_at": times[3]}
    shop.post("/sessions/visit-1:identify", json=join)

    whole = shop.get("/users/ann/events").json()
    page = shop.get("/users/ann/events?limit=2").json()
    rest = shop.post("/users:events", json={"user_id": "ann", "cursor": page["cursor"]}).json()

    assert [one["kind"] for one in whole["events"]] == ["view", "view", "identify"]
    assert whole["cursor"] is rest["cursor"] is None
    assert page["events"] + rest["events"] == whole["events"]
    ours, theirs, _ = whole["events"]
    assert {**ours, **first, "occurred_at": ours["occurred_at"]} == ours
    assert (theirs["event_id"], "user_id" in theirs) == ("v-1", False)


def test_nothing_is_told_of_who_is_unknown_or_just_being_erased(own) -> None:
    shop = own.of("shop")
    assert shop.get(f"/users/{USER}/events").json()["events"]

    receipt = shop.delete(f"/users/{USER}").json()

    nothing = {"events": [], "cursor": None}
    assert shop.get(f"/users/{USER}/events").json() == nothing
    assert shop.get(f"/users/{STRANGER}/events").json() == nothing
    done(shop, receipt)
    assert shop.get(f"/users/{USER}/events").json() == nothing


@pytest.mark.parametrize("cursor", ["x", "eA", "MjAyNi0xMy0wMSB4"])
def test_a_cursor_that_no_page_gave_is_refused(served, cursor: str) -> None:
    response = served.of("shop").get(f"/users/u/events?cursor={cursor}")

    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/cursor"


def test_an_erased_user_is_in_no_file_of_the_store_while_others_go_on(own, folder: Path) -> None:
    shop = own.of("shop")
    sent(shop, viewed(USER, 1))
    shop.post("/sessions/visit-1:identify", json={"user_id": USER})
    shop.post("/placements/for_you:recommend", json={"user_id": USER, "explain": True})

    with others_going_on(own) as accepted:
        response = shop.delete(f"/users/{USER}")
        receipt = done(shop, response.json())

    assert response.status_code == 202
    assert set(receipt["places"].values()) == {"erased", "none_kept"}
    assert len(receipt["models"]) == 2
    assert receipt["events_removed"] > 3
    assert (receipt["open"], bool(receipt["not_covered"])) == ([], True)
    assert traces(folder / "store" / "tenants" / "shop", USER) == []
    assert traces(folder / "store" / "platform", USER) == []
    assert set(accepted) == {1}
    assert not [*own.store.check(TenantId("shop"), lambda _: None, datetime.now(UTC))]


def test_an_erasure_stands_in_the_audit_trail_by_its_digest_alone(own) -> None:
    shop = own.of("shop")

    receipt = done(shop, shop.delete(f"/users/{USER}").json())

    told = shop.get("/audit?kind=user")
    noted = [(one["kind"], one["subject"]) for one in told.json()["entries"]]
    assert noted == [("user.erased", [receipt["user"]])]
    assert USER not in told.text


def test_from_the_answer_on_nothing_of_before_is_told_or_taken_back(own) -> None:
    shop = own.of("shop")
    before = viewed(USER, 1)
    sent(shop, before, viewed("other", 1))
    params = {"user_id": USER, "explain": True}
    known = shop.post("/placements/for_you:recommend", json=params).json()
    stranger = shop.get(f"/users/{STRANGER}/recommendations").json()
    assert known["served_by"] != stranger["served_by"]

    shop.post("/users:erase", json={"user_id": USER})

    after = shop.get(f"/users/{USER}/recommendations").json()
    assert [one["item_id"] for one in after["items"]] == [
        one["item_id"] for one in stranger["items"]
    ]
    again = sent(shop, {**before, "event_id": "again"}, viewed("other", 2), viewed(USER, 3))
    assert again["accepted"] == 2
    assert [(one["index"], one["code"]) for one in again["rejected"]] == [(0, "user_erased")]
    join = {"user_id": USER, "occurred_at": before["occurred_at"]}
    refused = shop.post("/sessions/visit-2:identify", json=join)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["code"] == "user_erased"


@contextlib.contextmanager
def a_training_under_way(own: Served) -> Iterator[None]:
    """An erasure waits for its end."""
    space = own.store.tenant("shop")
    run = Run(run_id="r2", started_at=datetime.now(UTC))
    space.runs.save(run, AUTHOR)
    yield
    space.runs.save(run.model_copy(update={"status": "failed"}), AUTHOR)


def test_an_answer_of_the_past_is_not_looked_up_while_its_user_is_being_erased(own) -> None:
    shop = own.of("shop")
    ours, theirs = (
        shop.post("/placements/for_you:recommend", json={"user_id": who, "explain": True}).json()
        for who in (USER, STRANGER)
    )
    with a_training_under_way(own):
        assert shop.get(f"/recommendations/{ours['recommendation_id']}").json()["user_id"] == USER

        receipt = shop.delete(f"/users/{USER}").json()

        gone = shop.get(f"/recommendations/{ours['recommendation_id']}")
        assert (gone.status_code, gone.json()["code"]) == (404, "trace_not_found")
        assert shop.get(f"/recommendations/{theirs['recommendation_id']}").status_code == 200
        assert not shop.get(f"/erasures/{receipt['id']}").json()["done"]


def test_a_preview_is_made_of_no_requests_of_somebody_who_is_being_erased(own) -> None:
    shop = own.of("shop")
    sent(shop, viewed(USER, 1), viewed("other", 2))
    rule = {"id": "few", "kind": "block", "items": ["item-000001"]}

    def asked() -> set[str]:
        told = shop.post("/rules:preview", json={"rules": [rule], "logged": 20}).json()
        return {one["request"].get("user_id") for one in told["previews"]}

    with a_training_under_way(own):
        assert {USER, "other"} <= asked()

        shop.delete(f"/users/{USER}")

        assert "other" in asked()
        assert USER not in asked()


def test_an_erasure_that_was_not_done_is_gone_on_with_by_the_next_server(folder: Path) -> None:
    with serving(store_in(folder)) as first:
        receipt = first.of("shop").delete(f"/users/{USER}").json()
        assert not receipt["done"]
        assert traces(folder / "store" / "tenants" / "shop" / "erasures", USER)

    with serving(store_in(folder)) as second:
        assert done(second.of("shop"), receipt)["places"]["log"] == "erased"

    assert traces(folder / "store" / "tenants" / "shop", USER) == []


def test_another_replica_hears_of_it_before_it_is_done(folder: Path) -> None:
    with serving(store_in(folder)) as one, serving(store_in(folder)) as other:
        shop, there = one.of("shop"), other.of("shop")
        assert there.get(f"/users/{USER}/recommendations").json()["served_by"] == "model"
        receipt = shop.delete(f"/users/{USER}").json()

        until(lambda: sent(there, viewed(USER, 1, "2026-03-01T10:00:00Z"))["rejected"] != [])

        answer = there.get(f"/users/{USER}/recommendations").json()
        stranger = there.get(f"/users/{STRANGER}/recommendations").json()
        assert answer["items"] == stranger["items"]
        done(there, receipt)


def test_a_training_that_is_running_keeps_an_erasure_open(own) -> None:
    shop, space = own.of("shop"), own.store.tenant("shop")
    told: dict[str, Any] = {}
    with a_training_under_way(own):
        receipt = shop.delete(f"/users/{USER}").json()
        until(lambda: told.update(shop.get(f"/erasures/{receipt['id']}").json()) or told["open"])
        assert not told["done"]
        assert set(told["places"].values()) == {"waiting"}
        assert "r2" in told["open"][0]
    follow_orders(space, own.store.cache)
    told = shop.get(f"/erasures/{receipt['id']}").json()
    assert (told["done"], told["open"], told["places"]["log"]) == (True, [], "erased")


def test_somebody_whom_nobody_knows_has_a_receipt_that_found_nothing(own) -> None:
    shop = own.of("shop")

    receipt = done(shop, shop.delete(f"/users/{STRANGER}").json())

    assert set(receipt["places"].values()) == {"nothing_found", "none_kept"}
    assert receipt["events_removed"] == 0


def test_the_same_user_may_be_erased_twice(own) -> None:
    shop = own.of("shop")

    first = done(shop, shop.delete(f"/users/{USER}").json())
    second = done(shop, shop.delete(f"/users/{USER}").json())

    assert first["user"] == second["user"]
    assert first["events_removed"] > 0 == second["events_removed"]


@pytest.mark.parametrize("user_id", ["x" * 257, "a\x00b", "a\nb"])
def test_what_can_be_nobodys_id_is_refused(served, user_id: str) -> None:
    shop = served.of("shop")

    by_path = shop.delete(f"/users/{quote(user_id, safe='')}")
    by_body = shop.post("/users:erase", json={"user_id": user_id})

    assert (by_path.status_code, by_body.status_code) == (422, 422)
    assert by_path.json()["errors"][0]["pointer"] == "/user_id"


def test_a_receipt_is_its_tenants_alone_and_needs_manage(own) -> None:
    shop, twin = own.of("shop"), own.of("twin")
    receipt = shop.delete("/users/a%2Fb").json()

    assert twin.get(f"/erasures/{receipt['id']}").json()["code"] == "erasure_unknown"
    assert own.client(own.key("twin"), "shop").delete(f"/users/{USER}").status_code in (403, 404)
    assert own.client(own.key("shop", "serve"), "shop").delete("/users/u").status_code == 403
    for unknown in ("x", "era-1", "..%2Fkeys"):
        told = shop.get(f"/erasures/{unknown}")
        assert (told.status_code, told.json()["code"]) == (404, "erasure_unknown")


def test_an_erased_user_of_one_tenant_is_untouched_at_another(own) -> None:
    shop, twin = own.of("shop"), own.of("twin")
    before = twin.get(f"/users/{USER}/recommendations").json()["items"]

    done(shop, shop.delete(f"/users/{USER}").json())

    assert twin.get(f"/users/{USER}/recommendations").json()["items"] == before
