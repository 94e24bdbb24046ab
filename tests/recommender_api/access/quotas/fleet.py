"""
A fleet of workers without a network or a clock of its own: the real buckets, shares and notes, and
a board that a test may take away.
"""

import asyncio
import random
from collections.abc import Callable, Mapping
from typing import Any

from recommender_api.access.quotas.allowances import Allowances
from recommender_api.errors import QuotaExceeded
from recommender_store.tenants.identity import parse_tenant_id
from recommender_store.tenants.quotas import Quotas

SHOP = parse_tenant_id("shop")
STEPS_PER_S = 20


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Wall:
    """A board in memory."""

    def __init__(self) -> None:
        self.notes: dict[str, bytes] = {}
        self.is_there = True

    async def exchange(self, worker: str, note: bytes) -> Mapping[str, bytes] | None:
        if not self.is_there:
            return None
        self.notes[worker] = note
        return dict(self.notes)

    async def take_down(self, worker: str) -> None:
        self.notes.pop(worker, None)


class Uncounted:
    """Nobody has used anything yet."""

    def bytes_today(self, _tenant: object) -> Callable[[], int]:
        return lambda: 0

    def bytes_of_others(self, _space: object, _day: str) -> dict[str, int]:
        return {}


class Fleet:
    """So many workers; each shares at a moment of its own within the second."""

    def __init__(self, workers: int, quotas: Quotas, seed: int = 7) -> None:
        random.seed(seed)  # buckets draw from it
        self.clock, self.wall, self.rng = Clock(), Wall(), random.Random(seed)
        self._phase = [self.rng.randrange(STEPS_PER_S) for _ in range(workers)]
        self.workers: list[Any] = []
        for number in range(workers):
            one = Allowances(f"w{number}", lambda _: None, Uncounted(), self.wall, 1)  # type: ignore[arg-type,return-value]
            asyncio.run(one.share(0.0))
            self.workers.append(one)
        asyncio.run(self._share_all())
        for one in self.workers:
            allowance = one.of(SHOP)
            allowance._clock = self.clock
            allowance._looked_at_s = 0.0
            allowance.change(quotas)
        self.passed: list[float] = []
        """When each request was let in."""
        self.asked: list[float] = []
        """When each was asked."""

    async def _share_all(self) -> None:
        for one in self.workers:
            await one.share(self.clock.now_s)

    def run(self, seconds: int, rate: float, weights: list[float]) -> None:
        """So many requests a second for so long, each to a worker by these weights."""
        for step in range(seconds * STEPS_PER_S):
            self.clock.now_s += 1 / STEPS_PER_S
            due = rate / STEPS_PER_S
            count = int(due) + (self.rng.random() < due % 1)
            for one in self.rng.choices(self.workers, weights, k=count):
                self._ask(one)
            for number, one in enumerate(self.workers):
                if step % STEPS_PER_S == self._phase[number]:
                    asyncio.run(one.share(self.clock.now_s))

    def _ask(self, worker: Allowances) -> None:
        self.asked.append(self.clock.now_s)
        try:
            worker.of(SHOP).ask()
        except QuotaExceeded:
            return
        self.passed.append(self.clock.now_s)

    def share_let_in(self, start_s: float, quota: float) -> float:
        """Of the requests of a minute, as many as the quota has room for, how many were let in."""
        asked = sum(start_s < at <= start_s + 60 for at in self.asked)
        return self.let_in(start_s) / min(60 * quota, asked)

    def let_in(self, start_s: float, for_s: float = 60.0) -> int:
        return sum(start_s < at <= start_s + for_s for at in self.passed)
