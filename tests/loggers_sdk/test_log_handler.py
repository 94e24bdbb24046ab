import logging
import uuid

import pytest

from loggers_sdk import EventLogger
from loggers_sdk.events import parse_time
from loggers_sdk.log_handler import EventLogHandler, RecordMapping
from loggers_sdk.testing import RecordingTransport

MAPPING = RecordMapping(
    kinds={"product viewed": "view", "order placed": "purchase"},
    fields={"user_id": "user", "item_id": "product.sku", "quantity": "n", "session_id": "sid"},
)


def new_log(handler: logging.Handler) -> logging.Logger:
    log = logging.getLogger(f"shop.{uuid.uuid4()}")
    log.setLevel(logging.INFO)
    log.addHandler(handler)
    return log


@pytest.fixture
def shop():
    transport = RecordingTransport()
    events = EventLogger("http://test", "shop", "key", transport=transport)
    log = new_log(EventLogHandler(events, MAPPING))
    log.arrived = lambda: events.flush() and transport.events
    log.stats = events.stats
    yield log
    events.close()


def test_a_record_of_a_known_kind_becomes_an_event_at_its_own_time(shop) -> None:
    shop.info("product viewed", extra={"user": "u1", "product": {"sku": "a"}, "n": 2})

    (event,) = shop.arrived()

    assert (event.kind, event.user_id, event.item_id, event.quantity) == ("view", "u1", "a", 2)
    assert parse_time(event.occurred_at) > 1_700_000_000


def test_ids_that_are_numbers_in_the_log_become_texts(shop) -> None:
    session = uuid.uuid4()
    shop.info("order placed", extra={"user": 7, "product": {"sku": 8}, "sid": session})

    (event,) = shop.arrived()

    assert (event.user_id, event.item_id, event.session_id) == ("7", "8", str(session))


def test_other_records_are_let_be(shop) -> None:
    shop.info("cache warmed")
    shop.info({"event": "product viewed"})

    assert shop.stats().offered == 0


def test_a_record_that_lacks_what_its_kind_needs_is_counted(shop) -> None:
    shop.info("product viewed", extra={"user": "u1"})

    assert shop.stats().rejected == 1


def test_structured_messages_are_looked_into() -> None:
    transport = RecordingTransport()
    mapping = RecordMapping(
        {"viewed": "view"}, {"user_id": "msg.u", "item_id": "msg.i"}, "msg.event"
    )
    with EventLogger("http://test", "shop", "key", transport=transport) as events:
        log = new_log(EventLogHandler(events, mapping))
        log.info({"event": "viewed", "u": "u1", "i": "a"})

    assert [event.item_id for event in transport.events] == ["a"]


def test_the_sdk_s_own_lines_are_never_events() -> None:
    transport = RecordingTransport()
    everything = RecordMapping({"loggers_sdk": "view"}, {"user_id": "name"}, "name")
    with EventLogger("http://test", "shop", "key", transport=transport) as events:
        handler = EventLogHandler(events, everything)
        logging.getLogger("loggers_sdk").addHandler(handler)
        try:
            events.view(user_id="u")
            assert events.stats().offered == 1
        finally:
            logging.getLogger("loggers_sdk").removeHandler(handler)
