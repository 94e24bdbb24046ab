"""
How many requests may be under way at once, in all and of one tenant, and for how long.

Each kind of request has places of its own, so that a slow store fills those of events and leaves
those of answers. A tenant may hold as many places as are still free: alone it gets half of them,
beside one other that wants as much a third, and whoever comes new always finds one (Choudhury and
Hahne, Dynamic Queue Length Thresholds, 1998). Who gets none is told so at once; nobody waits.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from recommender_api.errors import DeadlinePassed, Overloaded, TooManyRequests
from recommender_api.settings import ApiSettings

from .turns import Turns

BODIES_AT_ONCE = 4096
"""Being received; a sender that stalls holds some 20 kB and one of these, nothing else."""

T = TypeVar("T")


class Places:
    """Those of one kind, in one process; an owner is a tenant's id, or '' for the platform."""

    def __init__(self, limit: int, limit_s: float, turns: Turns | None = None) -> None:
        self._turns = turns or Turns()
        self._limit = limit
        self._limit_s = limit_s
        self._held: dict[str, int] = {}
        self._taken = 0

    async def admit(self, owner: str, work: Callable[[], Awaitable[T]]) -> T:
        """
        What the work comes to; it begins when it is the owner's turn, and not before everybody who
        came at the same time was counted.

        Raises:
            TooManyRequests, Overloaded: where there is no place.
            DeadlinePassed: where it took too long; it was cancelled.
        """
        self.take(owner)
        deadline = asyncio.timeout(self._limit_s)
        try:
            async with deadline:
                await self._turns.mine(owner)
                return await work()
        except TimeoutError as error:
            if not deadline.expired():
                raise
            raise DeadlinePassed(self._limit_s) from error
        finally:
            self.give_back(owner)

    async def see_through(self, owner: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """
        The same for work that nobody can cancel, such as that of threads: past its time it is left
        alone, and holds its place until it ends.

        Raises:
            TooManyRequests, Overloaded, DeadlinePassed: as `admit`.
        """
        self.take(owner)
        task = asyncio.ensure_future(work())
        task.add_done_callback(lambda ended: self._end(owner, ended))
        done, _ = await asyncio.wait([task], timeout=self._limit_s)
        if not done:
            raise DeadlinePassed(self._limit_s)
        await task

    def _end(self, owner: str, task: "asyncio.Future[None]") -> None:
        """What came of it is looked at, for maybe nobody else does any more."""
        self.give_back(owner)
        if not task.cancelled():
            task.exception()

    def take(self, owner: str) -> None:
        """
        One place, until `give_back`.

        Raises:
            TooManyRequests: where the tenant has more than its part of what there is.
            Overloaded: where there are none left for anybody.
        """
        held = self._held.get(owner, 0)
        if held >= self._limit - self._taken:
            if held * (len(self._held) + 1) >= self._limit:
                raise TooManyRequests(held)
            raise Overloaded("more requests are under way than this worker can hold", "worker_full")
        self._held[owner] = held + 1
        self._taken += 1

    def give_back(self, owner: str) -> None:
        self._taken -= 1
        left = self._held[owner] - 1
        if left:
            self._held[owner] = left
        else:
            del self._held[owner]


class Admission:
    """The places of one process, by kind of request."""

    def __init__(self, settings: ApiSettings) -> None:
        answer_s, turns = settings.answer_limit_ms / 1000, Turns()
        self.answers = Places(settings.answers_at_once, answer_s, turns)
        self.events = Places(settings.events_at_once, settings.request_limit_s, turns)
        self.others = Places(settings.others_at_once, settings.request_limit_s)
        self.bodies = Places(BODIES_AT_ONCE, settings.request_limit_s)
