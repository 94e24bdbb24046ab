"""Events become durable together, and nobody is told so before they are."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from recommender_api.ingest.group_commit import GroupCommit
from recommender_store.errors import StoreFull
from recommender_store.event_log.log import EventLog
from recommender_store.objects.folder import FolderObjects
from recommender_store.objects.scope import Scope

THREADS = ThreadPoolExecutor(2)


class Gate(FolderObjects):
    """A folder whose writes wait until the gate is open; `fails` makes them find it full."""

    def __init__(self, root):
        super().__init__(root)
        self.is_open = threading.Event()
        self.fails = False

    def put(self, key, data):
        self.is_open.wait(60)
        if self.fails:
            raise StoreFull(key=key, reason="no space left on device")
        super().put(key, data)


@pytest.fixture
def gate(tmp_path):
    return Gate(tmp_path)


@pytest.fixture
def log(gate):
    return EventLog(Scope(gate, "tenants/shop/events"))


def lines_in(log):
    return log.lines_after({})[0]


def segments_of(log):
    return len(log.state().pending)


def test_what_arrives_during_a_write_shares_the_next_one(gate, log):
    async def send() -> None:
        commit = GroupCommit(log, THREADS)
        requests = [asyncio.create_task(commit.append([b"%d" % n])) for n in range(50)]
        await asyncio.sleep(0.05)
        assert not any(request.done() for request in requests)
        gate.is_open.set()
        await asyncio.gather(*requests)

    asyncio.run(send())

    assert sorted(lines_in(log)) == sorted(b"%d" % n for n in range(50))
    assert segments_of(log) <= 2


def test_a_request_is_answered_once_its_segment_is_in_the_store(gate, log):
    gate.is_open.set()

    async def send() -> None:
        commit = GroupCommit(log, THREADS)
        for n in range(3):
            await commit.append([b"%d" % n])
            assert len(lines_in(log)) == n + 1

    asyncio.run(send())


def test_when_a_write_fails_everyone_in_it_is_told_and_the_next_is_tried(gate, log):
    gate.fails = True
    gate.is_open.set()

    async def send() -> None:
        commit = GroupCommit(log, THREADS)
        requests = [commit.append([b"%d" % n]) for n in range(5)]
        told = await asyncio.gather(*requests, return_exceptions=True)
        assert [type(one) for one in told] == [StoreFull] * 5
        gate.fails = False
        await commit.append([b"later"])

    asyncio.run(send())

    assert lines_in(log) == [b"later"]


def test_a_backlog_is_written_in_segments_of_a_bounded_size(gate, log):
    async def send() -> None:
        commit = GroupCommit(log, THREADS, limit_bytes=10)
        requests = [asyncio.create_task(commit.append([b"x" * 8])) for _ in range(5)]
        await asyncio.sleep(0.02)  # the first group is being written, the rest waits
        gate.is_open.set()
        await asyncio.gather(*requests)

    asyncio.run(send())

    assert len(lines_in(log)) == 5
    assert segments_of(log) == 3


def test_lines_that_come_as_one_text_are_lines_of_the_log(gate, log):
    gate.is_open.set()

    async def send() -> None:
        commit = GroupCommit(log, THREADS)
        await asyncio.gather(commit.append([b"1\n2"]), commit.append([b"3"]))

    asyncio.run(send())

    assert lines_in(log) == [b"1", b"2", b"3"]


def test_a_request_that_went_away_takes_nobody_with_it(gate, log):
    async def send() -> None:
        commit = GroupCommit(log, THREADS)
        gone = asyncio.create_task(commit.append([b"gone"]))
        stays = asyncio.create_task(commit.append([b"stays"]))
        await asyncio.sleep(0.02)
        gone.cancel()
        gate.is_open.set()
        await stays

    asyncio.run(send())

    assert b"stays" in lines_in(log)


def test_draining_waits_for_what_is_under_way(gate, log):
    async def send() -> None:
        commit = GroupCommit(log, THREADS)
        request = asyncio.create_task(commit.append([b"last"]))
        await asyncio.sleep(0.02)
        gate.is_open.set()
        await commit.drain()
        assert lines_in(log) == [b"last"]
        await request

    asyncio.run(send())


def test_on_a_bucket_a_group_waits_for_company(gate, log):
    gate.is_open.set()

    async def send() -> None:
        commit = GroupCommit(log, THREADS, wait_s=0.5)
        first = asyncio.create_task(commit.append([b"1"]))
        await asyncio.sleep(0.01)
        await asyncio.gather(first, commit.append([b"2"]))

    asyncio.run(send())

    assert segments_of(log) == 1


def test_a_write_does_not_wait_for_what_else_blocks(log, gate):
    gate.is_open.set()
    go_on = threading.Event()

    async def write():
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(1))
        blocked = loop.run_in_executor(None, go_on.wait, 30)
        await asyncio.wait_for(GroupCommit(log, THREADS).append([b"{}"]), 20)
        assert not blocked.done()
        go_on.set()
        await blocked

    asyncio.run(write())

    assert len(log.lines_after({})[0]) == 1
