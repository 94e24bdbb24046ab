"""
One trip for all who ask at about the same time: those of one tick of the loop, and those who come
while earlier trips are under way. Nobody waits for a trip to fill, nor longer than the budget,
which runs from the wish on: the wait for a place in a trip counts.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

Wish = TypeVar("Wish")
Gain = TypeVar("Gain")


class SharedTrips(Generic[Wish, Gain]):
    """`travel` fulfils many wishes at once; what it gains, or raises, goes to all of them."""

    def __init__(
        self,
        travel: Callable[[list[Wish]], Awaitable[Gain]],
        at_once: int,
        wishes_limit: int,
        budget_s: float,
    ) -> None:
        self._travel = travel
        self._at_once = at_once
        self._wishes_limit = wishes_limit
        self._budget_s = budget_s
        self._waiting: deque[tuple[Wish, asyncio.Future[Gain]]] = deque()
        self._under_way: set[asyncio.Task[None] | None] = set()
        self._is_called = False

    async def join(self, wish: Wish) -> Gain:
        """
        The gain of the trip that takes this wish along.

        Raises:
            TimeoutError: when the budget is spent; the trip may go on.
        """
        loop = asyncio.get_running_loop()
        gained: asyncio.Future[Gain] = loop.create_future()
        self._waiting.append((wish, gained))
        if not self._is_called and len(self._under_way) < self._at_once:
            self._is_called = True
            loop.call_soon(self._set_out)
        timer = loop.call_later(self._budget_s, _refuse, gained, TimeoutError())
        try:
            return await gained
        finally:
            timer.cancel()

    def call_off(self, why: Exception) -> None:
        """Tell all who wait for a place; trips under way go on."""
        while self._waiting:
            _, gained = self._waiting.popleft()
            _refuse(gained, why)

    def _set_out(self) -> None:
        self._is_called = False
        some: list[tuple[Wish, asyncio.Future[Gain]]] = []
        while self._waiting and len(some) < self._wishes_limit:
            wish, gained = self._waiting.popleft()
            if _is_open(gained):
                some.append((wish, gained))
        if some:
            task = asyncio.get_running_loop().create_task(self._go(some))
            self._under_way.add(task)

    async def _go(self, some: list[tuple[Wish, asyncio.Future[Gain]]]) -> None:
        open_wishes = [gained for _, gained in some]
        try:
            gain = await self._travel([wish for wish, _ in some])
        except Exception as error:  # noqa: BLE001 - whatever it is, each of them is told
            for gained in open_wishes:
                _refuse(gained, error)
        else:
            for gained in filter(_is_open, open_wishes):
                gained.set_result(gain)
        finally:
            for gained in open_wishes:
                gained.cancel()  # does something only where this trip was cancelled itself
            self._under_way -= {asyncio.current_task()}
            self._set_out()


def _is_open(gained: "asyncio.Future[Any]") -> bool:
    """Whoever asked may have left."""
    return not gained.done()


def _refuse(gained: "asyncio.Future[Any]", why: Exception) -> None:
    if _is_open(gained):
        gained.set_exception(why)
