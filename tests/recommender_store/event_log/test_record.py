"""How an event is written down, in a form that every reader takes."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loggers_sdk.events import EARLIEST_OCCURRED_AT_S as EARLIEST_S
from loggers_sdk.events import check_event
from recommender_store.event_log.log import EventLog
from recommender_store.event_log.record import COLUMNS, plain_time
from recommender_store.objects.scope import Scope
from tests.recommender_store.event_log.canonical import RECEIVED_AT, event

NOW_S = datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z"),
        ("2026-11-20T10:00:00.123456Z", "2026-11-20T10:00:00.123456Z"),
        ("2026-11-20t10:00:00z", "2026-11-20T10:00:00.000000Z"),
        ("2026-11-20 10:00:00Z", "2026-11-20T10:00:00.000000Z"),
        ("2026-11-20T10:00:00+05:30", "2026-11-20T04:30:00.000000Z"),
        ("2026-11-20T00:30:00+01:00", "2026-11-19T23:30:00.000000Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000Z"),
        ("2026-11-20T10:00:00.123456789Z", "2026-11-20T10:00:00.123457Z"),
    ],
)
def test_a_time_is_kept_in_utc_to_the_microsecond(sent: str, kept: str) -> None:
    assert plain_time(sent) == kept


@pytest.mark.parametrize(
    "at",
    [
        "2026-11-20T10:00:00Z",
        "2026-11-20t10:00:00.5z",
        "2026-11-20 11:00:00+01:00",
        "2016-12-31T23:59:60Z",
        "2016-12-31T23:59:60.999999999Z",
        "1990-01-01T00:00:00Z",
        "2026-11-20T10:00:00.123456789Z",
        "2026-11-20T23:59:59.9999999Z",
        "2026-11-19T12:00:00-23:59",
    ],
)
def test_every_time_that_ingest_accepts_can_be_read_from_the_log(at: str, memory: Scope) -> None:
    log = EventLog(memory)
    sent = event("e1", at)
    assert check_event(sent, NOW_S) is None

    log.append_events([sent], RECEIVED_AT)
    before = list(log.state().read())
    log.compact()

    assert [one["occurred_at"] for one in before] == [datetime.fromisoformat(plain_time(at))]
    assert list(log.state().read()) == before


text = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
events = st.fixed_dictionaries(
    {
        "event_id": text,
        "kind": st.sampled_from(["view", "purchase", "custom:share", "dislike"]),
        "item_id": text,
        "user_id": text,
        "occurred_at": st.integers(int(EARLIEST_S) + 86_400, int(NOW_S)).map(
            lambda at_s: datetime.fromtimestamp(at_s, UTC).isoformat().replace("+00:00", "Z")
        ),
    },
    optional={
        "session_id": text,
        "quantity": st.floats(0, 1e15, allow_nan=False),
        "value": st.integers(-(2**53), 2**53),
        "recommendation_id": text,
        "placement": text,
        "position": st.integers(0, 2**31 - 1),
        "attributes": st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
            st.one_of(st.none(), st.booleans(), st.integers(-(2**60), 2**60), text),
            max_size=3,
        ),
    },
)


@settings(max_examples=25, deadline=None)
@given(batch=st.lists(events, max_size=8))
def test_what_ingest_accepts_is_what_the_log_gives(batch: list[dict[str, object]]) -> None:
    from obstore.store import MemoryStore

    from recommender_store.objects.bucket import BucketObjects

    accepted = [one for one in batch if check_event(one, NOW_S) is None]
    log = EventLog(Scope(BucketObjects(MemoryStore()), "log"))
    log.append_events(accepted, RECEIVED_AT)

    read = {(one["event_id"], one["occurred_at"].date()): one for one in log.state().read()}

    for sent in accepted:
        at = datetime.fromisoformat(str(sent["occurred_at"]))
        found = read[sent["event_id"], at.date()]
        twins = [
            one
            for one in accepted
            if one["event_id"] == sent["event_id"]
            and str(one["occurred_at"])[:10] == str(sent["occurred_at"])[:10]
        ]
        if len(twins) == 1:
            same = {"kind", "user_id", "item_id", "session_id", "position", "placement"}
            assert {name: found.get(name) for name in same} == {
                name: sent.get(name) for name in same
            }
            assert found["occurred_at"] == at
            assert found.get("value") == sent.get("value")
    assert len(read) == len({(one["event_id"], str(one["occurred_at"])[:10]) for one in accepted})


def test_the_columns_are_those_that_are_documented() -> None:
    assert list(COLUMNS) == [
        "event_id",
        "kind",
        "user_id",
        "session_id",
        "item_id",
        "items",
        "occurred_at",
        "received_at",
        "quantity",
        "value",
        "recommendation_id",
        "placement",
        "position",
        "attributes",
    ]
