"""
Whose work is done next, where several wait for the one thread: a tenant's after another's.

A request that comes while hundreds of another tenant's are waiting is next but one, not last. What
comes from the network is looked for between two rounds, and a round is kept short.
"""

import asyncio
import time
from collections import OrderedDict, deque

ROUND_S = 0.002
"""Work of one round: so long, at the least one request, nobody new is seen."""
ROUND_MOST = 64

_Waiting = deque["asyncio.Future[None]"]


class Turns:
    """Those of one thread; an owner is a tenant's id, or '' for the platform."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, _Waiting] = OrderedDict()
        """Whose turn it is comes first."""
        self._is_dealing = False
        self._dealt, self._dealt_at_s, self._count = 0, 0.0, 1

    async def mine(self, owner: str) -> None:
        """Return when it is this owner's turn."""
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[None] = loop.create_future()
        known = self._waiting.get(owner)
        if known is None:
            self._waiting[owner] = deque((turn,))
        else:
            known.append(turn)
        if not self._is_dealing:
            self._is_dealing = True
            self._dealt = 0
            loop.call_soon(self._deal, loop)
        await turn

    def _deal(self, loop: asyncio.AbstractEventLoop) -> None:
        """Give as many their turn as a round has time for, and come back behind their work."""
        now_s = time.perf_counter()
        if self._dealt:
            took_s = (now_s - self._dealt_at_s) / self._dealt
            self._count = max(1, min(ROUND_MOST, int(ROUND_S / max(took_s, 1e-6))))
        self._dealt, self._dealt_at_s = 0, now_s
        while self._waiting and self._dealt < self._count:
            owner, turns = self._waiting.popitem(last=False)
            turn = turns.popleft()
            if turns:
                self._waiting[owner] = turns
            if not turn.done():  # who has waited too long has gone
                turn.set_result(None)
                self._dealt += 1
        if self._dealt:
            loop.call_soon(self._deal, loop)
        else:
            self._is_dealing = False
