"""
`POST /v1/tenants/{tenant}/events`: 202 when every accepted event is durable and in live history.
So is the join of a session to a user.
"""

import time
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

from recommender_api.accounting.tally import Tally
from recommender_api.serving.live_tenant import LiveTenant

from .accept import verdicts_on
from .arrival import stamped_lines
from .backlog import Backlog
from .deeds import deeds
from .group_commit import GroupCommit
from .identify import join_of, read_identify
from .recent_ids import RecentIds, Strangers


class Intake:
    """Takes in one tenant's events."""

    def __init__(
        self, tenant: LiveTenant, backlog: Backlog, tally: Tally, commit: GroupCommit
    ) -> None:
        self._tenant = tenant
        self._tally = tally
        self._backlog = backlog
        self._recent = RecentIds()
        self.commit = commit

    def is_for(self, tenant: LiveTenant) -> bool:
        """Whether this is the very tenant, not one that was loaded anew since."""
        return self._tenant is tenant

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
            Overloaded, StoreError: where nothing was acknowledged; to be sent again.
        """
        now_s = time.time()
        with (
            self._tally.entry(now_s, sdk, is_trial=validate_only) as entry,
            self.room_for(len(body)),
        ):
            verdicts = verdicts_on(body, now_s)
            fresh = self._recent.strangers(verdicts.arrivals)
            accepted = len(fresh.arrivals)
            duplicates = len(verdicts.arrivals) - accepted
            if accepted and not validate_only:
                entry.attempted = accepted
                await self._keep(fresh, now_s)
                await self._tenant.add(deeds(fresh.arrivals))
            entry.settle(accepted, duplicates, verdicts.rejected)
        return {"accepted": accepted, "duplicates": duplicates, "rejected": verdicts.rejected}

    async def identify(
        self, body: bytes, session_id: str | None, *, validate_only: bool
    ) -> dict[str, Any]:
        """
        The answer to a request that joins a session to a user, as for a batch of one event.

        Raises:
            BodyMalformed, RequestInvalid, Overloaded, StoreError: as `accept`.
        """
        now_s = time.time()
        with (
            self._tally.entry(now_s, None, is_trial=validate_only) as entry,
            self.room_for(len(body)),
        ):
            event = read_identify(body, session_id, now_s)
            fresh = self._recent.strangers([event])
            accepted = len(fresh.arrivals)
            if accepted and not validate_only:
                entry.attempted = accepted
                await self._keep(fresh, now_s)
                await self._tenant.join(join_of(event))
            entry.settle(accepted, 1 - accepted, [])
        return {"accepted": accepted, "duplicates": 1 - accepted, "rejected": []}

    async def _keep(self, fresh: Strangers, now_s: float) -> None:
        """Return when the events are durable."""
        received_at = datetime.fromtimestamp(now_s, UTC).isoformat(timespec="milliseconds")
        await self.commit.append([stamped_lines(fresh.arrivals, received_at)])
        self._recent.remember(fresh.identities)
