"""A tenant's process forks: workers of a preloaded server, and children of multiprocessing."""

from pathlib import Path

import pytest

from tests.loggers_sdk.child import environment, items, run, run_file
from tests.loggers_sdk.receiver import Receiver, Reply

LOG_IN_CHILD = """
import os, warnings
from loggers_sdk import EventLogger
warnings.simplefilter("ignore", DeprecationWarning)
events = EventLogger.from_env({settings})
for number in range(100):
    events.view(user_id="u", item_id=f"parent-{{number}}")
child = os.fork()
if child == 0:
    for number in range(200):
        events.view(user_id="u", item_id=f"item-{{number}}")
    result = events.flush(timeout_s=60)
    stats = events.stats()
    os._exit(0 if result.is_complete and stats.offered == stats.delivered == 200 else 1)
assert os.waitpid(child, 0)[1] == 0
"""
MULTIPROCESSING = """
import multiprocessing, sys, warnings
from loggers_sdk import EventLogger
warnings.simplefilter("ignore", DeprecationWarning)
events = None

def work(name):
    global events
    events = events or EventLogger.from_env()
    for number in range(50):
        events.view(user_id="u", item_id=f"{name}-{number}")

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    if sys.argv[2] == "preloaded":
        work("parent")
    children = [context.Process(target=work, args=(f"child{number}",)) for number in range(2)]
    for child in children:
        child.start()
    for child in children:
        child.join()
        assert child.exitcode == 0
"""
POOLS = """
import multiprocessing, warnings
from concurrent.futures import ProcessPoolExecutor
from loggers_sdk import EventLogger
warnings.simplefilter("ignore", DeprecationWarning)
events = EventLogger.from_env()

def work(name):
    for number in range(50):
        events.view(user_id="u", item_id=f"{name}-{number}")

if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    with context.Pool(2) as pool:
        pool.map(work, ["pool0", "pool1"])
        pool.close()
        pool.join()
    with ProcessPoolExecutor(2, mp_context=context) as executor:
        list(executor.map(work, ["executor0", "executor1"]))
"""
PRELOADED_SERVER = """
import os, sys, warnings
from loggers_sdk import EventLogger
warnings.simplefilter("ignore", DeprecationWarning)
events = EventLogger.from_env()
events.view(user_id="u", item_id="parent-0")
workers = []
for worker in range(2):
    pid = os.fork()
    if pid == 0:
        for number in range(50):
            events.view(user_id="u", item_id=f"worker{worker}-{number}")
        sys.exit(0)
    workers.append(pid)
for pid in workers:
    assert os.waitpid(pid, 0)[1] == 0
"""
MANY_WORKERS = """
import os, warnings
from loggers_sdk import EventLogger
warnings.simplefilter("ignore", DeprecationWarning)
events = EventLogger.from_env(durability="spool_always")
events.view(user_id="u", item_id="parent-0")
children = []
for worker in range(4):
    child = os.fork()
    if child == 0:
        for number in range(100):
            events.view(user_id="u", item_id=f"worker{worker}-{number}")
        os._exit(0)  # no flush, no atexit: what was written is on disk
    children.append(child)
for child in children:
    os.waitpid(child, 0)
"""


@pytest.mark.parametrize("durability", ["memory", "spool_on_failure", "spool_always"])
def test_events_of_a_forked_child_arrive_and_its_flush_returns(
    tmp_path: Path, durability: str
) -> None:
    script = LOG_IN_CHILD.format(settings=f"durability={durability!r}")
    with Receiver(lambda _number: Reply(delay_s=0.05)) as receiver:
        run(script, env=environment(receiver.url, tmp_path))

        expected = items(200) + items(100, "parent")
        assert sorted(receiver.accepted_items()) == sorted(expected)


def test_a_child_forked_while_a_request_is_under_way_has_a_flush_that_returns() -> None:
    script = LOG_IN_CHILD.format(settings="").replace(
        "child = os.fork()",
        "events._courier.begin_close()\nimport time\ntime.sleep(0.2)\nchild = os.fork()",
    )
    with Receiver(lambda number: Reply(delay_s=0.5 if number == 0 else 0.0)) as receiver:
        run(script, env=environment(receiver.url))

        expected = items(200) + items(100, "parent")
        assert sorted(receiver.accepted_items()) == sorted(expected)


@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.parametrize("start", ["preloaded", "fresh"])
def test_children_of_multiprocessing_deliver_without_flush(
    tmp_path: Path, method: str, start: str
) -> None:
    program = tmp_path / "program.py"
    program.write_text(MULTIPROCESSING)
    with Receiver() as receiver:
        run_file(program, method, start, env=environment(receiver.url))

        expected = items(50, "child0") + items(50, "child1")
        expected += items(50, "parent") if start == "preloaded" else []
        assert sorted(receiver.accepted_items()) == sorted(expected)


def test_workers_of_pools_deliver_without_flush(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(POOLS)
    with Receiver() as receiver:
        run_file(program, env=environment(receiver.url))

        names = ["pool0", "pool1", "executor0", "executor1"]
        expected = [item for name in names for item in items(50, name)]
        assert sorted(receiver.accepted_items()) == sorted(expected)


def test_workers_of_a_preloaded_server_deliver_when_they_exit() -> None:
    with Receiver() as receiver:
        run(PRELOADED_SERVER, env=environment(receiver.url))

        expected = [*items(50, "worker0"), *items(50, "worker1"), "parent-0"]
        assert sorted(receiver.accepted_items()) == sorted(expected)


def test_many_forked_workers_share_one_spool_folder(tmp_path: Path) -> None:
    with Receiver() as receiver:
        run(MANY_WORKERS, env=environment(receiver.url, tmp_path))

        expected = [item for worker in range(4) for item in items(100, f"worker{worker}")]
        assert set(receiver.accepted_items()) == {*expected, "parent-0"}
        assert list(tmp_path.rglob("*.spool")) == []
