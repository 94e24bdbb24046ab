"""
One trip for all who ask at about the same time: those of one tick of the loop, and those who come
while earlier trips are under way. Nobody waits for a timer.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Wish = TypeVar("Wish")
Gain = TypeVar("Gain")


class SharedTrips(Generic[Wish, Gain]):
    """`travel` fulfils many wishes at once; what it gains, or raises, goes to all of them."""

    def __init__(
        self, travel: Callable[[list[Wish]], Awaitable[Gain]], at_once: int, wishes_limit: int
    ) -> None:
        self._travel = travel
        self._at_once = at_once
        self._wishes_limit = wishes_limit
        self._waiting: list[tuple[Wish, asyncio.Future[Gain]]] = []
        self._under_way: set[asyncio.Task[None] | None] = set()
        self._is_called = False

    async def join(self, wish: Wish) -> Gain:
        """The gain of the trip that takes this wish along."""
        loop = asyncio.get_running_loop()
        gained: asyncio.Future[Gain] = loop.create_future()
        self._waiting.append((wish, gained))
        if not self._is_called and len(self._under_way) < self._at_once:
            self._is_called = True
            loop.call_soon(self._set_out)
        return await gained

    def _set_out(self) -> None:
        self._is_called = False
        some = self._waiting[: self._wishes_limit]
        del self._waiting[: self._wishes_limit]
        if some:
            task = asyncio.get_running_loop().create_task(self._go(some))
            self._under_way.add(task)

    async def _go(self, some: list[tuple[Wish, asyncio.Future[Gain]]]) -> None:
        open_wishes = [gained for _, gained in some]
        try:
            gain = await self._travel([wish for wish, _ in some])
        except Exception as error:  # noqa: BLE001 - whatever it is, each of them is told
            for gained in filter(_is_open, open_wishes):
                gained.set_exception(error)
        else:
            for gained in filter(_is_open, open_wishes):
                gained.set_result(gain)
        finally:
            for gained in open_wishes:
                gained.cancel()  # does something only where this trip was cancelled itself
            self._under_way -= {asyncio.current_task()}
            self._set_out()


def _is_open(gained: "asyncio.Future[Gain]") -> bool:
    """Whoever asked may have left."""
    return not gained.done()
