"""
What a training measured, as it lies in the result of its step `measure`: what a report draws.

The result is an object: `current` (the version that was compared with, or null), perhaps
`current_fault`, and under the name of each slot its `SlotMeasures`. Figures are explained in
docs/metrics.md; one that is not there could not be told.
"""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

Figures = dict[str, float]
"""Name (`ndcg@10`) → mean over users or sessions."""


class CohortMeasures(msgspec.Struct, frozen=True):
    """What came out for some of the users, or for some of the items that were right."""

    by: Literal["user", "item", "attribute"]
    name: str
    """`new`, `light`, `heavy`; `new`, `head`, `tail`; a value of the attribute."""
    meaning: str
    """Who or what belongs to it, with the thresholds of this log: for people."""
    owners: int
    """Users or sessions with a question of it."""
    questions: int
    figures: dict[str, Figures] = {}
    """`model`, `popularity`, perhaps `current` → figures at 10; empty where the owners are few."""


class SlotMeasures(msgspec.Struct, frozen=True):
    """One slot; where nothing could be asked there are no test users, and nothing else."""

    test_users: int
    """Users or sessions that were asked."""
    questions: int = 0
    model: Figures | None = None
    popularity: Figures | None = None
    current: Figures | None = None
    """Of the current bundle's slot; null where it has none."""
    relevant_unknown_share: float = 0.0
    """Share of the right answers that nobody could have given: items without a past."""
    stand_ins: dict[str, Figures] = {}
    """Slot that would answer in this one's place → its figures on the same questions."""
    cohorts: list[CohortMeasures] = []


def slot_measures(result: Mapping[str, Any]) -> dict[str, SlotMeasures]:
    """
    Slot → what was measured, from a step's result.

    Raises:
        msgspec.ValidationError: where it is not what a training writes.
    """
    return {
        name: msgspec.convert(value, SlotMeasures)
        for name, value in result.items()
        if isinstance(value, Mapping)
    }
