"""
What lives as long as the process: the loop that keeps things fresh, and a clean end.

Ending, what was accepted is written before the process goes.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from starlette.applications import Starlette

from recommender_store.errors import StoreError
from recommender_store.tenants.errors import TenantUnknown

from .serving.refresh import Refresh

_log = structlog.get_logger()

LOADED_AT_START = 50
"""Tenants loaded before their first request asks; the others wait for it."""
WARMING_LIMIT_S = 30.0
"""Ready after so long in any case: who is not loaded then is loaded by its first request."""


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    state = app.state
    await state.histories.open()
    refresh = Refresh(state.shelf, state.store.feed, state.doorkeeper)
    following = asyncio.create_task(refresh.run())
    warming = asyncio.create_task(_warm(app))
    counting = asyncio.create_task(_count(app))
    recording = asyncio.create_task(state.recorder.run())
    erasing = asyncio.create_task(state.eraser.run())
    noting = asyncio.create_task(state.doorkeeper.uses.run())
    watching = asyncio.create_task(_watch(app))
    try:
        yield
    finally:
        state.readiness.end()
        ended = (warming, following, recording, noting, erasing, watching)
        for task in ended:
            task.cancel()
        await asyncio.gather(*ended, return_exceptions=True)
        await state.doorkeeper.uses.write()
        await state.recorder.drain()
        await state.intakes.drain()
        counting.cancel()
        await asyncio.gather(counting, return_exceptions=True)
        await state.tallies.say_goodbye()
        await state.meters.say_goodbye()
        await state.allowances.say_goodbye()
        await state.hooks.close()
        await state.histories.close()
        if state.spans is not None:
            await state.spans.close()


async def _watch(app: Starlette) -> None:
    """Give Prometheus what was counted, and look at every tenant where this is who does."""
    looking = [app.state.watch.run()] if app.state.watch is not None else []
    await asyncio.gather(app.state.metrics.run(), *looking)


async def _count(app: Starlette) -> None:
    """Write down what is counted, and share what may be asked for."""
    state = app.state
    await asyncio.gather(state.tallies.run(), state.meters.run(), state.allowances.run())


async def _warm(app: Starlette) -> None:
    """Load the first tenants, so that their first request need not wait; ready then, and whole."""
    try:
        async with asyncio.timeout(WARMING_LIMIT_S):
            tenant_ids = await asyncio.to_thread(app.state.store.tenant_ids)
            for tenant_id in tenant_ids[:LOADED_AT_START]:
                if app.state.shelf.is_full:
                    break  # each more would drive out one of these
                await _load(app, tenant_id)
    except TimeoutError:
        _log.warning("warming_unfinished", limit_s=WARMING_LIMIT_S)
    except StoreError as error:
        _log.warning("warming_failed", code=error.code, detail=str(error))
    app.state.readiness.begin()
    for late in (app.state.api, app.state.console):
        await late.soon()  # before anybody waits for it


async def _load(app: Starlette, tenant_id: str) -> None:
    """One tenant; what is wrong with one keeps no other from being loaded."""
    try:
        await app.state.shelf.get_whole(tenant_id)
    except TenantUnknown:
        return  # deleted: its id stays in the directory
    except StoreError as error:
        _log.warning("warming_failed", tenant_id=tenant_id, code=error.code, detail=str(error))
