"""
What tenants may ask for and what they have used, as one process keeps both: the one place where a
refusal for a quota is counted.
"""

from functools import partial

from recommender_api.access.quotas.allowances import Allowances
from recommender_api.telemetry.metrics import Metrics
from recommender_api.usage.meters import Meters
from recommender_store.tenants.identity import TenantId

from .account import Account
from .live_tenant import LiveTenant


class Dues:
    """Those of all tenants."""

    def __init__(
        self, allowances: Allowances, meters: Meters, metrics: Metrics, shelf_bytes: int
    ) -> None:
        self._allowances = allowances
        self._meters = meters
        self._metrics = metrics
        self._shelf_bytes = shelf_bytes

    async def ask(self, tenant_id: TenantId) -> None:
        """
        One request; it waits for nothing but a tenant's quotas, once.

        Raises:
            QuotaExceeded: where the tenant may ask for none just now.
        """
        allowance = self._allowances.known(tenant_id)
        if allowance is None:
            allowance = await self._allowances.learned(tenant_id)
        allowance.ask()
        self._meters.of(tenant_id).count_request()

    def ask_more(self, tenant: LiveTenant, count: int) -> None:
        """So many requests more than the one that was let in."""
        tenant.account.allowance.ask_more(count)
        tenant.account.meter.count_request(count)

    def count_refused(self, tenant_id: TenantId, quota: str, count: int = 1) -> None:
        self._metrics.count_quota_refused(tenant_id, quota, count)
        self._meters.of(tenant_id).count_refused(quota, count)

    def equip(self, tenant: LiveTenant) -> None:
        """Before it is loaded."""
        tenant_id = tenant.space.tenant_id
        tenant.account = Account(
            self._allowances.of(tenant_id),
            self._meters.of(tenant_id),
            self._shelf_bytes,
            partial(self.count_refused, tenant_id),
            partial(self._metrics.answers.count, tenant_id),
            self._metrics.answers.count_candidates,
            partial(self._metrics.shelf.count_refused_artifact, tenant_id),
        )
