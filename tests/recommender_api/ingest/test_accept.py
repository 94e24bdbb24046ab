"""A verdict on every event of a batch, whatever is in it."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loggers_sdk.events import check_event, parse_time
from recommender_api.exchange.asgi import parse_json
from recommender_api.history.protocol import at_ms_of
from recommender_api.ingest.accept import Verdicts, judge
from recommender_api.ingest.arrival import stamped_lines
from recommender_api.ingest.deeds import deeds
from tests.recommender_api.ingest.batches import NOW_S, anything, events, view

RECEIVED = "2026-11-20T00:00:00.000+00:00"


def verdicts(*batch: object) -> Verdicts:
    return judge(batch, NOW_S)


def lines_of(judged: Verdicts) -> list[bytes]:
    return stamped_lines(judged.arrivals, RECEIVED).split(b"\n") if judged.arrivals else []


@settings(max_examples=60)
@given(st.lists(events | anything, max_size=8))
def test_every_event_gets_exactly_one_verdict_and_none_spoils_another(batch):
    together = verdicts(*batch)
    fine = [event for event in batch if check_event(event, NOW_S) is None]

    assert len(together.arrivals) == len(lines_of(together)) == len(fine)
    assert len(together.rejected) == len(batch) - len(fine)
    assert json.dumps(together.rejected)


@settings(max_examples=60)
@given(st.lists(events, max_size=8))
def test_whatever_is_accepted_reads_back_from_its_line(batch):
    fine = [event for event in batch if check_event(event, NOW_S) is None]

    for event, line in zip(fine, lines_of(verdicts(*batch)), strict=True):
        read = parse_json(line)
        at = read.pop("occurred_at")
        assert parse_time(at) == pytest.approx(parse_time(event["occurred_at"]), abs=2e-6)
        assert read.pop("received_at") == RECEIVED
        told = {name: value for name, value in event.items() if value is not None}
        assert read == {name: value for name, value in told.items() if name != "occurred_at"}


@pytest.mark.parametrize(
    "written", ["2026-11-19t10:00:00z", "2026-11-18T23:59:60Z", "2026-11-19T10:00:00.123456789Z"]
)
def test_a_time_in_a_form_that_few_can_read_is_kept_in_a_plain_one(written):
    kept = verdicts(view(occurred_at=written)).arrivals[0].occurred_at

    assert datetime.fromisoformat(kept).timestamp() == pytest.approx(parse_time(written), abs=2e-6)
    assert kept.endswith("Z")
    assert ":60" not in kept


@given(st.lists(st.integers(631152000_000_000, 1_800_000_000_000_000), min_size=1, max_size=3))
def test_an_events_millisecond_is_that_of_its_microseconds(at_us):
    times = [
        datetime.fromtimestamp(at // 1_000_000, UTC)
        .replace(microsecond=at % 1_000_000)
        .strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        for at in at_us
    ]
    told = deeds(verdicts(*(view(occurred_at=time) for time in times)).arrivals)

    assert [at_ms_of(time) for time in times] == [at // 1000 for at in at_us]
    assert [deed.at_ms for deed in told] == [
        at // 1000
        for at, time in zip(at_us, times, strict=True)
        if check_event(view(occurred_at=time), NOW_S) is None
    ]


@pytest.mark.parametrize("depth", [*range(850, 1000, 7)])
def test_attributes_are_kept_or_refused_but_never_an_accident(depth):
    nested: dict = {}
    for _ in range(depth):
        nested = {"a": nested}
    together = verdicts(view("a"), view("b", attributes=nested))

    assert [one.event_id for one in together.arrivals][:1] == ["a"]
    assert {one["code"] for one in together.rejected} <= {"attributes_too_deep"}
    assert len(lines_of(together)) == 2 - len(together.rejected)


def test_a_rejection_names_the_event_and_what_to_do():
    rejected = verdicts(view("a"), view("x" * 300), view("b", item_id="a\x00b")).rejected

    assert [one["index"] for one in rejected] == [1, 2]
    assert rejected[0]["event_id"] == "x" * 256
    assert [one["code"] for one in rejected] == ["id_too_long", "id_control_character"]


def test_history_takes_what_has_an_item():
    impression = {**view("b"), "kind": "impression", "items": ["i", "j"]}
    del impression["item_id"]
    told = deeds(verdicts(view("a", value=2), impression).arrivals)

    assert [(deed.user_id, deed.item_id, deed.value) for deed in told] == [("u", "i", 2)]
    assert list(deeds([])) == []


def test_an_id_of_half_characters_is_told_back_as_far_as_it_can_be():
    assert verdicts({"event_id": "a\ud800"}).rejected[0]["event_id"] == "a?"
