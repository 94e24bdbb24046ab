"""
One Redis server, or a cluster of them, as history uses it: reads and appends of many keys.

Errors are redis-py's own; each call is bounded in time by its caller, save `delete`, which is
bounded step by step. Nothing is tried twice here: whoever asks decides what a lost server means.
"""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import urlsplit

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisClusterException, RedisError

from .scripts import APPEND, TRIM, TRIM_EVERY_BYTES

LOST = (RedisError, RedisClusterException, OSError)
"""What tells that the server did not do it; a cluster's own error is no `RedisError`."""
CONNECT_S = 1.0
DELETE_STEP_S = 1.0
"""For a page of keys, or to delete one."""
KEYS_AT_ONCE = 500
"""Of one script: others wait some milliseconds for it at the most."""

_CLUSTER = "+cluster"


class Server(Protocol):
    """What both kinds can do."""

    async def read(self, keys: Sequence[str]) -> list[bytes | None]:
        """The strings, in the order of the keys; None for those that are not there."""
        ...

    async def append(self, lines: Mapping[str, bytes], ttl_s: int) -> None:
        """Append to each key, bounded as `scripts` says, kept for `ttl_s` from now on."""
        ...

    async def call(self, *command: str | bytes | float) -> Any:
        """One command of one key."""
        ...

    async def ping(self) -> None: ...

    async def delete(self, beginning: str) -> None:
        """
        Every key that begins so; takes as long as there are keys to look through.

        Raises:
            TimeoutError: where one step of it takes too long.
        """
        ...

    async def close(self) -> None: ...


def server_at(url: str) -> Server:
    """
    The server, not connected yet: `redis://`, `rediss://`, or a cluster by any of its nodes as
    `redis+cluster://`, `rediss+cluster://`.
    """
    scheme, rest = url.split("://", 1)
    if scheme.endswith(_CLUSTER):
        return ClusterServer(f"{scheme.removesuffix(_CLUSTER)}://{rest}")
    return SingleServer(url)


def shown(url: str) -> str:
    """The address without user and password."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _once() -> Retry:
    return Retry(NoBackoff(), 0)


class SingleServer:
    """One server; many keys go in one command."""

    def __init__(self, url: str) -> None:
        self._client: Redis = Redis.from_url(
            url, socket_connect_timeout=CONNECT_S, retry=_once(), protocol=2
        )
        self._append = self._client.register_script(APPEND)

    async def read(self, keys: Sequence[str]) -> list[bytes | None]:
        found: Any = await self._client.mget(keys)
        return list(found)

    async def append(self, lines: Mapping[str, bytes], ttl_s: int) -> None:
        keys = list(lines)
        for at in range(0, len(keys), KEYS_AT_ONCE):
            some = keys[at : at + KEYS_AT_ONCE]
            values = [lines[key] for key in some]
            await self._append(keys=some, args=[ttl_s, *values])

    async def call(self, *command: str | bytes | float) -> Any:
        return await self._client.execute_command(*command)  # type: ignore[no-untyped-call]

    async def ping(self) -> None:
        await self._client.ping()

    async def delete(self, beginning: str) -> None:
        await _delete(self._client, beginning)

    async def close(self) -> None:
        await self._client.aclose()


class ClusterServer:
    """Many servers; what lies on one goes there in one pipeline."""

    def __init__(self, url: str) -> None:
        self._client: RedisCluster = RedisCluster.from_url(
            url, socket_connect_timeout=CONNECT_S, retry=_once(), protocol=2
        )

    async def read(self, keys: Sequence[str]) -> list[bytes | None]:
        pipeline = self._client.pipeline()
        for key in keys:
            pipeline.get(key)
        found: list[bytes | None] = await pipeline.execute()
        return found

    async def append(self, lines: Mapping[str, bytes], ttl_s: int) -> None:
        pipeline = self._client.pipeline()
        for key, some in lines.items():
            pipeline.append(key, some)
            pipeline.expire(key, ttl_s)
        lengths = (await pipeline.execute())[::2]
        passed = [
            key
            for (key, some), length in zip(lines.items(), lengths, strict=True)
            if length // TRIM_EVERY_BYTES > (length - len(some)) // TRIM_EVERY_BYTES
        ]
        for key in passed:
            await self._client.eval(TRIM, 1, key)

    async def call(self, *command: str | bytes | float) -> Any:
        return await self._client.execute_command(*command)

    async def ping(self) -> None:
        await self._client.ping()

    async def delete(self, beginning: str) -> None:
        await _delete(self._client, beginning)

    async def close(self) -> None:
        await self._client.aclose()


async def _delete(client: Any, beginning: str) -> None:
    keys = client.scan_iter(match=f"{beginning}*", count=1000)
    while (key := await _in_time(anext(keys, None))) is not None:
        await _in_time(client.unlink(key))


async def _in_time(step: Awaitable[Any]) -> Any:
    async with asyncio.timeout(DELETE_STEP_S):
        return await step
