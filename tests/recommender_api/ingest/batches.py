"""Batches as hypothesis makes them: most events nearly right, some anything at all."""

from datetime import UTC, datetime

from hypothesis import strategies as st

NOW_S = datetime(2026, 11, 20, tzinfo=UTC).timestamp()

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
        *("2026-11-19T10:00:00+0000", "2026-11-19T10:00:00.1234567890Z", "2026-11-19T10:00:00.Z"),
        *("2026-11-19T10:00:00.250Z", "2026-11-19T10:00:00.123456Z", "2026-11-19T23:59:59.999999Z"),
        *("2026-11-19T10:00:00+00:00", "2026-11-19T10:00:00-00:00", "2026-11-19T24:00:00Z"),
        *("2026-11-21T00:00:00Z", "2026-11-20T23:59:59.9Z", "1990-01-01T00:00:00.000001Z"),
        *("2026-11-19T10:00:00.1Z", "2026-11-19T10:00:00.12345Z", "2026-11-19T1٣:00:00Z"),
    ]
)
ids = st.sampled_from(["a", "b", "c", "ü/%", "x" * 256, "x" * 257, "", " ", "a\x00", "\x7f"]) | (
    st.sampled_from(["\u0085", "\u2028", "\xa0", "\\", '"', "a\tb", "�", "😀", "\ud800"])
)
numbers = st.sampled_from(
    [0, 1, 2, -1, 2.5, 2**53, 2**53 + 1, 2**53 - 1, 10**400, -0.0, 5e-324, True, "1", 2**31 - 1]
)
attributes = st.dictionaries(st.text(max_size=3), anything, max_size=2) | st.sampled_from(
    [{"a": "x" * 16_000}, {"a": "x" * 17_000}, {"a": [1e15] * 900}, {"a": [[[[]]]]}, {"a": "\x00"}]
)
events = st.fixed_dictionaries(
    {},
    optional={
        "event_id": ids | anything,
        "kind": st.sampled_from(["view", "impression", "rating", "custom:x", "served"]) | anything,
        "occurred_at": times | anything,
        "user_id": ids | anything,
        "session_id": ids | anything,
        "item_id": ids | anything,
        "items": st.lists(ids, max_size=2) | anything,
        "value": numbers | st.floats() | anything,
        "quantity": numbers | anything,
        "position": numbers | anything,
        "placement": ids | anything,
        "recommendation_id": ids | anything,
        "attributes": attributes | anything,
        "received_at": st.just("2026-11-19T10:00:00Z") | anything,
        "surprise": anything,
    },
)
kinds = st.sampled_from(["view", "impression", "rating", "custom:x", "purchase"])
plain_ids = st.text("abü/ ", min_size=1, max_size=3)
fair_events = st.fixed_dictionaries(
    {
        "event_id": plain_ids,
        "kind": kinds,
        "occurred_at": st.sampled_from(["2026-11-19T10:00:00Z", "2026-11-19T10:00:00.123456Z"]),
        "user_id": plain_ids,
        "item_id": plain_ids,
        "items": st.lists(plain_ids, min_size=1, max_size=2),
        "value": st.floats(-1e6, 1e6) | st.integers(-9, 9),
    },
    optional={
        "session_id": plain_ids | st.none(),
        "quantity": st.integers(1, 9),
        "position": st.integers(0, 9),
        "attributes": st.dictionaries(st.text(max_size=3), anything, max_size=2) | st.none(),
    },
)
one_thing_wrong = st.builds(
    lambda fair, odd: fair | odd,
    fair_events,
    events.map(lambda event: dict(list(event.items())[:1])),
)
batches = st.lists(fair_events | one_thing_wrong, max_size=6) | st.lists(
    events | anything, max_size=5
)


def view(event_id: str = "e", occurred_at: str = "2026-11-19T10:00:00Z", **more) -> dict:
    event = {"event_id": event_id, "kind": "view", "user_id": "u", "item_id": "i"}
    return {**event, "occurred_at": occurred_at, **more}
