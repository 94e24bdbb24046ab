"""
How a published bundle goes live: at once, or by a canary where the tenant wants one.

The first bundle of a tenant, one that stands in for a damaged one, and one that nothing can be set
aside for, go live at once.
"""

import socket
from datetime import UTC, datetime
from typing import Any, NamedTuple

from recommender_store.artifacts.catalogue import Current
from recommender_store.author import Author
from recommender_store.canaries.beginning import Trial, begin
from recommender_store.canaries.canary import Canary
from recommender_store.canaries.errors import CanaryImpossible

from .training import Training


class Promotion(NamedTuple):
    """Which bundle is to go live, instead of what, and why."""

    version: str
    current: Current
    """What the gate compared with."""
    reason: str
    despite: str | None


def promoted_or_tried(training: Training, order: Promotion, *, is_tried: bool) -> dict[str, Any]:
    """
    What the step tells of it: the canary that began, or why there is none.

    Raises:
        RevisionConflict: where another bundle went live since the gate compared.
    """
    told: dict[str, Any] = {}
    if is_tried and _wants_canary(training, order.current):
        try:
            return {"canary": _begun(training, order).model_dump(mode="json")}
        except CanaryImpossible as reason:
            told = {"no_canary": str(reason)}
    training.space.models.promote(
        order.version,
        author=Author(by=f"run:{training.bench.run_id}", origin=socket.gethostname()),
        expected=order.current.number,
        reason="; no canary: ".join([order.reason, *told.values()]),
        despite=order.despite,
    )
    return told


def _wants_canary(training: Training, current: Current) -> bool:
    return training.settings.training.canary.enabled and training.opened(current)[0] is not None


def _begun(training: Training, order: Promotion) -> Canary:
    trial = Trial(
        run_id=training.bench.run_id,
        version=order.version,
        instead_of=order.current.version or "",
        follows=order.current.number,
        reason=order.reason,
        despite=order.despite,
    )
    settings = training.settings.training.canary
    return begin(training.space, trial, settings, datetime.now(UTC))
