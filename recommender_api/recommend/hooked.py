"""
A tenant's hooks and one answer: they are asked about each tier's candidates.

All hooks of an answer share its budget, over all tiers. A hook that was of no use once is not asked
again for the same answer. What comes back names candidates by their place among those that went
out, so nothing else can get into an answer.
"""

import time
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from recommender_api.exchange.onward import traceparent_of_now
from recommender_api.rules.hooks import columns
from recommender_api.rules.hooks.tenant_hooks import TenantHooks
from recommender_api.rules.hooks.wire import Reply
from recommender_api.rules.plan import HookCall
from recommender_api.serving.loaded import Loaded

from .picked import HookRun
from .question import Question
from .stages import Candidates

GIVEN_MOST: Final = 500
"""Candidates that a hook is given, the best; where it is of use, those behind them are left out."""


class Thought(NamedTuple):
    """What the hooks made of candidates, and what became of each call."""

    candidates: Candidates
    runs: list[HookRun]


class Asking:
    """One answer's dealings with the hooks."""

    def __init__(self, hooks: TenantHooks | None, question: Question) -> None:
        self._hooks = hooks
        self._question = question
        self._left_s = question.loaded.hooks.budget_ms / 1000
        self._request = _request(question)
        self._useless: set[str] = set()
        """Rules whose hook failed."""

    async def think(self, candidates: Candidates) -> Thought:
        """Ask one hook after the other, each about what the one before left."""
        runs = []
        for call in self._question.plan.hooks:
            if call.rule_id not in self._useless and len(candidates.rows):
                run = await self._run(call, candidates)
                runs.append(run)
                candidates = run.after
        return Thought(candidates, runs)

    async def _run(self, call: HookCall, candidates: Candidates) -> HookRun:
        given = candidates.at(np.arange(min(len(candidates.rows), GIVEN_MOST)))
        began = time.perf_counter()
        reply = await self._reply(call, given)
        elapsed_s = time.perf_counter() - began
        self._left_s -= elapsed_s
        after = candidates
        if reply.how == "applied":
            scores = np.array(reply.scores, dtype=np.float32)
            after = given.at(np.array(reply.places, dtype=np.intp))._replace(scores=scores)
        else:
            self._useless.add(call.rule_id)
        elapsed_ms = round(1000 * elapsed_s, 3)
        return HookRun(
            rule_id=call.rule_id,
            hook=call.name,
            how=reply.how,
            detail=reply.detail,
            elapsed_ms=elapsed_ms,
            given=given.rows,
            after=after,
            ignored=reply.ignored,
        )

    async def _reply(self, call: HookCall, given: Candidates) -> Reply:
        if self._hooks is None:
            return Reply(0, "absent", "nobody runs hooks here")
        if self._left_s <= 0:
            return Reply(0, "late", "the hooks before it took all the time that there was")
        loaded = self._question.loaded
        told = _columns(given, loaded, call.attributes)
        return await self._hooks.ask(call.name, self._request, told, loaded.hooks, self._left_s)


def _request(question: Question) -> columns.Request:
    asked, ids = question.request, question.loaded.items.id
    return columns.Request(
        placement=question.placement.id,
        limit=question.limit,
        at_s=question.now_s,
        user_id=asked.user_id,
        session_id=asked.session_id,
        item_ids=[ids(row) for row in question.seeds.tolist()],
        context=asked.context,
        traceparent=traceparent_of_now() or None,
    )


def _columns(
    given: Candidates, loaded: Loaded, attributes: Sequence[str] | None
) -> columns.Candidates:
    catalog, rows, ids = loaded.catalog.columns, given.rows, loaded.items.id
    if attributes is None:
        attributes = [name for name in catalog.names if name != "item_id"]
    return columns.Candidates(
        [ids(row) for row in rows.tolist()],
        given.scores.tolist(),
        {name: catalog.values(rows, name) for name in attributes},
    )
