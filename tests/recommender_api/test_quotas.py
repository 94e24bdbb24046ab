"""A tenant's quotas hold at the door, say which one it was, and are an admin's to change."""

import math
import socket
import time
from typing import Any

import httpx
import pytest

from loggers_sdk.retry import read_retry_after
from tests.recommender_api.asking import answered
from tests.recommender_api.served import Served, serving, store_in

QUOTAS = "/v1/tenants/shop/quotas"
POPULAR = "/popular"
UNLIMITED = dict.fromkeys(
    (
        "requests_per_s",
        "events_per_s",
        "event_bytes_per_day",
        "events_per_user_per_minute",
        "items",
        "artifact_bytes",
        "shelf_share",
        "training_minutes_per_day",
        "concurrent_trainings",
    )
)


def put(served: Served, **quotas: Any) -> None:
    """These, and no others."""
    done = served.admin.put(QUOTAS, json={**UNLIMITED, **quotas})
    assert done.status_code == 200, done.text


def event(number: int, user: str = "u", minute: int = 0) -> dict[str, Any]:
    return {
        "event_id": f"q{number}",
        "kind": "view",
        "user_id": user,
        "item_id": "item-000001",
        "occurred_at": f"2026-03-01T00:{minute:02d}:00Z",
    }


def send(shop: httpx.Client, *events: dict[str, Any], trial: bool = False) -> httpx.Response:
    query = {"validate_only": "true"} if trial else {}
    return shop.post("/events", json={"events": events}, params=query)


def refused(served: Served, kind: str, tenant: str = "shop") -> float:
    told = served.client().get(served.internal_url + "/metrics").text
    series = f'recommender_api_quota_refused_total{{kind="{kind}",tenant="{tenant}"}} '
    return sum(float(line[len(series) :]) for line in told.splitlines() if line.startswith(series))


def check_exceeded(response: httpx.Response, kind: str) -> None:
    assert response.status_code == 429
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] == "quota_exceeded"
    assert kind in response.json()["detail"]
    after_s = int(response.headers["retry-after"])
    assert after_s >= 1
    assert response.headers["ratelimit"] == f'"{kind}";r=0;t={after_s}'
    assert response.headers["ratelimit-policy"].startswith(f'"{kind}";q=')


def test_requests_beyond_the_quota_are_429_and_those_of_others_go_on(own):
    put(own, requests_per_s=1)
    shop, twin = own.of("shop"), own.of("twin")
    answers = [shop.get(POPULAR) for _ in range(12)]

    check_exceeded(answers[-1], "requests_per_s")
    assert answers[0].status_code == 200
    assert answers[-1].headers["ratelimit-policy"] == '"requests_per_s";q=1;w=1'
    assert {twin.get(POPULAR).status_code for _ in range(12)} == {200}
    assert refused(own, "requests_per_s") == sum(one.status_code == 429 for one in answers)
    assert refused(own, "requests_per_s", "twin") == 0


def test_a_tenant_far_beyond_its_quotas_is_refused_and_its_neighbour_notices_no_error(own):
    put(own, requests_per_s=2, events_per_s=10)
    loud, calm = own.of("shop"), own.of("twin")
    refusals, answers = [], []
    for number in range(30):
        loud_ones = loud.get(POPULAR), send(loud, *(event(10 * number + at) for at in range(10)))
        refusals += [one for one in loud_ones if not one.is_success]
        answers += [calm.get(POPULAR), send(calm, event(number))]

    assert {one.status_code for one in answers} == {200, 202}
    assert len(refusals) > 20
    assert {one.status_code for one in refusals} == {429}
    assert all(int(one.headers["retry-after"]) >= 1 for one in refusals)


def test_a_batch_that_would_wait_is_refused_before_it_is_read(own):
    put(own, events_per_s=10)
    shop = own.of("shop")
    assert send(shop, *map(event, range(100))).status_code == 202

    with socket.create_connection((shop.base_url.host, shop.base_url.port or 0)) as line:
        head = f"POST {shop.base_url.path}events HTTP/1.1\r\nhost: x\r\ncontent-length: 900\r\n"
        line.sendall(f"{head}authorization: {shop.headers['authorization']}\r\n\r\n".encode())

        assert line.recv(65_536).startswith(b"HTTP/1.1 429")


