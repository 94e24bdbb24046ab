"""
How good models are: the figures of each version's slots, as their manifests say.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from markupsafe import Markup

from recommender_api.console.look.plots import Point, over_versions
from recommender_store.artifacts.catalogue import Current
from recommender_store.artifacts.manifest import SLOTS, Manifest, SlotName, Verdict
from recommender_store.artifacts.standing import standing

FIGURE = "ndcg@10"
_NO_VERDICT: dict[str, Any] = {}


How = Literal["its own", "carried over", "not let in"]


@dataclass(frozen=True)
class SlotFigures:
    """One slot of one version."""

    slot: str
    recipe: str
    how: How
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
        how: How = "its own" if record.fitted_in == manifest.version else "carried over"
        yield SlotFigures(slot, record.recipe, how, record.verdict, _number(said), _beside(said))


def _withheld(manifest: Manifest) -> Iterator[SlotFigures]:
    """What was fitted, refused, and is in no bundle."""
    for slot, verdict in manifest.refused.items():
        said = verdict.figures
        if not _is_own(manifest, slot):
            yield SlotFigures(slot, "", "not let in", verdict, _number(said), _beside(said))


def _is_own(manifest: Manifest, slot: SlotName) -> bool:
    record = manifest.slots.get(slot)
    return record is not None and record.fitted_in == manifest.version


def plots_of(manifests: Sequence[Manifest], current: Current) -> dict[str, Markup]:
    """Slot → its figures over the trainings that fitted it, the oldest first."""
    live = next((one for one in manifests if one.version == current.version), None)
    points: dict[SlotName, dict[str, Point]] = {slot: {} for slot in SLOTS}
    for manifest in manifests:
        run_id = manifest.lineage.run_id
        for slot, verdict in manifest.refused.items():
            refused = _point(manifest, verdict, "refused")
            if refused is not None:
                points[slot].setdefault(run_id, refused)
        for slot, record in manifest.slots.items():
            if record.fitted_in == manifest.version and record.verdict is not None:
                there = live.slots.get(slot) if live is not None else None
                is_live = there is not None and there.fitted_in == manifest.version
                mark = "live" if is_live else "" if record.verdict.passed else "refused"
                point = _point(manifest, record.verdict, mark)
                if point is not None:
                    points[slot][run_id] = point
    return {
        slot: over_versions([*some.values()], f"NDCG@10 of the slot {slot}, {len(some)} trainings")
        for slot, some in points.items()
        if some
    }


def _point(manifest: Manifest, verdict: Verdict, mark: str) -> Point | None:
    said = verdict.figures
    value, beside = _number(said), _beside(said)
    if value is None:
        return None
    low, high = (_number(said, f"gain_over_popularity_{end}") for end in ("low", "high"))
    known = None not in (beside, low, high)
    return Point(
        label=f"{manifest.created_at:%d %b %H:%M}",
        value=value,
        beside=beside,
        low=(beside or 0) + (low or 0) if known else None,
        high=(beside or 0) + (high or 0) if known else None,
        mark=mark,
    )


def _beside(figures: dict[str, Any]) -> float | None:
    return _number(figures, f"popularity_{FIGURE}")


def _number(figures: dict[str, Any], name: str = FIGURE) -> float | None:
    value = figures.get(name)
    return float(value) if isinstance(value, int | float) else None
