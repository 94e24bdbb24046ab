"""
What one tenant may still ask of one worker. Asked on the hot path: a look-up, and arithmetic.

Unlimited until its quotas are known. Never waits, never asks anybody: what other workers do is
told to it once a second by `allowances`.
"""

import time
from collections.abc import Callable, Mapping

from recommender_api.errors import QuotaExceeded
from recommender_store.tenants.quotas import Quotas

from .bucket import Bucket
from .busy_users import BusyUsers
from .peers import Demand
from .pool import Pool
from .shares import share, smoothed

DAY_S = 86_400


class Allowance:
    """One tenant's, in one worker; `workers` is how many share its quotas, as far as is known."""

    def __init__(
        self,
        workers: int = 1,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._clock, self._wall_clock = clock, wall_clock
        self._workers = workers
        self._requests: Bucket | None = None
        self._events: Bucket | None = None
        self._looked_at_s = clock()
        self._pools = Pool(), Pool()
        self.quotas: Quotas | None = None
        """None: not known yet."""
        self.busy_users: BusyUsers | None = None
        self.demand = Demand()
        self.bytes_today: Callable[[], int] = _nothing
        """Event bytes of the UTC day that this worker took."""
        self.bytes_elsewhere = 0
        """The same of all others, as far as is known."""

    def change(self, quotas: Quotas) -> None:
        """From now on these hold."""
        if quotas == self.quotas:
            return
        self._requests = self._bucket(self._requests, quotas.requests_per_s)
        self._events = self._bucket(self._events, quotas.events_per_s)
        guard = quotas.events_per_user_per_minute
        if guard is None:
            self.busy_users = None
        elif self.busy_users is None:
            self.busy_users = BusyUsers(guard)
        else:
            self.busy_users.limit = guard
        self.quotas = quotas

    def ask(self) -> None:
        """
        One request.

        Raises:
            QuotaExceeded: where it is one too many.
        """
        bucket = self._requests
        if bucket is not None and (wait_s := bucket.take(1.0, self._clock())):
            raise self._exceeded("requests_per_s", wait_s)

    def ask_more(self, count: int) -> None:
        """So many more than the one that was let in: the next ones wait for them."""
        if self._requests is not None:
            self._requests.owe(count)

    def expect_events(self) -> None:
        """
        Before a batch is read, of which nothing is known.

        Raises:
            QuotaExceeded: where it would be refused whatever it holds.
        """
        bucket = self._events
        if bucket is not None and (wait_s := bucket.wait_s(self._clock())):
            bucket.asked += 1
            raise self._exceeded("events_per_s", wait_s)
        self._check_bytes(1)

    def take_events(self, count: int, size_bytes: int) -> None:
        """
        A batch, whole.

        Raises:
            QuotaExceeded: where it is too much; none of it counts.
        """
        self._check_bytes(size_bytes)
        bucket = self._events
        if bucket is not None and (wait_s := bucket.take(count, self._clock())):
            raise self._exceeded("events_per_s", wait_s)

    def look(self, now_s: float) -> Demand:
        """What this worker is asked for, by what came since it was looked at last."""
        elapsed_s, self._looked_at_s = now_s - self._looked_at_s, now_s
        self.demand = Demand(
            smoothed(self.demand.requests, _asked(self._requests), elapsed_s),
            smoothed(self.demand.events, _asked(self._events), elapsed_s),
            _spent(self._requests, now_s),
            _spent(self._events, now_s),
        )
        return self.demand

    def deal(self, others: Mapping[str, Demand], now_s: float) -> None:
        """Take this worker's part of the quotas, beside what others are asked for and let in."""
        self._workers = workers = len(others) + 1
        for kind, bucket in enumerate((self._requests, self._events)):
            if bucket is not None:
                theirs = [one[kind] for one in others.values()]
                part = share(bucket.quota, self.demand[kind], theirs)
                told = {worker: one[_SPENT + kind] for worker, one in others.items()}
                own = self.demand[_SPENT + kind]
                lent = self._pools[kind].hear(bucket.quota, now_s, own, told)
                bucket.set_rate(part, now_s, workers, lent)

    def deal_evenly(self, workers: int, now_s: float) -> None:
        """The same where nobody knows what others are asked for."""
        self._workers = workers
        for bucket in (self._requests, self._events):
            if bucket is not None:
                bucket.set_rate(bucket.quota / workers, now_s, workers)

    def _bucket(self, known: Bucket | None, quota: float | None) -> Bucket | None:
        if quota is None:
            return None
        if known is None:
            return Bucket(quota, self._clock(), self._workers)
        known.quota = quota
        known.set_rate(quota / self._workers, self._clock(), self._workers)
        return known

    def _check_bytes(self, size_bytes: int) -> None:
        quota = None if self.quotas is None else self.quotas.event_bytes_per_day
        if quota is None:
            return
        if not quota or self.bytes_today() + self.bytes_elsewhere + size_bytes > quota:
            left_s = DAY_S - self._wall_clock() % DAY_S
            raise self._exceeded("event_bytes_per_day", left_s, DAY_S)

    def _quota(self, name: str) -> float:
        return float(getattr(self.quotas, name) or 0)

    def _exceeded(self, kind: str, wait_s: float, window_s: int = 1) -> QuotaExceeded:
        return QuotaExceeded(kind, self._quota(kind), wait_s, window_s)


_SPENT = Demand._fields.index("requests_spent")


def _asked(bucket: Bucket | None) -> float:
    if bucket is None:
        return 0.0
    asked, bucket.asked = bucket.asked, 0.0
    return asked


def _spent(bucket: Bucket | None, now_s: float) -> float:
    return 0.0 if bucket is None else bucket.spent(now_s)


def _nothing() -> int:
    return 0