def test_a_quota_of_0_requests_refuses_the_first_of_a_tenant_that_is_not_loaded(folder):
    with serving(store_in(folder)) as served:
        put(served, requests_per_s=0)
    with serving(store_in(folder)) as served:
        first = served.of("shop").get(POPULAR)

        check_exceeded(first, "requests_per_s")
        assert first.headers["retry-after"] == "3600"
        assert "none are allowed" in first.json()["detail"]


def test_an_admin_gets_in_where_the_tenant_does_not_and_a_raised_quota_holds_at_once(own):
    put(own, requests_per_s=0)
    shop = own.of("shop")

    assert shop.get(POPULAR).status_code == 429
    assert own.admin.get("/v1/tenants/shop/popular").status_code == 200
    put(own, requests_per_s=None)
    assert shop.get(POPULAR).status_code == 200


def test_a_wrong_route_counts_too_and_an_invalid_key_does_not(own):
    put(own, requests_per_s=0)

    assert own.of("shop").get("/nothing/here").status_code == 404
    assert own.of("shop").get("/rules").status_code == 429
    assert own.client("rk_shop_x_y", "shop").get(POPULAR).status_code == 401


def test_each_body_of_a_batch_is_a_request(own):
    put(own, requests_per_s=5)
    shop = own.of("shop")
    batch = {"requests": [{"placement": "popular"}] * 100}

    assert shop.post("/recommendations:batch", json=batch).status_code == 200
    check_exceeded(shop.get(POPULAR), "requests_per_s")


def test_a_batch_of_events_beyond_the_quota_is_refused_whole_and_can_be_sent_again(own):
    put(own, events_per_s=10)
    shop = own.of("shop")
    assert send(shop, *map(event, range(100))).json()["accepted"] == 100
    late = send(shop, event(100))

    check_exceeded(late, "events_per_s")
    assert read_retry_after(late.headers["retry-after"], time.time()) >= 5
    assert shop.get(POPULAR).status_code == 200
    put(own, events_per_s=None)
    assert send(shop, event(100)).json()["accepted"] == 1


def test_a_quota_of_0_events_refuses_batches_and_joins_but_not_trials(own):
    put(own, events_per_s=0)
    shop = own.of("shop")

    check_exceeded(send(shop, event(1)), "events_per_s")
    joined = shop.post("/sessions/s:identify", json={"user_id": "u"})
    check_exceeded(joined, "events_per_s")
    assert send(shop, event(1), trial=True).json()["accepted"] == 1


def test_a_day_s_bytes_are_refused_until_midnight(own):
    put(own, event_bytes_per_day=1_000)
    shop = own.of("shop")
    assert send(shop, *map(event, range(5))).status_code == 202
    late = send(shop, *map(event, range(5, 10)))

    check_exceeded(late, "event_bytes_per_day")
    assert late.headers["ratelimit-policy"] == (
        '"event_bytes_per_day";q=1000;w=86400;qu="content-bytes"'
    )
    assert int(late.headers["retry-after"]) <= 86_400


def test_a_day_s_bytes_are_remembered_by_the_next_process(folder):
    with serving(store_in(folder)) as served:
        put(served, event_bytes_per_day=1_000)
        assert send(served.of("shop"), *map(event, range(5))).status_code == 202
    with serving(store_in(folder)) as served:
        late = send(served.of("shop"), *map(event, range(5, 10)))

        check_exceeded(late, "event_bytes_per_day")


def test_events_of_a_busy_user_are_refused_one_by_one_and_stand_in_the_ledger(own):
    put(own, events_per_user_per_minute=3)
    shop = own.of("shop")
    bad = {**event(90), "kind": "nonsense"}
    sent = [*map(event, range(3)), bad, event(3), event(4, "other"), event(5)]
    answer = send(shop, *sent)
    again = send(shop, event(6), event(7, minute=1))

    assert answer.status_code == 202
    assert answer.json()["accepted"] == 4
    assert [(one["index"], one["code"]) for one in answer.json()["rejected"]] == [
        (3, "kind_unknown"), (4, "user_too_busy"), (6, "user_too_busy"),
    ]  # fmt: skip
    assert [one["event_id"] for one in again.json()["rejected"]] == ["q6"]
    assert refused(own, "events_per_user_per_minute") == 3
    day = shop.get("/events:ledger").json()["days"][-1]
    assert day["received"]["rejected_by_code"]["user_too_busy"] == 3
    assert day["unaccounted"] == 0


