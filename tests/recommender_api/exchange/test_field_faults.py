"""A wrong field is told in our own words, whichever route it was sent to."""

from typing import get_args

import pytest
from pydantic_core.core_schema import ErrorType

from recommender_api.exchange.field_faults import _KINDS, field_faults

RECOMMEND = "/placements/popular:recommend"


def faults(response):
    assert response.status_code == 422, response.text
    return [(one["pointer"], one["code"], one["detail"]) for one in response.json()["errors"]]


def test_every_kind_of_fault_in_the_table_is_one_that_pydantic_tells():
    ours = {"record_id", "contradiction"}

    assert set(_KINDS) - ours <= set(get_args(ErrorType))


def test_what_the_table_does_not_name_keeps_its_sentence_and_gets_a_code_of_ours():
    error = {"type": "url_parsing", "loc": ("at",), "msg": "no URL: {x}"}

    assert [*field_faults([error], ())] == [("/at", "field_invalid", "no URL: {x}", None)]


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("limit=ten", ("/limit", "field_type", "a whole number is written 10")),
        ("limit=201", ("/limit", "value_out_of_range", "it is at most 200")),
        ("explain=perhaps", ("/explain", "field_type", "write true or false")),
        ("diversity=much", ("/diversity", "field_type", "a number is written 0.5")),
        ("when_short=x", ("/when_short", "choice_unknown", "write 'fill' or 'fewer'")),
        ("user_id=", ("/user_id", "too_short", "its length is at least 1")),
    ],
)
def test_a_wrong_field_of_a_recommend_query_says_what_to_write(shop, query, fault):
    assert faults(shop.get(f"/popular?{query}")) == [fault]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"user_id": 5}, ("/user_id", "field_type", "send a text")),
        ({"item_ids": "a"}, ("/item_ids", "field_type", "send a list")),
        ({"limit": "5"}, ("/limit", "field_type", "a whole number is written 10")),
        (
            {"exclude_seen": "view"},
            ("/exclude_seen", "field_type", "write true, false, or a list of kinds of events"),
        ),
    ],
)
def test_a_wrong_field_of_a_recommend_body_says_what_to_write(shop, body, fault):
    assert faults(shop.post(RECOMMEND, json=body)) == [fault]


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("day=yesterday", ("/day", "time_invalid", "a day is written 2026-11-20")),
        ("day=2026-11-20T10:00:00Z", ("/day", "time_invalid", "a day is written 2026-11-20")),
        ("days=many", ("/days", "field_type", "a whole number is written 10")),
        ("days=0", ("/days", "value_out_of_range", "it is at least 1")),
        ("count=perhaps", ("/count", "field_type", "write true or false")),
        (
            "since=x",
            ("/since", "field_unknown", "there is no such field: known are day, days, count"),
        ),
    ],
)
def test_a_wrong_field_of_the_ledger_says_what_to_write(shop, query, fault):
    assert faults(shop.get(f"/events:ledger?{query}")) == [fault]


def test_an_unknown_name_is_answered_with_those_that_there_are(served, shop):
    answers = [
        shop.post("/events?dry_run=true", json={"events": []}),
        shop.post("/models:rollback", json={"why": "x"}),
        served.admin.post("/v1/tenants", json={"id": "new", "title": "x"}),
        shop.post(RECOMMEND, json={"user": "u"}),
    ]

    told = [faults(answer)[0] for answer in answers]
    assert {code for _, code, _ in told} == {"field_unknown"}
    assert [detail.split("known are ")[1] for _, _, detail in told[:3]] == [
        "validate_only",
        "reason",
        "id, name",
    ]
    assert "user_id, item_id" in told[3][2]


def test_a_key_that_cannot_be_made_says_what_to_write(served):
    body = {"scopes": ["all"], "expires_at": "2026-11-20T10:00:00"}

    assert faults(served.admin.post("/v1/tenants/shop/keys", json=body)) == [
        ("/name", "field_missing", "it is missing: add it"),
        ("/scopes/0", "choice_unknown", "write 'ingest', 'serve', 'catalog' or 'manage'"),
        ("/expires_at", "time_zone_missing", "end the time with Z or an offset"),
    ]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"[]", ("", "field_type", "send a JSON object")),
        (b"", ("", "field_missing", "the body is missing: send a JSON object")),
    ],
)
def test_an_item_that_is_no_object_says_what_to_send(shop, content, fault):
    assert faults(shop.put("/items/refused", content=content)) == [fault]
