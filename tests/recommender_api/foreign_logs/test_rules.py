"""
What an import takes and refuses is what the SDK and ingest take and refuse.
"""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loggers_sdk.events import Event, check_event

RECEIVED_AT = datetime(2026, 1, 1, tzinfo=UTC)
MAPPING = """
file: {format: jsonl}
kind: {column: kind}
time: {column: occurred_at, format: iso}
fields:
  user_id: {column: user_id, optional: true}
  session_id: {column: session_id, optional: true}
  item_id: {column: item_id, optional: true}
  items: {column: items, optional: true}
  quantity: {column: quantity, optional: true}
  value: {column: value, optional: true}
  recommendation_id: {column: recommendation_id, optional: true}
  placement: {column: placement, optional: true}
  position: {column: position, optional: true}
"""
GOOD = {"kind": "view", "user_id": "u", "item_id": "i", "occurred_at": "2020-01-01T00:00:00Z"}

IDS = st.sampled_from(["a", "é😀", "x" * 256, "x" * 257, "a\u0085b", "a\nb", "\u2003", None])
NUMBERS = st.sampled_from([0, 1, -1, 2.5, 1e300, -(2.0**60), None])
EVENTS = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(
            ["view", "impression", "rating", "custom:share", "custom:", "served", "buy", "purchase"]
        ),
        "occurred_at": st.sampled_from(
            [
                "2020-01-01T00:00:00Z",
                "2020-01-01T00:00:00.25+02:00",
                "1989-12-31T23:59:59Z",
                "1990-01-01T00:00:00Z",
                "2026-01-01T23:59:59Z",
                "2026-01-02T00:00:01Z",
                "2020-13-01T00:00:00Z",
            ]
        ),
    },
    optional={
        "user_id": IDS,
        "session_id": IDS,
        "item_id": IDS,
        "recommendation_id": IDS,
        "placement": IDS,
        "items": st.sampled_from([["a"], [], ["a", "x" * 257], ["a", "\x07"], ["a"] * 501]),
        "quantity": NUMBERS,
        "value": NUMBERS,
        "position": st.sampled_from([0, 5, -1, 2**31, 2**31 - 1]),
    },
)


@pytest.fixture
def verdicts(write, read):
    """Codes of refused events by their place, None for those that were taken."""

    def _verdicts(events):
        lines = [GOOD, *events]  # one that says how times are written
        report, taken = read(write("log.jsonl", "\n".join(map(json.dumps, lines))), MAPPING)
        refused = {reject.line - 2: reject.code for reject in report.first_rejects}
        return [refused.get(at) for at in range(len(events))], taken

    return _verdicts


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(EVENTS, min_size=1, max_size=40))
def test_an_import_refuses_what_ingest_refuses(verdicts, events):
    codes, _ = verdicts(events)

    faults = [check_event({"event_id": "e", **raw}, RECEIVED_AT.timestamp()) for raw in events]
    assert [code is None for code in codes] == [fault is None for fault in faults]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kind": "buy"}, "kind_unknown"),
        ({"user_id": None}, "field_missing"),
        ({"item_id": None}, "field_missing"),
        ({"kind": "impression"}, "field_missing"),
        ({"kind": "rating"}, "field_missing"),
        ({"user_id": "x" * 257}, "id_too_long"),
        ({"item_id": "a\tb"}, "id_control_character"),
        ({"occurred_at": "1970-01-01T00:00:00Z"}, "time_too_old"),
        ({"occurred_at": "2026-01-03T00:00:00Z"}, "time_in_future"),
        ({"occurred_at": "soon"}, "time_invalid"),
        ({"quantity": 0}, "value_out_of_range"),
        ({"quantity": "many"}, "field_type"),
        ({"value": 1e300}, "value_out_of_range"),
        ({"value": "NaN"}, "value_not_finite"),
        ({"position": 1.5}, "field_type"),
        ({"position": -1}, "value_out_of_range"),
        ({"kind": "impression", "items": []}, "items_empty"),
        ({"kind": "impression", "items": ["a"] * 501}, "items_too_many"),
    ],
)
def test_each_fault_has_the_code_that_ingest_gives_it(verdicts, change, code):
    (found,), _ = verdicts([GOOD | change])

    assert found == code


def test_what_was_taken_is_an_event_to_the_sdk_too(verdicts):
    raw = GOOD | {"quantity": 2, "value": 1.5, "position": 3, "session_id": "s", "placement": "p"}
    _, taken = verdicts([raw])

    for event in taken:
        moment = datetime.fromtimestamp(event["occurred_at"], UTC).isoformat()
        sent = event | {"occurred_at": moment}
        del sent["received_at"]
        assert check_event(sent, RECEIVED_AT.timestamp()) is None
        assert Event.from_raw(sent).item_id == "i"
