"""
A board in Redis where the workers of one platform leave a note each, for all to read.

Two commands an exchange, of one key; a note is a few bytes for each tenant that is busy just now.
Nothing on it outlives its use: where Redis forgets it, the next exchange writes it anew.
"""

from collections.abc import Mapping

from .link import Link, OutOfReach

KEY = "recommender:1:"
"""No tenant's id is empty: beside every tenant's keys, and below none."""


class RedisBoard:
    """To be used on the link's event loop."""

    def __init__(self, link: Link, name: str) -> None:
        self._link = link
        self._key = f"{KEY}:{name}"

    async def exchange(self, worker: str, note: bytes) -> Mapping[str, bytes] | None:
        """Put up a worker's note, and read all; None: out of reach."""
        try:
            await self._link.call("HSET", self._key, worker, note)
            found = await self._link.call("HGETALL", self._key)
        except OutOfReach:
            return None
        return {name.decode("utf-8", "replace"): told for name, told in found.items()}

    async def take_down(self, worker: str) -> None:
        """Of whoever is gone; one that stays is passed over by the others."""
        try:
            await self._link.call("HDEL", self._key, worker)
        except OutOfReach:
            return
