"""`POST /sessions/{session_id}:identify`: what an anonymous visitor did becomes a user's."""

import json
from urllib.parse import quote

import pytest

OK = {"accepted": 1, "duplicates": 0, "rejected": []}
AT = "2026-03-01T10:00:00Z"


def viewed(session_id, item_id="item-000001", occurred_at=AT, event_id="v1", **more):
    event = {"event_id": event_id, "kind": "view", "session_id": session_id, "item_id": item_id}
    return {**event, "occurred_at": occurred_at, **more}


def send(client, *events):
    response = client.post("/events", json={"events": events})
    assert response.json()["rejected"] == []


def identify(client, session_id, user_id, **fields):
    path = f"/sessions/{quote(session_id, safe='')}:identify"
    return client.post(path, json={"user_id": user_id, **fields})


def seen_by(client, **who):
    answer = client.post("/placements/recently_viewed:recommend", json=who).json()
    return [item["item_id"] for item in answer["items"]]


def joins(served, tenant="shop"):
    lines = [json.loads(line) for line in served.store.tenant(tenant).events.lines_after({})[0]]
    return [line for line in lines if line["kind"] == "identify"]


def test_what_a_visitor_did_is_the_users_from_the_next_request_on(own):
    shop = own.of("shop")
    send(shop, viewed("visit"))
    assert seen_by(shop, user_id="ann") == []

    answer = identify(shop, "visit", "ann")

    assert (answer.status_code, answer.json()) == (202, OK)
    assert seen_by(shop, user_id="ann") == ["item-000001"]
    assert seen_by(shop, user_id="bob", session_id="visit") == []


def test_a_join_is_in_the_log_when_it_is_acknowledged(own):
    identify(own.of("shop"), "visit", "ann", occurred_at="2026-03-01T11:00:00+01:00", event_id="j")
    (join,) = joins(own)

    assert join.pop("received_at")
    assert join == {
        "event_id": "j",
        "kind": "identify",
        "occurred_at": "2026-03-01T10:00:00.000000Z",
        "session_id": "visit",
        "user_id": "ann",
    }


def test_the_last_join_wins_from_its_time_on_though_it_comes_first(own):
    shop = own.of("shop")
    identify(shop, "visit", "bob", occurred_at="2026-03-01T12:00:00Z")
    send(shop, viewed("visit", occurred_at="2026-03-01T12:00:00Z", event_id="late"))
    send(shop, viewed("visit", "item-000002", occurred_at="2026-03-01T11:00:00Z"))
    identify(shop, "visit", "ann", occurred_at="2026-03-01T09:00:00Z")

    assert seen_by(shop, user_id="bob") == ["item-000001"]
    assert seen_by(shop, user_id="ann") == ["item-000002"]


def test_any_id_may_stand_in_the_path(own):
    shop = own.of("shop")
    ids = ["a/b", "a:identify", "100 %", "ü?&#", ":", "a%2Fb", "…"]
    for number, session_id in enumerate(ids):
        send(shop, viewed(session_id, event_id=f"v{number}"))
        assert identify(shop, session_id, f"user {number}").status_code == 202
        assert seen_by(shop, user_id=f"user {number}") == ["item-000001"]

    assert [join["session_id"] for join in joins(own)] == ids


def test_the_session_may_stand_in_the_body_instead(own):
    shop = own.of("shop")
    answer = shop.post("/sessions:identify", json={"session_id": "a/b", "user_id": "ann"})

    assert (answer.status_code, answer.json()) == (202, OK)
    assert [join["session_id"] for join in joins(own)] == ["a/b"]


def test_a_retry_with_the_same_id_or_the_same_time_is_a_duplicate(own):
    shop = own.of("shop")
    given = [{"event_id": "j", "occurred_at": AT}, {"occurred_at": AT}]
    for fields in given:
        answers = [identify(shop, "visit", "ann", **fields).json() for _ in range(2)]
        assert answers == [OK, {**OK, "accepted": 0, "duplicates": 1}]
    others = [
        identify(shop, "other", "ann", occurred_at=AT),
        identify(shop, "visit", "bob", occurred_at=AT),
        identify(shop, "visit", "ann", occurred_at="2026-03-01T10:00:00.001Z"),
    ]

    assert [answer.json() for answer in others] == [OK] * 3
    assert len(joins(own)) == 5


