"""What is a process's own of the time that goes by, and what a busy machine took from it."""

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from recommender_api.rules.hooks.own_time import AllTime, LinuxTime, own_time_of
from tests.recommender_api.rules.hooks.running import HASTY, ask, children, running

TRIES = 50
BUSY = "print(flush=True)\nwhile True: pass"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's account is Linux's")


@contextlib.contextmanager
def process(source: str) -> Iterator[int]:
    with subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE) as running:
        if source == BUSY:
            running.stdout.readline()  # it is busy from here on
        try:
            yield running.pid
        finally:
            running.kill()


@contextlib.contextmanager
def without_a_processor(pid: int) -> Iterator[None]:
    """It runs only where nobody else wants to, and somebody else always does."""
    processor = {min(os.sched_getaffinity(0))}
    os.sched_setaffinity(pid, processor)
    os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))
    with process(BUSY) as first, process(BUSY) as second:
        for one in (first, second):
            os.sched_setaffinity(one, processor)
        yield


def test_what_a_process_sleeps_is_its_own_time():
    with process("import time; time.sleep(60)") as pid:
        own_time = own_time_of(pid)
        mark = own_time.mark()
        time.sleep(0.2)
        own_s = own_time.since(mark)
        own_time.close()

    assert own_s > 0.02


def test_what_a_process_waits_for_a_processor_is_not_its_own_time():
    with process(BUSY) as pid, without_a_processor(pid):
        own_time = LinuxTime(pid)
        mark, began = own_time.mark(), time.monotonic()
        time.sleep(0.3)
        own_s, all_s = own_time.since(mark), time.monotonic() - began
        own_time.close()

    assert own_s < all_s / 2


def test_where_there_is_no_account_all_time_is_the_process_own():
    with process("") as pid:
        pass

    assert isinstance(own_time_of(pid), AllTime)


def test_of_a_process_that_is_gone_all_time_was_its_own():
    with process(BUSY) as pid:
        own_time = LinuxTime(pid)
        mark = own_time.mark()

    assert own_time.since(mark) > 0
    own_time.close()


def test_a_hook_that_a_busy_machine_kept_waiting_is_late_and_keeps_its_process():
    async def kept_waiting():
        async with running() as shop:
            (pid,) = children()
            with without_a_processor(pid):
                late = await ask(shop, "works", HASTY, work_s=0.015)
                for _ in range(TRIES):  # it may have been given a moment all the same
                    if late.how != "applied":
                        break
                    late = await ask(shop, "works", HASTY, work_s=0.015)
            after = await ask(shop, "no-tools")
            return late, after, pid in children()

    late, after, is_the_same = asyncio.run(kept_waiting())

    assert late.how == "late"
    assert after.how == "applied"
    assert is_the_same
