"""
One process's part of an export: a tenant as a server started now would know it, asked for one id
after the other by the very code that serves, its answers written down as Parquet.

The answers go into the file as they would go out over HTTP, so there is nothing to differ. What
the tenant is asked changes nothing of it.
"""

import asyncio
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import msgspec

from recommender_api.history.in_memory import InMemoryHistory
from recommender_api.recommend.answer import write_answer
from recommender_api.recommend.endpoint import as_held, recall
from recommender_api.recommend.pipeline import recommended
from recommender_api.recommend.request import from_body
from recommender_api.rules.hooks.outside import hooks_outside
from recommender_api.rules.hooks.tenant_hooks import TenantHooks
from recommender_api.serving.live_tenant import LiveTenant
from recommender_store.artifacts.local_cache import LocalCache
from recommender_store.tenant_space import TenantSpace

from .errors import ExportDegraded, ModelMoved
from .parquet import Written, write_parquet
from .place import Place
from .plan import Part, Plan, name_of

TELL_EVERY = 64

_encode = msgspec.json.Encoder().encode


class Exporter:
    """Loaded once, then asked for any number of parts."""

    def __init__(self, space: TenantSpace, cache: LocalCache, plan: Plan, place: Place) -> None:
        """
        Raises:
            ModelMoved, ExportDegraded; StoreError.
        """
        self._live = LiveTenant(space, cache, InMemoryHistory())
        self._live.refresh()
        self._plan = plan
        self._place = place
        loaded = self._live.loaded
        if loaded.fault is not None:
            raise ExportDegraded(loaded.fault)
        version = loaded.model["version"] if loaded.model is not None else "none"
        if version != plan.version:
            raise ModelMoved(plan.version, version)

    def export(self, part: Part, tell: Callable[[int], None] = lambda _: None) -> Written:
        """
        Answer for each id of the part, and put the file in its place; `tell` hears of every few.

        What was hidden or decided since the part before counts from here on.

        Raises:
            PlacementUnknown, RequestInvalid; StoreError.
        """
        self._live.refresh_catalog()
        with tempfile.TemporaryDirectory(prefix="recommender-export-") as folder:
            answers, parquet = Path(folder) / "answers.jsonl", Path(folder) / "part.parquet"
            at = datetime.now(UTC)
            with answers.open("wb") as file:
                asyncio.run(self._answer(part, file, tell))
            said = {
                "answered_at": at.isoformat(),
                "policies": str(self._live.policies_number or 0),
            }
            written = write_parquet(answers, parquet, self._plan, said)
            self._place.upload(parquet, name_of(part.number))
        return written

    async def _answer(self, part: Part, file: BinaryIO, tell: Callable[[int], None]) -> None:
        loaded = self._live.loaded
        tenant_id = self._live.space.tenant_id
        async with hooks_outside(tenant_id, loaded.rulebook, loaded.hooks) as hooks:
            for at, one in enumerate(part.ids, start=1):
                file.write(b'{"asked":%b,%b\n' % (_encode(one), await self._answer_to(one, hooks)))
                if at % TELL_EVERY == 0:
                    tell(TELL_EVERY)
        tell(len(part.ids) % TELL_EVERY)

    async def _answer_to(self, one: str, hooks: TenantHooks | None) -> bytes:
        request = from_body({**self._plan.request, self._plan.asked_as: one})
        if not self._plan.are_pseudonyms:
            request = as_held(self._live, request)
        recalled = await recall(self._live, request)
        outcome = await recommended(
            request, self._plan.placement, self._live.loaded, recalled, hooks=hooks
        )
        return write_answer(outcome)