def test_a_trial_counts_for_no_quota_and_tells_what_would_become_of_it(own):
    put(own, events_per_user_per_minute=1)
    shop = own.of("shop")

    for _ in range(2):
        told = send(shop, event(1), event(2), trial=True).json()
        assert [one["code"] for one in told["rejected"]] == ["user_too_busy"]
    assert send(shop, event(1)).json()["accepted"] == 1
    assert refused(own, "events_per_user_per_minute") == 0


def test_new_items_beyond_the_quota_are_refused_and_known_ones_can_be_changed(own):
    put(own, items=0)
    shop = own.of("shop")
    late = shop.put("/items/one-too-many", json={"title": "x"})

    assert late.status_code == 409
    assert late.json()["code"] == "quota_full"
    assert "items is 0" in late.json()["detail"]
    assert shop.patch("/items/item-000001", json={"price": 3}).status_code == 200
    assert shop.patch("/items/one-too-many", json={"price": 3}).status_code == 409
    assert refused(own, "items") == 2


def test_an_import_keeps_the_items_that_there_is_room_for(own):
    shop = own.of("shop")
    held = own.applications.documented.state.shelf.loaded("shop").item_count
    put(own, items=held + 1)
    lines = b'{"item_id": "new-1"}\n{"item_id": "item-000001", "price": 9}\n{"item_id": "new-2"}'
    told = answered(shop.post("/items:import", content=lines))

    assert told["accepted"] == 2
    assert [(one["line"], one["code"]) for one in told["rejected"]] == [(3, "quota_full")]
    assert refused(own, "items") == 1


def test_a_model_beyond_the_tenant_s_share_of_the_shelf_is_not_loaded_and_answers_say_so(folder):
    with serving(store_in(folder)) as served:
        put(served, shelf_share=0)
    with serving(store_in(folder)) as served:
        answer = answered(served.of("shop").get("/items/item-000000/similar"))

        assert answer["degraded"]
        assert answer["model"] is None
        assert any("shelf_share" in one["detail"] for one in answer["warnings"])
        assert answer["items"]
        assert not answered(served.of("twin").get("/items/item-000000/similar"))["degraded"]
        assert refused(served, "shelf_share") >= 1


@pytest.mark.parametrize(
    ("quotas", "status"),
    [
        ({"requests_per_s": -1}, 422),
        ({"requests_per_s": "5"}, 422),
        ({"requests_per_s": True}, 422),
        ({"requests_per_s": 1e300}, 422),
        ({"items": 1.5}, 422),
        ({"items": -1}, 422),
        ({"shelf_share": 1.01}, 422),
        ({"request_per_s": 5}, 422),
        ([], 422),
        ({"requests_per_s": 0.5, "items": 0, "shelf_share": 1}, 200),
    ],
)
def test_a_quota_is_a_number_from_0_on_or_null(own, quotas, status):
    told = own.admin.put(QUOTAS, json=quotas)

    assert told.status_code == status
    if status == 422 and quotas:
        assert told.json()["errors"][0]["pointer"] == f"/{next(iter(quotas))}"


@pytest.mark.parametrize("text", ['{"items": NaN}', '{"requests_per_s": Infinity}', "{"])
def test_what_is_no_json_is_no_quota(own, text):
    assert own.admin.put(QUOTAS, content=text).status_code == 400


def test_no_key_of_the_tenant_changes_quotas(own):
    shop = own.of("shop")

    assert shop.put("/quotas", json={}).status_code == 403
    assert shop.get("/usage").json()["quotas"]["concurrent_trainings"] == 4


def test_less_than_one_a_second_is_told_in_whole_numbers(own):
    put(own, requests_per_s=0.25)
    shop = own.of("shop")
    late = next(one for one in (shop.get(POPULAR) for _ in range(20)) if one.status_code == 429)

    assert late.headers["ratelimit-policy"] == '"requests_per_s";q=1;w=4'
    assert math.isclose(int(late.headers["retry-after"]), 4, abs_tol=4)


def test_a_body_in_chunks_takes_no_more_of_the_day_s_bytes_than_it_has(own):
    put(own, event_bytes_per_day=1_000)
    shop = own.of("shop")
    body = httpx.Request("POST", own.base_url, json={"events": [event(1)]}).content

    assert shop.post("/events", content=iter([body])).status_code == 202
