"""Histories to try: an event loop in a thread to run them on, and new ones of each kind."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine, Iterator
from itertools import count
from typing import Any

from recommender_api.history.on_redis.history import RedisHistory
from recommender_api.history.on_redis.link import Link
from recommender_api.history.on_redis.server import server_at
from recommender_api.history.protocol import History
from recommender_api.telemetry.metrics import Metrics
from recommender_store.tenants.identity import parse_tenant_id

Make = Callable[[], History]
TIMEOUT_S = 30
_numbers = count()


class Loop:
    """A loop that runs in a thread, as histories expect of a server's."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    def run(self, doing: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(doing, self._loop).result(TIMEOUT_S)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(_cancel_all())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()


async def _cancel_all() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


@contextlib.contextmanager
def running_loop() -> Iterator[Loop]:
    with contextlib.closing(Loop()) as loop:
        yield loop


@contextlib.contextmanager
def linked(loop: Loop, url: str, metrics: Metrics | None = None, **options: Any) -> Iterator[Link]:
    """A way to Redis; in tests a read may take its time unless it is told otherwise."""
    chosen = {"read_budget_s": 5.0, "ttl_s": 3600, **options}

    async def opened() -> Link:
        link = Link(server_at(url), metrics or Metrics(), **chosen)
        await link.open()
        return link

    link = loop.run(opened())
    try:
        yield link
    finally:
        loop.run(link.close())


def on_redis(loop: Loop, link: Link, tenant: str, metrics: Metrics | None = None) -> RedisHistory:
    async def made() -> RedisHistory:
        return RedisHistory(parse_tenant_id(tenant), link, metrics or Metrics())

    history: RedisHistory = loop.run(made())
    return history


def new_on_redis(loop: Loop, link: Link) -> RedisHistory:
    """Of a tenant that Redis has never heard of."""
    return on_redis(loop, link, f"tenant-{next(_numbers)}")
