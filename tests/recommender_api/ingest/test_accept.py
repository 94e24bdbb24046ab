"""A verdict on every event of a batch, whatever is in it."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loggers_sdk.events import check_event, parse_time
from recommender_api.exchange.asgi import parse_json
from recommender_api.history.protocol import at_ms_of
from recommender_api.ingest.accept import RecentIds, deeds, judge

NOW_S = datetime(2026, 11, 20, tzinfo=UTC).timestamp()
RECEIVED = "2026-11-20T00:00:00.000+00:00"

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
times = st.sampled_from(
    [
        *("2026-11-19T10:00:00Z", "2026-11-19t10:00:00z", "2026-11-19 10:00:00Z"),
        *("2026-11-18T23:59:60Z", "2026-11-19T10:00:00.123456789Z", "2026-11-19T10:00:00+23:59"),
        *("2026-11-19T10:00:00.5-08:00", "1990-01-01T00:00:00Z", "1989-12-31T23:59:59Z"),
        *("2027-01-01T00:00:00Z", "yesterday", "2026-11-19T10:00:00", "2026-02-30T10:00:00Z"),
    ]
)
events = st.fixed_dictionaries(
    {},
    optional={
        "event_id": st.sampled_from(["a", "b", "c"]) | anything,
        "kind": st.sampled_from(["view", "impression", "rating", "custom:x", "served"]) | anything,
        "occurred_at": times | anything,
        "user_id": st.just("u") | anything,
        "session_id": st.just("s") | anything,
        "item_id": st.just("i") | anything,
        "items": st.lists(st.sampled_from(["i", "j"]), max_size=2) | anything,
        "value": st.floats() | st.integers() | anything,
        "quantity": anything,
        "position": anything,
        "attributes": st.dictionaries(st.text(max_size=3), anything, max_size=2) | anything,
        "surprise": anything,
    },
)


def view(event_id: str = "e", occurred_at: str = "2026-11-19T10:00:00Z", **more) -> dict:
    event = {"event_id": event_id, "kind": "view", "user_id": "u", "item_id": "i"}
    return {**event, "occurred_at": occurred_at, **more}


def verdicts(*batch: object, recent: RecentIds | None = None):
    return judge(batch, NOW_S, RECEIVED, recent or RecentIds())


@settings(max_examples=60)
@given(st.lists(events | anything, max_size=8))
def test_every_event_gets_exactly_one_verdict_and_none_spoils_another(batch):
    together = verdicts(*batch)
    fine = [event for event in batch if check_event(event, NOW_S) is None]

    assert len(together.accepted) + together.duplicates + len(together.rejected) == len(batch)
    assert len(together.accepted) + together.duplicates == len(fine)
    assert len(together.lines) == len(together.accepted)
    assert json.dumps(together.answer())


@settings(max_examples=60)
@given(st.lists(events, max_size=8))
def test_whatever_is_accepted_reads_back_from_its_line(batch):
    together = verdicts(*batch)

    for event, line in zip(together.accepted, together.lines, strict=True):
        read = parse_json(line)
        assert read == {**event, "received_at": RECEIVED}
        assert None not in event.values()


@pytest.mark.parametrize(
    "written", ["2026-11-19t10:00:00z", "2026-11-18T23:59:60Z", "2026-11-19T10:00:00.123456789Z"]
)
def test_a_time_in_a_form_that_few_can_read_is_kept_in_a_plain_one(written):
    kept = verdicts(view(occurred_at=written)).accepted[0]["occurred_at"]

    assert datetime.fromisoformat(kept).timestamp() == pytest.approx(parse_time(written), abs=2e-6)
    assert kept.endswith("Z")
    assert ":60" not in kept


@given(st.integers(631152000_000_000, 1_800_000_000_000_000))
def test_an_events_millisecond_is_that_of_its_microseconds(at_us):
    at = datetime.fromtimestamp(at_us // 1_000_000, UTC).replace(microsecond=at_us % 1_000_000)

    assert at_ms_of(at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")) == at_us // 1000


def test_twins_within_a_batch_count_once():
    together = verdicts(view("a"), view("b"), view("a"))

    assert [event["event_id"] for event in together.accepted] == ["a", "b"]
    assert together.duplicates == 1


def test_the_same_id_on_another_day_is_another_event():
    together = verdicts(view("a"), view("a", "2026-11-18T10:00:00Z"))

    assert len(together.accepted) == 2


def test_what_was_remembered_is_a_duplicate_until_it_is_forgotten():
    recent = RecentIds(limit=2)
    recent.remember([view("a"), view("b")])
    assert verdicts(view("a"), recent=recent).duplicates == 1

    recent.remember([view("c")])

    assert verdicts(view("a"), recent=recent).duplicates == 0


def test_a_verdict_alone_remembers_nothing():
    recent = RecentIds()
    verdicts(view("a"), recent=recent)

    assert verdicts(view("a"), recent=recent).duplicates == 0


@pytest.mark.parametrize("depth", [*range(850, 1000, 7)])
def test_attributes_are_kept_or_refused_but_never_an_accident(depth):
    nested: dict = {}
    for _ in range(depth):
        nested = {"a": nested}
    together = verdicts(view("a"), view("b", attributes=nested))

    assert together.accepted[0]["event_id"] == "a"
    assert {one["code"] for one in together.rejected} <= {"attributes_too_deep"}


def test_a_rejection_names_the_event_and_what_to_do():
    rejected = verdicts(view("a"), view("x" * 300), view("b", item_id="a\x00b")).rejected

    assert [one["index"] for one in rejected] == [1, 2]
    assert rejected[0]["event_id"] == "x" * 256
    assert [one["code"] for one in rejected] == ["id_too_long", "id_control_character"]


def test_history_takes_what_has_an_item():
    impression = {**view("b"), "kind": "impression", "items": ["i", "j"]}
    del impression["item_id"]
    told = deeds(verdicts(view("a", value=2), impression).accepted)

    assert [(deed.kind, deed.item_id, deed.value) for deed in told] == [("view", "i", 2)]


def test_an_id_of_half_characters_is_told_back_as_far_as_it_can_be():
    verdicts = judge([{"event_id": "a\ud800"}], 0.0, "2026-01-01T00:00:00Z", RecentIds())

    assert verdicts.rejected[0]["event_id"] == "a?"
