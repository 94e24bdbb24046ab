"""A tenant's process ends: by itself, by a signal, or at the worst moment."""

import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.loggers_sdk.child import PYTHON, environment, items, run
from tests.loggers_sdk.receiver import Receiver, Reply, always

LOG_AND_EXIT = """
import sys
from loggers_sdk import EventLogger
events = EventLogger.from_env()
for number in range(int(sys.argv[1])):
    events.view(user_id="u", item_id=f"item-{number}")
"""
JUST_START = """
from loggers_sdk import EventLogger
events = EventLogger.from_env()
"""
LOG_UNTIL_KILLED = """
import sys, time
from loggers_sdk import EventLogger
events = EventLogger.from_env(durability="spool_always")
for number in range(int(sys.argv[1])):
    events.view(user_id="u", item_id=f"item-{number}")
    print(number, flush=True)
time.sleep(60)
"""


def test_a_process_that_exits_without_flush_delivers_all_its_events() -> None:
    with Receiver(lambda _number: Reply(delay_s=0.05)) as receiver:
        run(LOG_AND_EXIT, "1005", env=environment(receiver.url))

        assert sorted(receiver.accepted_items()) == sorted(items(1005))


def test_what_no_server_took_in_a_process_s_life_is_delivered_once_by_the_next(
    tmp_path: Path,
) -> None:
    script = LOG_AND_EXIT.replace("from_env()", "from_env(exit_timeout_s=0.5)")
    with Receiver(always(503)) as receiver:
        run(script, "1005", env=environment(receiver.url, tmp_path))
        assert receiver.accepted == []
        receiver.plan = always(202)

        run(JUST_START, env=environment(receiver.url, tmp_path))

        assert sorted(receiver.accepted_items()) == sorted(items(1005))
        assert list(tmp_path.rglob("*.spool")) == []


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_offered_before_a_kill_is_missing_with_spool_always(
    tmp_path: Path, signal_number: int
) -> None:
    with Receiver(lambda _number: Reply(503, delay_s=0.2)) as receiver:
        child = subprocess.Popen(
            [PYTHON, "-c", LOG_UNTIL_KILLED, "5000"],
            env=environment(receiver.url, tmp_path),
            stdout=subprocess.PIPE,
            text=True,
        )
        while len(receiver.requests) == 0:
            time.sleep(0.01)
        child.send_signal(signal_number)
        printed, _ = child.communicate(timeout=60)
        assert child.returncode == -signal_number
        offered = len(printed.splitlines())
        receiver.plan = always(202)

        run(JUST_START, env=environment(receiver.url, tmp_path))

        arrived = receiver.accepted_items()
        assert arrived[:offered] == items(offered)
        assert len(arrived) == len(set(arrived)) <= offered + 1


def test_a_server_that_hangs_does_not_hold_up_the_exit_and_loses_nothing(tmp_path: Path) -> None:
    script = LOG_AND_EXIT.replace("from_env()", "from_env(exit_timeout_s=0.3)")
    with Receiver(lambda _number: Reply(delay_s=3.0)) as receiver:
        run(script, "10", env=environment(receiver.url, tmp_path))
        assert receiver.requests == []
        receiver.plan = always(202)

        run(JUST_START, env=environment(receiver.url, tmp_path))

        assert set(receiver.accepted_items()) == set(items(10))


def test_an_exception_that_ends_the_process_loses_no_event() -> None:
    script = (
        LOG_AND_EXIT + "sys.stderr = open('/dev/null', 'w')\nraise SystemExit(0) from ValueError()"
    )
    with Receiver() as receiver:
        run(script, "10", env=environment(receiver.url))

        assert receiver.accepted_items() == items(10)


def test_events_logged_while_the_interpreter_ends_are_delivered() -> None:
    script = """
import atexit
from loggers_sdk import EventLogger
events = EventLogger.from_env()
atexit.register(lambda: events.view(user_id="u", item_id="item-0"))
"""
    with Receiver() as receiver:
        run(script, env=environment(receiver.url))

        assert receiver.accepted_items() == items(1)
