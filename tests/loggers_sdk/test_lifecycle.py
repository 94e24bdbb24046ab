import gc
import weakref

from loggers_sdk import EventLogger, lifecycle
from loggers_sdk.testing import RecordingTransport
from tests.loggers_sdk.child import environment, run


def test_what_is_kept_is_not_kept_alive() -> None:
    events = EventLogger("http://test", "shop", "key", transport=RecordingTransport())
    courier = weakref.ref(events._courier)
    assert courier() in lifecycle._alive

    del events
    gc.collect()

    assert courier() is None


def test_a_forked_child_begins_with_empty_books_and_no_thread() -> None:
    script = """
import os, warnings
from loggers_sdk import EventLogger
from loggers_sdk.testing import RecordingTransport
transport = RecordingTransport()
events = EventLogger("http://test", "shop", "key", transport=transport, linger_s=60)
events.view(user_id="u", item_id="parent")
events.view(user_id="u")
warnings.simplefilter("ignore", DeprecationWarning)  # that a process with threads forks
child = os.fork()
if child == 0:
    assert events.stats() == (0,) * 8
    events.view(user_id="u", item_id="child")
    assert events.flush(10) == (1, 0, 0, 0)
    assert [event.item_id for event in transport.events] == ["child"]
    os._exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
assert events.stats().offered == 2
assert events.close() == (1, 0, 0, 0)
"""
    run(script, env=environment())


def test_loggers_that_cannot_deliver_share_the_time_an_exit_may_take() -> None:
    script = """
from loggers_sdk import Answer, EventLogger
from loggers_sdk.testing import RecordingTransport
loggers = [
    EventLogger("http://test", "shop", "key", exit_timeout_s=0.6,
                transport=RecordingTransport([Answer(503)] * 1000))
    for _ in range(120)
]
for events in loggers:
    events.view(user_id="u", item_id="a")
"""
    run(script, env=environment())
