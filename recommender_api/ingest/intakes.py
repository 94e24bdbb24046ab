"""
Tenant → its intake: made when the first events come, drained when the process ends.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from recommender_api.accounting.tallies import Tallies
from recommender_api.serving.live_tenant import LiveTenant
from recommender_api.telemetry.ingest import IngestMeters
from recommender_store.tenants.identity import TenantId

from .backlog import Backlog
from .endpoint import Intake
from .group_commit import GroupCommit

WRITES_AT_ONCE = 16
"""Of as many tenants; each mostly waits for the disk or the network."""


class Intakes:
    """The intakes of one process; `commit_wait_s` as in `GroupCommit`."""

    def __init__(self, tallies: Tallies, meters: IngestMeters, commit_wait_s: float = 0.0) -> None:
        self._tallies = tallies
        self._meters = meters
        self._commit_wait_s = commit_wait_s
        self._threads = ThreadPoolExecutor(WRITES_AT_ONCE, thread_name_prefix="append")
        self._intakes: dict[TenantId, Intake] = {}
        self.backlog = Backlog()
        self.other_bodies = Backlog(what="requests")

    def of(self, tenant: LiveTenant) -> Intake:
        tenant_id = tenant.space.tenant_id
        intake = self._intakes.get(tenant_id)
        if intake is None or not intake.is_for(tenant):
            tally = self._tallies.of(tenant.space)
            log, wait_s = tenant.space.events, self._commit_wait_s
            tell = partial(self._meters.count_commit, tenant_id)
            commit = GroupCommit(log, self._threads, wait_s=wait_s, tell=tell)
            intake = Intake(tenant, self.backlog, tally, commit, self._meters.observe_durable)
            self._intakes[tenant_id] = intake
        return intake

    def let_go(self, tenant_id: TenantId) -> bool:
        """Forget a tenant's intake; False where it is taking something in just now."""
        intake = self._intakes.get(tenant_id)
        if intake is not None and intake.is_busy:
            return False
        self._intakes.pop(tenant_id, None)
        return True

    async def drain(self) -> None:
        """Return when nothing waits for its write any more."""
        await asyncio.gather(*(intake.commit.drain() for intake in self._intakes.values()))
