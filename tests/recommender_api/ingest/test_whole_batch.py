"""A batch is taken whole only where each of its events would be taken, and with the same result."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from loggers_sdk.events import format_time, new_event_id
from loggers_sdk.wire import write_batch
from recommender_api.ingest.accept import judge, verdicts_on
from recommender_api.ingest.arrival import stamped_lines
from recommender_api.ingest.whole_batch import read_whole
from tests.recommender_api.ingest.batches import NOW_S, batches, view

RECEIVED = "2026-11-20T00:00:00.000+00:00"
DAY_S = 24 * 3600


def body_of(*batch: object, ascii_only: bool = True) -> bytes:
    text = json.dumps({"events": batch}, ensure_ascii=ascii_only)
    return text.encode("utf-8", "surrogatepass")


def logged(arrivals: list) -> list[dict]:
    lines = stamped_lines(arrivals, RECEIVED)
    return [json.loads(line) for line in lines.split(b"\n")] if arrivals else []


def is_taken_whole(*batch: object, ascii_only: bool = False) -> bool:
    return read_whole(body_of(*batch, ascii_only=ascii_only), NOW_S) is not None


@settings(max_examples=2 * settings.default.max_examples)
@given(batch=batches, ascii_only=st.booleans())
@example(batch=[view(occurred_at="2026-11-19T10:00:00+0000")], ascii_only=True)
@example(batch=[view(occurred_at="2026-11-19T10:00:00.1234567890Z")], ascii_only=True)
@example(batch=[view(item_id="a\x7f")], ascii_only=False)
@example(batch=[view(item_id="a\u0085")], ascii_only=False)
@example(batch=[view(item_id="a\u0085")], ascii_only=True)
@example(batch=[view(value=2**53 + 1)], ascii_only=True)
@example(batch=[view(attributes={"a": [1e15] * 900})], ascii_only=True)
@example(batch=[view(attributes={"a": [1] * 6000})], ascii_only=True)
@example(batch=[view(received_at="")], ascii_only=True)
@example(batch=[view(kind="impression", items=None)], ascii_only=True)
@example(batch=[view(kind="rating")], ascii_only=True)
@example(batch=[view(kind="identify")], ascii_only=True)
@example(batch=[view(user_id=None)], ascii_only=True)
@example(batch=[view(item_id=None)], ascii_only=True)
def test_what_is_taken_whole_would_be_taken_one_by_one_just_so(batch, ascii_only):
    whole = read_whole(body_of(*batch, ascii_only=ascii_only), NOW_S)
    if whole is None:
        return
    one_by_one = judge(batch, NOW_S)

    assert one_by_one.rejected == []
    assert logged(whole) == logged(one_by_one.arrivals)


@settings(max_examples=2 * settings.default.max_examples)
@given(batches)
@example(batch=[view(event_id="\ud800", value=10**450), view(value=-(10**450))])
def test_either_way_each_event_gets_the_verdict_that_it_gets_alone(batch):
    together = verdicts_on(body_of(*batch), NOW_S)
    alone = judge(batch, NOW_S)

    assert logged(together.arrivals) == logged(alone.arrivals)
    assert together.rejected == alone.rejected


def test_what_the_sdk_sends_is_taken_whole():
    batch = [
        {
            "event_id": new_event_id(),
            "kind": kind,
            "user_id": "user-4711",
            "session_id": "s-1",
            "item_id": "sku/17 ü",
            "occurred_at": format_time(NOW_S - 5),
            "quantity": 2,
            "value": 19.9,
            "recommendation_id": "rec_1",
            "placement": "similar",
            "position": 3,
            "attributes": {"query": 'the "best" shoes\n', "nested": [{"a": 1.5}]},
        }
        for kind in ("view", "purchase", "rating", "custom:share")
    ]
    page = {**view(), "kind": "impression", "items": ["a", "b"], "item_id": None}

    assert len(read_whole(write_batch([*batch, page]), NOW_S) or ()) == 5
    assert read_whole(b'{"events":[]}', NOW_S) == []


IN_DOUBT = {
    "in the future": {"occurred_at": format_time(NOW_S + 2 * DAY_S)},
    "before 1990": {"occurred_at": "1989-12-31T23:59:59Z"},
    "in a zone": {"occurred_at": "2026-11-19T10:00:00+01:00"},
    "a leap second": {"occurred_at": "2026-11-18T23:59:60Z"},
    "a kind of ours": {"kind": "served"},
    "no kind": {"kind": "stare"},
    "too long": {"item_id": "x" * 257},
    "a control character": {"item_id": "\x7f"},
    "a control character of C1": {"item_id": "\u0085"},
    "an escaped one": {"item_id": "a\nb"},
    "large attributes": {"attributes": {"a": "x" * 20_000}},
    "an unknown field": {"surprise": 1},
}


@pytest.mark.parametrize("odd", IN_DOUBT.values(), ids=IN_DOUBT)
def test_one_event_in_doubt_leaves_the_whole_batch_to_judgement(odd):
    assert is_taken_whole(view(), view("f"))
    assert not is_taken_whole(view(), view("f", **odd))


def test_an_escape_is_no_reason_for_doubt_where_no_id_holds_one():
    assert is_taken_whole(view(attributes={"said": 'a "word"\n'}))
    assert is_taken_whole(view(item_id='a "word"'))
    assert not is_taken_whole(view(item_id="a\tword"), ascii_only=True)


def test_a_batch_of_many_kinds_of_its_own_is_judged_one_by_one():
    few, many = ([view(f"e{n}", kind=f"custom:{n}") for n in range(count)] for count in (16, 17))

    assert is_taken_whole(*few)
    assert not is_taken_whole(*many)


@pytest.mark.parametrize(
    ("offset_s", "is_beyond_doubt"), [(-2, True), (-0.5, False), (0.5, False), (2, False)]
)
def test_at_the_edge_of_the_future_a_batch_is_left_to_judgement(offset_s, is_beyond_doubt):
    at = datetime.fromtimestamp(NOW_S + DAY_S + offset_s, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    assert is_taken_whole(view(occurred_at=at)) == is_beyond_doubt
