"""
The map of serving: a request in named stages.

    variant    Experiments         which variant of the placement, and which model, who asks gets
    history    resolve             ids become rows; who asks, what they did, which rules hold
    pins       Picked.pin          positions that rules give away, before anything else is taken
    sources    tiers, gathered     each tier's candidates, several sources of one merged
    filters    stages.passing      hidden, filtered, blocked, shown too often: out, in every tier
    scores     stages.scored       boosts, buries, freshness, and the order that follows
    hooks      Asking.think        a tenant's own code; cannot bring back what was taken out
    variety    stages.diversified  the request's `diversity`
    quotas     Picked.take         one item a group, at most so many of one value, until it is full
    answer     answer.write_answer

Each stage is pure over a few hundred rows, and skipped where it has nothing to do; hooks alone take
time of their own. A tier is asked only while the answer is short; what may not be shown is taken
out of every tier alike, so that no tier can bring it back.
"""

import time
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import structlog

from recommender_api.errors import ApiError
from recommender_api.exchange.laps import reached
from recommender_api.history.protocol import Recollection
from recommender_api.rules.hooks.tenant_hooks import TenantHooks
from recommender_api.rules.stages.pins import Pinned
from recommender_api.rules.stages.quotas import Quotas
from recommender_api.serving.loaded import Loaded
from recommender_store.policies.experiment import Assigned

from . import stages
from .hooked import Asking
from .merge import gathered, steps, tiers
from .picked import Picked
from .question import Question, resolve
from .request import RecommendRequest, Warned
from .sources import TIER
from .warnings import warnings_of

MORE_THAN_ASKED = 3
"""Candidates fetched for each item asked for, since filters and hidden items take some."""
RESCORED = 300
"""At least so many are fetched where rules change their order."""

_log = structlog.get_logger()


@dataclass(frozen=True)
class Outcome:
    """Everything that an answer is written from."""

    question: Question
    picked: Picked
    served_by: str
    warnings: list[Warned] = field(default_factory=list)
    failed: Assigned | None = None
    """The variant that should have answered; its experiment's control did."""

    @property
    def came_of(self) -> Literal["own", "fallback", "empty"]:
        """What the answer counts as: pins and the placement's own sources, or what completes it."""
        picks = self.picked.picks
        if picks:
            return "own" if picks[0].source in self.question.placement.sources else "fallback"
        return "own" if self.picked.pinned else "empty"


async def recommended(
    request: RecommendRequest,
    placement: str,
    loaded: Loaded,
    recalled: Recollection,
    now_s: float | None = None,
    hooks: TenantHooks | None = None,
) -> Outcome:
    """
    Answer one request from what is loaded and what is remembered of who asks; it waits for hooks,
    and for nothing else.

    Whoever takes part in an experiment is answered by a variant, and where that fails by the
    control.

    Raises:
        PlacementUnknown, RequestInvalid.
    """
    now_s = time.time() if now_s is None else now_s
    who = (request.user_id, request.session_id)
    assigned = loaded.experiments.assigned(placement, *who, now_s)

    async def by(variant: Assigned | None) -> Outcome:
        version = None if variant is None else variant.variant.model
        question = resolve(request, placement, loaded.answering(version), recalled, now_s, variant)
        return await _ranked(question, hooks)

    if assigned is None or assigned.is_control:
        return await by(assigned)
    try:
        return await by(assigned)
    except ApiError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a variant breaks, it costs nobody an answer
        experiment, variant = assigned.names
        # In one line: every request of the variant comes by here.
        _log.error("variant_failed", experiment=experiment, variant=variant, detail=repr(error))
        outcome = await by(assigned.control)
        detail = f"the variant '{variant}' of '{experiment}' failed: the control answers"
        warned = [*outcome.warnings, Warned(code="variant_failed", detail=detail)]
        return replace(outcome, warnings=warned, failed=assigned)


async def _ranked(question: Question, hooks: TenantHooks | None) -> Outcome:
    picked = Picked(question.limit, Quotas(question.plan.quotas))
    hidden_pins: list[Pinned] = []
    if not question.request.validate_only:
        hidden_pins = _pin(picked, question)
        await _fill(picked, question, hooks)
    warnings = warnings_of(question, picked, hidden_pins)
    return Outcome(question, picked, _served_by(picked, question), warnings)


def recommend(
    request: RecommendRequest,
    placement: str,
    loaded: Loaded,
    recalled: Recollection,
    now_s: float | None = None,
) -> Outcome:
    """
    The same without hooks, and so at once.

    Raises:
        PlacementUnknown, RequestInvalid.
    """
    try:
        recommended(request, placement, loaded, recalled, now_s).send(None)
    except StopIteration as done:
        outcome: Outcome = done.value
        return outcome
    raise RuntimeError("a stage waited though no hooks are run")


def _pin(picked: Picked, question: Question) -> list[Pinned]:
    """Give positions to pins; returns those whose items may not be shown."""
    pins = question.plan.pins
    if not pins:
        return []
    rows = np.array([pin.row for pin in pins], dtype=np.int32)
    known = rows >= 0
    shown = known.copy()
    shown[known] = question.passes(rows[known])
    wanted = shown & ~np.isin(rows, question.excluded)
    picked.pin([pin for pin, is_wanted in zip(pins, wanted.tolist(), strict=True) if is_wanted])
    return [pin for pin, is_shown in zip(pins, shown.tolist(), strict=True) if not is_shown]


async def _fill(picked: Picked, question: Question, hooks: TenantHooks | None) -> None:
    few = MORE_THAN_ASKED * question.limit + 50
    if question.plan.scalings or question.plan.hooks or question.diversity:
        few = max(few, RESCORED)
    asking = Asking(hooks, question) if question.plan.hooks else None
    for tier in tiers(question):
        if picked.is_full:
            return
        widths = steps(tier, few)
        for wanted in widths:
            found = gathered(tier, question, wanted, is_last=wanted == widths[-1])
            reached("sources", tier.sources)
            candidates = stages.scored(stages.passing(found.ranked, question), question)
            reached("filters and scores")
            if asking is not None:
                candidates, runs = await asking.think(candidates)
                picked.hook_runs += runs
                reached("hooks")
            candidates = stages.diversified(candidates, question, picked.room)
            is_enough = picked.take(found, candidates)
            reached("variety and quotas")
            if is_enough:
                break


def _served_by(picked: Picked, question: Question) -> str:
    return TIER[picked.picks[0].source if picked.picks else question.placement.sources[-1]]
