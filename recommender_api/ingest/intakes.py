"""
Tenant → its intake: made when the first events come, drained when the process ends.
"""

import asyncio

from recommender_api.accounting.tallies import Tallies
from recommender_api.serving.live_tenant import LiveTenant
from recommender_store.tenants.identity import TenantId

from .backlog import Backlog
from .endpoint import Intake


class Intakes:
    """The intakes of one process; `commit_wait_s` as in `GroupCommit`."""

    def __init__(self, tallies: Tallies, commit_wait_s: float = 0.0) -> None:
        self._tallies = tallies
        self._commit_wait_s = commit_wait_s
        self._intakes: dict[TenantId, Intake] = {}
        self.backlog = Backlog()

    def of(self, tenant: LiveTenant) -> Intake:
        tenant_id = tenant.space.tenant_id
        intake = self._intakes.get(tenant_id)
        if intake is None or not intake.is_for(tenant):
            tally = self._tallies.of(tenant.space)
            intake = Intake(tenant, self.backlog, tally, self._commit_wait_s)
            self._intakes[tenant_id] = intake
        return intake

    async def drain(self) -> None:
        """Return when nothing waits for its write any more."""
        await asyncio.gather(*(intake.commit.drain() for intake in self._intakes.values()))
