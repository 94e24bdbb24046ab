"""
Look at a tenant's canary: what came of it so far, and where that decides, have it decided.

Anybody may look, any number of times and several at once: what is decided is worked out from the
log and from what was fixed when it began, and written down by whoever is first.
"""

import time
from contextlib import suppress
from datetime import datetime
from typing import Any, Literal, NamedTuple

from recommender_store.artifacts.catalogue import Current
from recommender_store.canaries.canary import LIVE, NEW, Canary, canary_of, run_of
from recommender_store.canaries.decision import Decision
from recommender_store.canaries.settling import end_experiment, settle
from recommender_store.errors import RevisionConflict
from recommender_store.runs.record import Run
from recommender_store.tenant_space import TenantSpace

from .canary_judgement import Look, Sides, figures_of, judge, look_at
from .outcomes import Outcome, outcomes

_TRIES = 3


class Looked(NamedTuple):
    """What somebody who looked at a run's canary was told."""

    run: Run
    state: Literal["none", "waiting", "decided"]
    sentence: str
    figures: dict[str, Any]


def newest_canary(space: TenantSpace) -> str | None:
    """The run whose model the tenant tries, or tried last; None where there is none."""
    found = [one for one in space.policies.decided().experiments if one.is_canary]
    return max((run_of(one) for one in found), default=None)


def look(space: TenantSpace, run_id: str, now: datetime, *, decides: bool = True) -> Looked:
    """
    What became of a run's canary; where it is time, decided here.

    Args:
        space: the tenant's.
        run_id: whose.
        now: when.
        decides: else what is due is told and nothing is written.

    Raises:
        RunUnknown: where there is no such run.
        RevisionConflict: where somebody else was faster, time after time.
        LogMoved, LogFileCorrupt, SegmentCorrupt: as `outcomes`.
    """
    for _ in range(_TRIES - 1):
        with suppress(RevisionConflict):
            return _look(space, run_id, now, decides=decides)
    return _look(space, run_id, now, decides=decides)


def _look(space: TenantSpace, run_id: str, now: datetime, *, decides: bool) -> Looked:
    began_s = time.monotonic()
    run = space.runs.get(run_id)
    canary = canary_of(run)
    if canary is None:
        return Looked(run, "none", f"the run '{run_id}' is {run.status}: it has no canary", {})
    if run.status != "published":
        if decides:
            end_experiment(space, canary, now)
        return _decided(run)
    current = space.models.current()
    decision, told = _judged(space, canary, current, now)
    if decision is None or not decides:
        due = "" if decision is None else f"; due: {decision.verdict}: {decision.sentence}"
        return Looked(run, "waiting", f"{_waits(canary, now)}{due}", told)
    follows = current.number
    return _decided(settle(space, canary, decision, now, follows=follows, began_s=began_s))


def _judged(
    space: TenantSpace, canary: Canary, current: Current, now: datetime
) -> tuple[Decision | None, dict[str, Any]]:
    """What is to be decided, None for nothing yet; and the figures so far."""
    if current.version == canary.version:
        return Decision("promoted", None, "somebody made it the live one"), {}
    if _has_moved(space, canary):
        sentence = f"{current.version} went live since, and it was held against {canary.instead_of}"
        return Decision("superseded", "canary_superseded", sentence), {}
    seen = look_at(canary, now)
    if not _is_on(space, canary):
        sentence = "somebody ended its experiment before it was decided"
        return Decision("rolled_back", "canary_ended", sentence), {}
    sides = _sides(space, canary, seen)
    return judge(sides, canary.settings, seen), figures_of(sides, canary.settings, seen)


def _has_moved(space: TenantSpace, canary: Canary) -> bool:
    """Whether another version was live since; the erasure of a user decides for the same anew."""
    for past in space.models.history():
        if past.number <= canary.follows:
            return False
        if past.value is None or past.value["version"] != canary.instead_of:
            return True
    return False


def _is_on(space: TenantSpace, canary: Canary) -> bool:
    value = space.policies.experiments.read().values.get(canary.experiment_id)
    return value is not None and bool(value.get("enabled", True))


def _sides(space: TenantSpace, canary: Canary, seen: Look) -> Sides:
    since = canary.starts_at
    if seen.until <= since:
        return Sides(Outcome(), Outcome())
    found = outcomes(space, canary.experiment_id, since, seen.until)
    return Sides(found.get(LIVE, Outcome()), found.get(NEW, Outcome()))


def _decided(run: Run) -> Looked:
    said = next((step.result for step in reversed(run.steps) if step.name == "canary"), {})
    return Looked(run, "decided", str(said.get("sentence", "")), dict(said.get("figures", {})))


def _waits(canary: Canary, now: datetime) -> str:
    seen = look_at(canary, now)
    share = canary.settings.share_percent
    where = ", ".join(canary.placements)
    what = f"{canary.version} answers {share:g} % of the users on {where}"
    return f"{what}, until {canary.ends_at:%Y-%m-%d %H:%M} UTC at the latest" + (
        ", and was not judged yet" if seen.is_early else ""
    )
