"""
What lives as long as the process: the loop that keeps things fresh, and a clean end.

Ending, what was accepted is written before the process goes.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from fastapi import FastAPI

from recommender_store.errors import StoreError

from .serving.refresh import Refresh

_log = structlog.get_logger()

LOADED_AT_START = 50
"""Tenants loaded before their first request asks; the others wait for it."""


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    state = app.state
    refresh = Refresh(state.shelf, state.store.feed, state.doorkeeper.forget)
    following = asyncio.create_task(refresh.run())
    warming = asyncio.create_task(_warm(app))
    try:
        yield
    finally:
        for task in (warming, following):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await state.intakes.drain()


async def _warm(app: FastAPI) -> None:
    """Load the first tenants, so that their first request need not wait."""
    try:
        for tenant_id in (await asyncio.to_thread(app.state.store.tenant_ids))[:LOADED_AT_START]:
            await app.state.shelf.get(tenant_id)
    except StoreError as error:
        _log.warning("warming_failed", code=error.code, detail=str(error))
