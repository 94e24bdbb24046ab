"""
A tenant's hooks where no server runs: in an export, on the command line.

They are run as a server runs them, in a child within the budget; what differs is that whoever asks
waits until the child is there, which an answer of a server never does.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from recommender_api.rules.rulebook import Rulebook
from recommender_api.telemetry.metrics import Metrics
from recommender_store.tenants.identity import TenantId
from recommender_store.tenants.settings import HookSettings

from .tenant_hooks import TenantHooks

START_S: Final = 30.0


@asynccontextmanager
async def hooks_outside(
    tenant_id: TenantId, rulebook: Rulebook, settings: HookSettings
) -> AsyncIterator[TenantHooks | None]:
    """Ready, or given up, when the block begins, ended with it; None where no rule calls any."""
    if not rulebook.calls_hooks:
        yield None
        return
    hooks = TenantHooks(tenant_id, Metrics())
    try:
        await hooks.started(settings.allowed, START_S)
        yield hooks
    finally:
        await hooks.close()