def test_a_trial_stores_nothing(own):
    shop = own.of("shop")
    send(shop, viewed("visit"))
    body = {"user_id": "ann"}
    answer = shop.post("/sessions/visit:identify", json=body, params={"validate_only": "true"})

    assert (answer.status_code, answer.json()) == (202, OK)
    assert joins(own) == []
    assert seen_by(shop, user_id="ann") == []


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/user_id", "field_missing"),
        ({"user_id": None}, "/user_id", "field_missing"),
        ({"user_id": 5}, "/user_id", "field_type"),
        ({"user_id": ""}, "/user_id", "id_empty"),
        ({"user_id": "a" * 257}, "/user_id", "id_too_long"),
        ({"user_id": "a\n"}, "/user_id", "id_control_character"),
        ({"user_id": "ann", "session_id": "s"}, "/session_id", "field_unknown"),
        ({"user_id": "ann", "item_id": "i"}, "/item_id", "field_unknown"),
        ({"user_id": "ann", "kind": "view"}, "/kind", "field_unknown"),
        ({"user_id": "ann", "a/b~": 1}, "/a~1b~0", "field_unknown"),
        ({"user_id": "ann", "occurred_at": "2026-03-01"}, "/occurred_at", "time_invalid"),
        (
            {"user_id": "ann", "occurred_at": "2999-01-01T00:00:00Z"},
            "/occurred_at",
            "time_in_future",
        ),
        ({"user_id": "ann", "event_id": ""}, "/event_id", "id_empty"),
        (["ann"], "", "field_type"),
        ("ann", "", "field_type"),
    ],
)
def test_a_field_that_is_wrong_is_named(served, body, pointer, code):
    answer = served.of("shop").post("/sessions/visit:identify", json=body)

    assert answer.status_code == 422
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [(pointer, code)]


def test_a_session_without_a_name_is_nobody(served):
    shop = served.of("shop")
    in_path = shop.post("/sessions/:identify", json={"user_id": "ann"})
    in_body = shop.post("/sessions:identify", json={"user_id": "ann"})

    assert [one["code"] for one in in_path.json()["errors"]] == ["id_empty"]
    assert [one["pointer"] for one in in_body.json()["errors"]] == ["/session_id"]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 10_000])
def test_what_is_no_json_is_refused(served, body):
    answer = served.of("shop").post("/sessions/visit:identify", content=body)

    assert (answer.status_code, answer.json()["code"]) == (400, "body_malformed")


def test_a_body_that_is_too_large_is_refused(served):
    answer = served.of("shop").post("/sessions/visit:identify", json={"user_id": "a" * 20_000})

    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_it_takes_the_scope_ingest(served):
    for path in ("/sessions/visit:identify", "/sessions:identify"):
        reader = served.client(served.key("shop", "serve"), "shop")
        assert reader.post(path, json={"user_id": "ann"}).status_code == 403
        stranger = served.client(served.key("twin", "ingest"))
        assert stranger.post(f"/v1/tenants/shop{path}", json={"user_id": "ann"}).status_code == 403


def test_another_verb_or_method_is_no_route(served):
    shop = served.of("shop")

    assert shop.get("/sessions/visit:identify").status_code == 405
    assert shop.post("/sessions/visit", json={"user_id": "ann"}).status_code == 404
    assert shop.post("/sessions/visit:forget", json={"user_id": "ann"}).status_code == 404


def test_a_tenant_cannot_send_a_join_as_an_event(served):
    event = viewed("visit", kind="identify", user_id="ann")
    answer = served.of("shop").post("/events", json={"events": [event]}).json()

    assert [one["code"] for one in answer["rejected"]] == ["kind_reserved"]
