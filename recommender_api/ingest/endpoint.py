"""
`POST /v1/tenants/{tenant}/events`: 202 when every accepted event is durable and in live history.
So is the join of a session to a user.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

from recommender_api.accounting.tally import Tally
from recommender_api.exchange.laps import Lap, laps_of_now, reached
from recommender_api.history.deeds import Deeds, Showing
from recommender_api.serving.live_tenant import LiveTenant

from .accept import Verdicts, verdicts_on
from .arrival import Arrival, rename, stamped_lines
from .backlog import Backlog
from .deeds import deeds, showings
from .erased import check_not_erased, without_erased
from .group_commit import GroupCommit
from .guarded import QUOTA as USER_QUOTA
from .guarded import guarded
from .identify import join_of, read_identify
from .recent_ids import Identity, RecentIds, Strangers

TellDurable = Callable[[float | None, float], None]
"""Told how old a request's oldest event was, and how long until all were durable, in seconds."""


class Intake:
    """Takes in one tenant's events."""

    def __init__(
        self,
        tenant: LiveTenant,
        backlog: Backlog,
        tally: Tally,
        commit: GroupCommit,
        tell_durable: TellDurable,
    ) -> None:
        self._tell_durable = tell_durable
        self._tenant = tenant
        self._tally = tally
        self._backlog = backlog
        self._recent = RecentIds()
        self.commit = commit

    def is_for(self, tenant: LiveTenant) -> bool:
        """Whether this is the very tenant, not one that was loaded anew since."""
        return self._tenant is tenant

    @property
    def is_busy(self) -> bool:
        """Whether something is on its way into the log, or from there into live history."""
        return self.commit.is_writing or self._backlog.holds(self._tenant.space.tenant_id)

    def room_for(self, size_bytes: int) -> AbstractContextManager[None]:
        """
        Count bytes that are about to be read, until they were.

        Raises:
            Overloaded: where too much is inside already.
        """
        return self._backlog.holding(self._tenant.space.tenant_id, size_bytes)

    async def accept(
        self, body: bytes, *, validate_only: bool, sdk: str | None = None
    ) -> dict[str, Any]:
        """
        The answer to a batch; `sdk` is what its sender's logger SDK reports of itself.

        Raises:
            BodyMalformed, RequestInvalid: where the batch as a whole cannot be read.
            QuotaExceeded: where the batch is more than the tenant may send just now.
            Overloaded, StoreError: where nothing was acknowledged; to be sent again.
        """
        now_s = time.time()
        with (
            self._tally.entry(now_s, sdk, is_trial=validate_only) as entry,
            self.room_for(len(body)),
        ):
            valid, rejected = without_erased(self._tenant.forgotten, self._read(body, now_s))
            if not validate_only:
                self._tenant.account.allowance.take_events(len(valid) + len(rejected), len(body))
            fresh = self._recent.strangers(valid)
            duplicates = len(valid) - len(fresh.arrivals)
            passed = guarded(self._tenant.account.allowance.busy_users, fresh, valid, rejected)
            fresh, busy = passed.fresh, passed.refused
            rejected = sorted([*rejected, *busy], key=itemgetter("index")) if busy else rejected
            accepted = len(fresh.arrivals)
            reached("verdicts")
            if accepted and not validate_only:
                entry.attempted = accepted
                told, shown = deeds(fresh.arrivals), showings(fresh.arrivals)
                taking = passed.taking()
                kept = self._keeping(fresh, now_s)
                del valid, fresh, passed  # while at hand: they would wait as long as the write
                with taking:
                    await kept
                self._tell_durable(_lag_s(told, shown, now_s), time.time() - now_s)
                await self._tenant.add(told)
                await self._tenant.show(shown)
                reached("history")
            entry.settle(accepted, duplicates, rejected)
            if not validate_only:
                self._count(accepted, len(body), len(busy))
        return {"accepted": accepted, "duplicates": duplicates, "rejected": rejected}

    def _read(self, body: bytes, now_s: float) -> Verdicts:
        """With users as the tenant holds them."""
        verdicts = verdicts_on(body, now_s)
        if self._tenant.names.are_pseudonyms:
            rename(verdicts.arrivals, self._tenant.names.held_as)
        return verdicts

    async def identify(
        self, body: bytes, session_id: str | None, *, validate_only: bool
    ) -> dict[str, Any]:
        """
        The answer to a request that joins a session to a user, as for a batch of one event.

        Raises:
            BodyMalformed, RequestInvalid, QuotaExceeded, Overloaded, StoreError: as `accept`.
        """
        now_s = time.time()
        with (
            self._tally.entry(now_s, None, is_trial=validate_only) as entry,
            self.room_for(len(body)),
        ):
            event = read_identify(body, session_id, now_s, self._tenant.names.held_as)
            check_not_erased(self._tenant.forgotten, event)
            if not validate_only:
                self._tenant.account.allowance.take_events(1, len(body))
            fresh = self._recent.strangers([event])
            accepted = len(fresh.arrivals)
            if accepted and not validate_only:
                entry.attempted = accepted
                await self._keeping(fresh, now_s)
                await self._tenant.join(join_of(event))
            entry.settle(accepted, 1 - accepted, [])
            if not validate_only:
                self._count(accepted, len(body))
        return {"accepted": accepted, "duplicates": 1 - accepted, "rejected": []}

    async def record(self, served: Sequence[Arrival]) -> None:
        """
        Make answers durable that the platform writes down: nobody sent them, and they are nobody's
        deeds.

        Raises:
            StoreError: where they may or may not be in the log.
        """
        now_s = time.time()
        with self._tally.entry(now_s, None) as entry:
            entry.attempted = len(served)
            await self.commit.append([stamped_lines(served, _received_at(now_s))])
            entry.settle_served(len(served))

    def _count(self, accepted: int, size_bytes: int, busy: int = 0) -> None:
        self._tenant.account.meter.count_events(accepted, size_bytes)
        if busy:
            self._tenant.account.tell_refused(USER_QUOTA, busy)

    def _keeping(self, fresh: Strangers, now_s: float) -> Awaitable[None]:
        """Done when the events are durable."""
        return self._keep(stamped_lines(fresh.arrivals, _received_at(now_s)), fresh.identities)

    async def _keep(self, lines: bytes, identities: Sequence[Identity]) -> None:
        commit = await self.commit.append([lines])
        self._recent.remember(identities)
        laps = laps_of_now()
        if laps is not None:
            laps.reached("durable")
            laps.note(Lap("segment commit", commit.began_ns, commit.ended_ns, commit.segment))


def _lag_s(told: Deeds, shown: Sequence[Showing], now_s: float) -> float | None:
    """The age of the oldest event that live history takes."""
    oldest_ms = min(told.times_ms, default=None)
    if shown:
        first_ms = min(one.at_ms for one in shown)
        oldest_ms = first_ms if oldest_ms is None else min(oldest_ms, first_ms)
    return None if oldest_ms is None else now_s - oldest_ms / 1000


def _received_at(now_s: float) -> str:
    return datetime.fromtimestamp(now_s, UTC).isoformat(timespec="milliseconds")
