"""
How good models are: the figures of each version's slots, as their manifests say.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from recommender_store.artifacts.catalogue import Current
from recommender_store.artifacts.manifest import SLOTS, Manifest, SlotName, Verdict
from recommender_store.artifacts.standing import standing

from .plots import Point, over_versions

FIGURE = "ndcg@10"
_NO_VERDICT: dict[str, Any] = {}


@dataclass(frozen=True)
class SlotFigures:
    """One slot of one version."""

    slot: str
    recipe: str
    is_carried: bool
    """It is an earlier version's."""
    verdict: Verdict | None
    value: float | None
    popularity: float | None


@dataclass(frozen=True)
class Version:
    """One version as a list shows it."""

    manifest: Manifest
    standing: str
    slots: Sequence[SlotFigures]


def versions_of(manifests: Sequence[Manifest], current: Current) -> list[Version]:
    return [
        Version(one, standing(one, current), [*_slots(one), *_withheld(one)]) for one in manifests
    ]


def _slots(manifest: Manifest) -> Iterator[SlotFigures]:
    for slot, record in manifest.slots.items():
        said = record.verdict.figures if record.verdict else _NO_VERDICT
        is_carried = record.fitted_in != manifest.version
        yield SlotFigures(
            slot, record.recipe, is_carried, record.verdict, _number(said), _beside(said)
        )


def _withheld(manifest: Manifest) -> Iterator[SlotFigures]:
    """What was fitted, refused, and is in no bundle."""
    for slot, verdict in _not_there(manifest).items():
        said = verdict.figures
        yield SlotFigures(slot, "", False, verdict, _number(said), _beside(said))


def _not_there(manifest: Manifest) -> dict[SlotName, Verdict]:
    own = {slot for slot, one in manifest.slots.items() if one.fitted_in == manifest.version}
    return {slot: one for slot, one in manifest.refused.items() if slot not in own}


def plots_of(manifests: Sequence[Manifest], current: Current) -> dict[str, Markup]:
    """Slot → its figures over the versions that fitted it, the oldest first."""
    points: dict[str, list[Point]] = {slot: [] for slot in SLOTS}
    for manifest in manifests:
        for slot, record in manifest.slots.items():
            if record.fitted_in == manifest.version and record.verdict is not None:
                points[slot] += _point(manifest, record.verdict, current)
        for slot, verdict in _not_there(manifest).items():
            points[slot] += _point(manifest, verdict, current)
    return {
        slot: over_versions(some, f"NDCG@10 of the slot {slot}, {len(some)} versions")
        for slot, some in points.items()
        if some
    }


def _point(manifest: Manifest, verdict: Verdict, current: Current) -> Iterator[Point]:
    said = verdict.figures
    value, beside = _number(said), _beside(said)
    if value is None:
        return
    low, high = (_number(said, f"gain_over_popularity_{end}") for end in ("low", "high"))
    is_live = manifest.version == current.version
    known = None not in (beside, low, high)
    yield Point(
        label=f"{manifest.created_at:%d %b %H:%M}",
        value=value,
        beside=beside,
        low=(beside or 0) + (low or 0) if known else None,
        high=(beside or 0) + (high or 0) if known else None,
        mark="live" if is_live else "" if verdict.passed else "refused",
    )


def _beside(figures: dict[str, Any]) -> float | None:
    return _number(figures, f"popularity_{FIGURE}")


def _number(figures: dict[str, Any], name: str = FIGURE) -> float | None:
    value = figures.get(name)
    return float(value) if isinstance(value, int | float) else None
