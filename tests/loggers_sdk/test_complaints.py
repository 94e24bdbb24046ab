import logging
import sys

import pytest

from loggers_sdk import EventRejected, EventsDropped
from loggers_sdk.complaints import SILENCE_S, Complaints


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_the_same_thing_is_said_once_in_twenty_seconds(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    complaints = Complaints(clock=clock)
    for _ in range(5):
        complaints.tell(EventRejected("id_empty", "fill it"))
    complaints.tell(EventRejected("id_too_long", "shorten it"))
    clock.now_s = SILENCE_S

    complaints.tell(EventRejected("id_empty", "fill it"))

    messages = [record.getMessage() for record in caplog.records]
    assert [message.split(": ")[2] for message in messages] == [
        "id_empty",
        "id_too_long",
        "id_empty",
    ]
    assert [message[-2] for message in messages] == ["0", "4", "0"]


def test_the_hook_gets_every_error_when_it_is_relayed() -> None:
    heard: list[object] = []
    complaints = Complaints(heard.append)
    errors = [EventsDropped("full", number) for number in range(3)]

    for error in errors:
        complaints.tell(error)
    heard_before = list(heard)
    complaints.relay()

    assert (heard_before, heard) == ([], errors)


def test_a_hook_that_raises_or_exits_breaks_nothing(caplog: pytest.LogCaptureFixture) -> None:
    complaints = Complaints(lambda _error: sys.exit("s3cret"))
    complaints.tell(EventsDropped("full", 1))
    complaints.tell(EventsDropped("full", 2))

    complaints.relay()

    assert "SystemExit" in caplog.text
    assert "s3cret" not in caplog.text


def test_a_child_tells_nothing_of_its_parent() -> None:
    heard: list[object] = []
    complaints = Complaints(heard.append)
    complaints.tell(EventsDropped("full", 1))

    complaints.forget()
    complaints.relay()

    assert heard == []


def test_subjects_without_end_take_no_memory_without_end() -> None:
    complaints = Complaints()
    for number in range(1000):
        complaints.tell(EventRejected(f"code_{number}", ""))

    assert len(complaints._said_at) <= 256


def test_the_sdk_configures_no_logging() -> None:
    handlers = logging.getLogger("loggers_sdk").handlers

    assert [type(handler) for handler in handlers] == [logging.NullHandler]
    assert logging.getLogger("loggers_sdk").level == logging.NOTSET
