import inspect
import time
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loggers_sdk import EventLogger
from loggers_sdk.events import KINDS, parse_time
from loggers_sdk.testing import RecordingTransport
from tests.loggers_sdk.storefront import Storefront


@pytest.fixture
def service():
    service = Storefront()
    yield service
    service.events.close(timeout_s=1)


def test_each_call_logs_an_event_of_its_kind(service: Storefront) -> None:
    events = service.events
    for kind in ("view", "click", "cart", "favorite", "purchase", "dislike"):
        getattr(events, kind)(user_id="u", item_id=kind)
    events.rating(user_id="u", item_id="rating", value=4.5)
    events.impression(user_id="u", items=["a", "b"], placement="home")
    events.track("custom:share", session_id="s", item_id="custom:share")

    arrived = service.arrived()

    assert {event.kind for event in arrived} == {*KINDS, "custom:share"}
    assert all(event.item_id in (event.kind, None) for event in arrived)


def test_an_event_carries_what_was_given_and_when_it_was_logged(service: Storefront) -> None:
    before_s = time.time()
    service.events.purchase(
        user_id="u1",
        item_id="sku-1",
        session_id="s1",
        quantity=2,
        value=19.9,
        recommendation_id="rec_1",
        placement="similar",
        position=3,
        attributes={"colour": "grün"},
    )
    after_s = time.time()

    (event,) = service.arrived()

    assert before_s - 1e-5 <= parse_time(event.occurred_at) <= after_s
    assert event.attributes == {"colour": "grün"}
    expected = ("u1", "sku-1", "s1", 2, 19.9, "rec_1", "similar", 3)
    assert expected == (
        event.user_id,
        event.item_id,
        event.session_id,
        event.quantity,
        event.value,
        event.recommendation_id,
        event.placement,
        event.position,
    )


def test_id_and_time_may_be_the_caller_s(service: Storefront) -> None:
    moment = datetime(2026, 11, 20, 10, tzinfo=UTC)
    service.events.view(user_id="u", item_id="a", event_id="mine", occurred_at=moment)
    service.events.view(user_id="u", item_id="b", occurred_at="2026-11-20T11:00:00+01:00")

    first, second = service.arrived()

    assert first.event_id == "mine"
    assert parse_time(first.occurred_at) == parse_time(second.occurred_at) == moment.timestamp()


def test_changing_a_value_after_the_call_changes_no_event(service: Storefront) -> None:
    items, attributes = ["a"], {"list": [1]}
    service.events.impression(user_id="u", items=items, attributes=attributes)
    items.append("b")
    attributes["list"].append(2)

    (event,) = service.arrived()

    assert (event.items, event.attributes) == (("a",), {"list": [1]})


def test_numbers_of_other_types_travel_as_json_numbers(service: Storefront) -> None:
    numpy = pytest.importorskip("numpy")
    service.events.purchase(
        user_id="u",
        item_id="a",
        value=Decimal("19.90"),
        quantity=numpy.float32(0.5),
        position=numpy.int64(3),
    )

    (event,) = service.arrived()

    assert (event.value, event.quantity, event.position) == (19.9, 0.5, 3)


BAD_CALLS = [
    {},
    {"user_id": "u"},
    {"item_id": "a"},
    {"user_id": "", "item_id": "a"},
    {"user_id": 7, "item_id": "a"},
    {"usr_id": "u", "item_id": "a"},
    {"user_id": "u", "item_id": object()},
    {"user_id": "u", "item_id": "\ud800"},
    {"user_id": "u", "item_id": "a", "occurred_at": datetime(2026, 1, 1)},  # noqa: DTZ001 the fault
    {"user_id": "u", "item_id": "a", "occurred_at": 5},
    {"user_id": "u", "item_id": "a", "value": Decimal("sNaN")},
    {"user_id": "u", "item_id": "a", "attributes": {"a": object()}},
    {"user_id": "u", "item_id": "a", "attributes": {("a",): 1}},
]


@pytest.mark.parametrize("fields", BAD_CALLS)
def test_a_bad_event_is_counted_said_once_without_its_content_and_raises_nothing(
    service: Storefront, fields: dict, caplog: pytest.LogCaptureFixture
) -> None:
    service.events.view(**{**fields, "placement": "s3cret"})
    service.events.view(user_id="u", item_id="good")

    assert [event.item_id for event in service.arrived()] == ["good"]
    assert service.events.stats() == (2, 1, 0, 0, 0, 1, 0, 0)
    assert len(caplog.records) == 1
    assert "s3cret" not in caplog.text


@settings(deadline=None)  # each example starts a thread, which may wait for a processor
@given(
    st.text() | st.none() | st.lists(st.integers()),
    st.dictionaries(
        st.sampled_from(["user_id", "item_id", "value", "position", "occurred_at", "attributes"])
        | st.text(min_size=1).filter(lambda name: name not in ("self", "kind")),
        st.none() | st.text() | st.floats() | st.datetimes() | st.binary() | st.builds(object),
    ),
)
def test_no_argument_makes_a_call_raise(kind: object, fields: dict) -> None:
    events = EventLogger("http://test", "shop", "key", transport=RecordingTransport())

    events.track(kind, **fields)

    assert events.stats().offered == 1
    events.close()


def test_a_value_that_raises_when_it_is_looked_at_is_counted(service: Storefront) -> None:
    class Trap:
        def __float__(self) -> float:
            raise RuntimeError("s3cret")

    service.events.purchase(user_id="u", item_id="a", value=Trap())

    assert service.events.stats().rejected == 1


def test_the_public_calls_take_keywords_and_nothing_else() -> None:
    for name in ("view", "impression", "click", "cart", "favorite", "purchase", "rating"):
        (_self, fields) = inspect.signature(getattr(EventLogger, name)).parameters.values()
        assert fields.kind is inspect.Parameter.VAR_KEYWORD
