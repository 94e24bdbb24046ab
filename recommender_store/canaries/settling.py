"""
Write down what was decided about a canary: promote, tell its run, end its experiment.

In this order, so that whoever died in between is followed by anybody: what went live stays live,
the run says so, and an experiment that goes on beside it ends by itself at the latest when its time
is up.
"""

import socket
import time
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from recommender_store.audit.deeds import Deed
from recommender_store.author import Author
from recommender_store.errors import RevisionConflict
from recommender_store.runs.record import Run, Step
from recommender_store.tenant_space import TenantSpace

from .canary import Canary
from .decision import Decision

STEP = "canary"
"""Of the run, behind `publish`."""
_A_MOMENT = timedelta(milliseconds=1)


def platform() -> Author:
    """Who writes canaries, from this machine."""
    return Author(by="platform", origin=socket.gethostname())


def settle(
    space: TenantSpace,
    canary: Canary,
    decision: Decision,
    now: datetime,
    *,
    follows: int | None = None,
    began_s: float | None = None,
) -> Run:
    """
    The run as it is then: as decided here, or by somebody who was faster.

    Args:
        space: the tenant's.
        canary: whose.
        decision: what becomes of it.
        now: when.
        follows: number of the decision that a promotion is to follow; else what the gate compared
            with.
        began_s: on the monotonic clock, when somebody began to look.

    Raises:
        RevisionConflict: where another version went live, or the run was decided meanwhile.
    """
    run, number = space.runs.newest(canary.run_id)
    if run is None or run.status != "published":
        end_experiment(space, canary, now)
        return run or space.runs.get(canary.run_id)
    author = platform()
    if decision.verdict == "promoted":
        space.models.promote(
            canary.version,
            author=author,
            expected=canary.follows if follows is None else follows,
            reason=f"{canary.reason}; canary: {decision.sentence}",
            despite=canary.despite,
        )
        space.announce("model", version=canary.version)
    took_s = 0.0 if began_s is None else round(time.monotonic() - began_s, 3)
    step = Step(name=STEP, duration_s=took_s, result=_told(canary, decision))
    decided = run.model_copy(
        update={
            "status": "promoted" if decision.verdict == "promoted" else "refused",
            "code": decision.code,
            "sentence": None if decision.verdict == "promoted" else decision.sentence,
            "ended_at": now,
            "steps": (*run.steps, step),
        }
    )
    space.runs.save(decided, author, expected=number)
    detail = {"code": decision.code, "sentence": decision.sentence}
    deed = Deed(f"canary.{decision.verdict}", (canary.version, canary.run_id))
    space.audit.tell(deed, author, detail)
    end_experiment(space, canary, now)
    return decided


def end_experiment(space: TenantSpace, canary: Canary, now: datetime) -> None:
    """Everybody is answered by the live bundle again; one that has ended stays as it is."""
    chain = space.policies.experiments
    entry = chain.read().entries.get(canary.experiment_id)
    if entry is None or entry.value is None or not entry.value.get("enabled", True):
        return
    ends_at = min(max(now, canary.starts_at + _A_MOMENT), canary.ends_at)
    ended = canary.model_copy(update={"ends_at": ends_at}).experiment()
    record = ended.model_dump(mode="json", exclude_none=True) | {"enabled": False}
    with suppress(RevisionConflict):  # who changed it meanwhile has ended or removed it
        chain.put(canary.experiment_id, record, author=platform(), expected=entry.revision)
    space.announce("policies")


def _told(canary: Canary, decision: Decision) -> dict[str, Any]:
    return {
        "verdict": decision.verdict,
        "code": decision.code,
        "sentence": decision.sentence,
        "version": canary.version,
        "instead_of": canary.instead_of,
        "experiment": canary.experiment_id,
        "figures": dict(decision.figures),
    }
