"""The way to Redis: every wait bounded, shut while Redis is lost or too slow, and open again."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest
import structlog
from redis.exceptions import OutOfMemoryError, RedisClusterException, ResponseError

from recommender_api.history.on_redis import link as links
from recommender_api.history.on_redis.link import Link, OutOfReach
from recommender_api.telemetry.metrics import Metrics
from recommender_store.event_log.log import EventLog
from recommender_store.objects.folder import FolderObjects
from recommender_store.objects.scope import Scope
from tests.recommender_api.histories import Loop, linked, on_redis, running_loop
from tests.recommender_api.redis_server import running_redis

READ_S = 0.05


class Script:
    """A server that does as it is told: how long reads and writes take, and what goes wrong."""

    def __init__(self) -> None:
        self.read_s = 0.0
        self.append_s = 0.0
        self.error: Exception | None = None
        self.asked: list[str] = []
        self.written: dict[str, bytes] = {}

    async def read(self, keys: Sequence[str]) -> list[bytes | None]:
        await self._do("read", self.read_s)
        return [self.written.get(key) for key in keys]

    async def append(self, lines: Mapping[str, bytes], ttl_s: int) -> None:
        assert ttl_s
        await self._do("append", self.append_s)
        self.written.update(lines)

    async def call(self, *command: str | bytes | float) -> Any:
        await self._do(str(command[0]), 0)

    async def ping(self) -> None:
        if self.error is not None and not isinstance(self.error, ResponseError):
            raise self.error

    async def delete(self, beginning: str) -> None:
        await self._do(f"delete {beginning}", 0)

    async def close(self) -> None:
        """Nothing to close."""

    async def _do(self, what: str, takes_s: float) -> None:
        self.asked.append(what)
        await asyncio.sleep(takes_s)
        if self.error is not None:
            raise self.error


@pytest.fixture
def server() -> Script:
    return Script()


def link_to(server: Script) -> Link:
    return Link(server, Metrics(), read_budget_s=READ_S, ttl_s=10)


async def outcome(doing: Any) -> str:
    try:
        await doing
    except OutOfReach:
        return "out of reach"
    return "done"


async def until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110 - what is waited for has no event
        await asyncio.sleep(0.01)


async def opened(link: Link) -> None:
    await until(lambda: link.is_open)


async def lost(link: Link, server: Script) -> None:
    server.error = ConnectionError("gone")
    assert await outcome(link.read(["a"])) == "out of reach"
    assert not link.is_open


def run(doing: Any) -> None:
    asyncio.run(asyncio.wait_for(doing, 30))


def test_a_thousand_who_write_at_once_to_a_hung_redis_are_all_answered_by_one_budget(server):
    async def story() -> None:
        server.append_s = 3600
        link = link_to(server)
        told = await asyncio.gather(
            *(outcome(link.append({f"key-{number}": b"1\n"})) for number in range(1_000))
        )

        assert set(told) == {"out of reach"}
        # One trip took the budget; whoever queued behind it did not wait for a trip of his own.
        assert len(server.asked) <= 2
        assert link.is_open
        await link.close()

    run(story())


def test_who_waits_for_a_place_when_redis_is_lost_is_told_at_once_and_not_carried_along(server):
    async def story() -> None:
        server.append_s = 3600
        link = link_to(server)
        carried = asyncio.create_task(outcome(link.append({"first": b"1\n"})))
        await asyncio.sleep(0.01)
        waiting = asyncio.create_task(outcome(link.append({"second": b"1\n"})))
        await asyncio.sleep(0)
        await lost(link, server)
        await asyncio.sleep(0)

        assert waiting.done()
        assert not carried.done()
        assert await carried == await waiting == "out of reach"
        assert server.asked.count("append") == 1
        await link.close()

    run(story())


@pytest.mark.parametrize("ask", ["read", "append", "call", "delete"])
def test_a_redis_that_is_lost_is_not_asked(server, ask):
    async def story() -> None:
        link = link_to(server)
        await lost(link, server)
        server.asked.clear()
        wish: Any = {"read": ["a"], "append": {"a": b"1\n"}}.get(ask, "a")

        assert await outcome(getattr(link, ask)(wish)) == "out of reach"
        assert not server.asked
        await link.close()

    run(story())


def test_pings_alone_do_not_bring_back_a_redis_whose_reads_come_too_late(server, monkeypatch):
    monkeypatch.setattr(links, "LOOK_EVERY_S", 0.01)

    async def story() -> None:
        server.read_s = 3600
        link = link_to(server)
        for _ in range(links.LATE_LIMIT):
            await outcome(link.read(["a"]))
        await until(lambda: not link.is_open)
        looks = len(server.asked) + 3
        while len(server.asked) < looks:
            await asyncio.sleep(0.01)
            assert not link.is_open
        server.read_s = 0

        await opened(link)
        assert await outcome(link.read(["a"])) == "done"
        await link.close()

    run(story())


def test_a_redis_that_comes_and_goes_is_looked_for_less_and_less_often(server, monkeypatch):
    monkeypatch.setattr(links, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(links, "PAUSE_LIMIT_S", 0.05)

    async def story() -> None:
        link = link_to(server)
        pauses = []
        for _ in range(5):
            await lost(link, server)
            pauses.append(link._pause_s)
            server.error = None
            await opened(link)
        assert pauses == [0.01, 0.02, 0.04, 0.05, 0.05]

        monkeypatch.setattr(links, "STEADY_S", 0.0)
        await lost(link, server)
        assert link._pause_s == 0.01
        await link.close()

    run(story())


@pytest.mark.parametrize("error", [RedisClusterException("x"), LookupError("a bug")], ids=type)
def test_whatever_the_look_meets_it_goes_on_looking(server, monkeypatch, error):
    monkeypatch.setattr(links, "LOOK_EVERY_S", 0.01)

    async def story() -> None:
        link = link_to(server)
        server.error = error
        await link.open()
        assert not link.is_open
        await asyncio.sleep(0.05)
        assert not link.is_open
        server.error = None

        await opened(link)
        await link.close()

    run(story())


@pytest.mark.parametrize(
    ("error", "named"),
    [
        (ResponseError("MISCONF secret"), "ResponseError MISCONF"),
        (OutOfMemoryError("secret"), "OutOfMemoryError"),
        (ResponseError("Command # 1 (APPEND secret) of pipeline"), "ResponseError"),
        (ConnectionError("secret"), "ConnectionError"),
        (RedisClusterException("secret"), "RedisClusterException"),
    ],
    ids=str,
)
def test_a_log_names_an_error_and_never_quotes_it(server, error, named):
    async def story() -> None:
        link = link_to(server)
        server.error = error
        await outcome(link.append({"a": b"secret\n"}))
        await link.close()

    with structlog.testing.capture_logs() as logged:
        run(story())

    assert [entry["detail"] for entry in logged] == [named]


@pytest.fixture(scope="module")
def loop() -> Iterator[Loop]:
    with running_loop() as loop:
        yield loop


def test_a_cluster_that_is_lost_and_comes_back_is_used_again(loop):
    async def used(link: Link) -> str:
        await asyncio.wait_for(opened(link), 20)
        return await outcome(link.append({"a": b"1\n"}))

    with running_redis(is_cluster=True) as redis, linked(loop, redis.url) as link:
        redis.kill()
        assert loop.run(outcome(link.append({"a": b"1\n"}))) == "out of reach"
        assert not link.is_open
        redis.start()

        assert loop.run(used(link)) == "done"


def test_a_redis_that_hangs_amid_a_deletion_does_not_hold_it_up_for_ever(loop, monkeypatch):
    monkeypatch.setattr("recommender_api.history.on_redis.server.DELETE_STEP_S", 0.05)
    with running_redis() as redis, linked(loop, redis.url) as link:
        loop.run(link.append({"recommender:1:shop:u:ann": b"1\n"}))
        redis.stop()
        hung = loop.run(outcome(link.delete("recommender:1:shop:")))
        redis.go_on()

        assert hung == "out of reach"
        assert loop.run(outcome(link.delete("recommender:1:shop:"))) == "done"
        assert loop.run(link.read(["recommender:1:shop:u:ann"])) == {
            "recommender:1:shop:u:ann": None
        }


def test_of_many_tenants_two_at_once_catch_up(loop, tmp_path):
    at_once = [0]
    busy = 0

    def entered(*_: object) -> bool:
        nonlocal busy
        busy += 1
        at_once.append(busy)
        gate.wait()
        busy -= 1
        return True

    gate = threading.Barrier(links.CATCH_UPS_AT_ONCE)
    with running_redis() as redis, linked(loop, redis.url) as link:
        tenants = [on_redis(loop, link, f"shop-{number}") for number in range(6)]
        for number, tenant in enumerate(tenants):
            tenant.reload(EventLog(Scope(FolderObjects(tmp_path), f"tenants/{number}/events")))
            tenant._catching.catch_up = entered  # type: ignore[method-assign]

        async def all_back() -> None:
            link._tell_who_waits()
            await until(lambda: not any(tenant._is_behind for tenant in tenants))

        loop.run(all_back())

    assert max(at_once) == links.CATCH_UPS_AT_ONCE
