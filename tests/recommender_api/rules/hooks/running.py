"""A tenant's hooks in a real child, to be asked without a server."""

import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

from recommender_api.rules.hooks.columns import Candidates, Request
from recommender_api.rules.hooks.hooks import Hooks
from recommender_api.rules.hooks.tenant_hooks import TenantHooks
from recommender_api.telemetry.metrics import Metrics
from recommender_store.tenants.identity import parse_tenant_id
from recommender_store.tenants.settings import HookSettings
from tests.recommender_api.rules.hooks.installed import hooks, is_gone

ALL = tuple(hooks())
PATIENT = HookSettings(allowed=ALL, budget_ms=1000)
HASTY = HookSettings(allowed=ALL, budget_ms=20)
SHOP = parse_tenant_id("shop")


def shelf() -> Candidates:
    margins, kinds = ["low", "high", "low"], ["shoes", "tools", "bags"]
    return Candidates(["a", "b", "c"], [5.0, 4.0, 3.0], {"margin": margins, "category": kinds})


@contextlib.asynccontextmanager
async def running(
    settings: HookSettings = PATIENT, metrics: Metrics | None = None
) -> AsyncIterator[TenantHooks]:
    every = Hooks(metrics or Metrics())
    shop = every.of(SHOP)
    await shop.started(settings.allowed, 30)
    try:
        yield shop
    finally:
        await every.close()


async def ask(shop, hook, settings=PATIENT, within_s=None, **context):
    request = Request(placement="home", limit=2, at_s=0.0, user_id="u", context=context)
    within_s = settings.budget_ms / 1000 if within_s is None else within_s
    return await shop.ask(hook, request, shelf(), settings, within_s)


def children() -> set[int]:
    """The hooks' processes of this one."""
    found = set()
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int(entry.name)
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            command = (entry / "cmdline").read_text()
            if parent == os.getpid() and "hooks.child" in command and not is_gone(pid):
                found.add(pid)
    return found
