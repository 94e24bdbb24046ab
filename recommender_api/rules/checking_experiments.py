"""
What is wrong with an experiment before it is written, each fault with a pointer.
"""

from collections.abc import Iterator
from typing import Any

from recommender_api.errors import FieldFault, RequestInvalid
from recommender_store.policies.experiment import (
    CANARY_LAYER,
    CANARY_PREFIX,
    Experiment,
    Variant,
)
from recommender_store.policies.placement import PlacementSettings

from .checking import Known, placement_faults, read_as, unknown_placements

NAMED_MOST = 5
"""Of the versions that there are; the newest."""


def read_experiment(raw: Any, known: Known) -> Experiment:
    """
    The experiment that somebody wants to write.

    Raises:
        RequestInvalid: with every fault that there is.
    """
    faults = [*_unreadable(raw)]
    if faults:
        raise RequestInvalid(faults)
    record: Experiment = read_as(Experiment, raw)
    faults = [
        *_reserved(record),
        *unknown_placements(record.placements, known),
        *_variant_faults(record, known),
        *_meetings(record, known),
    ]
    if faults:
        raise RequestInvalid(faults)
    return record


def _reserved(record: Experiment) -> Iterator[FieldFault]:
    """What the platform alone writes."""
    if record.id.startswith(CANARY_PREFIX):
        detail = f"'{CANARY_PREFIX}…' are the platform's own: name it another way"
        yield FieldFault("/id", "reserved", detail)
    if record.layer == CANARY_LAYER:
        detail = f"the layer '{CANARY_LAYER}' is the platform's own: name another one"
        yield FieldFault("/layer", "reserved", detail)


def _unreadable(raw: Any) -> Iterator[FieldFault]:
    """What is wrong with variants by themselves, told where it stands."""
    variants = raw.get("variants") if isinstance(raw, dict) else None
    for at, variant in enumerate(variants if isinstance(variants, list) else ()):
        if isinstance(variant, dict):
            yield from _faults_of(PlacementSettings, variant.get("placement"), at, "/placement")
            yield from _faults_of(Variant, {**variant, "placement": None}, at)


def _faults_of(model: type[Any], raw: Any, at: int, below: str = "") -> Iterator[FieldFault]:
    try:
        if raw is not None:
            read_as(model, raw)
    except RequestInvalid as error:
        for fault in error.faults:
            yield fault._replace(pointer=f"/variants/{at}{below}{fault.pointer}")


def _variant_faults(record: Experiment, known: Known) -> Iterator[FieldFault]:
    for at, variant in enumerate(record.variants):
        if variant.placement is not None:
            for fault in placement_faults(variant.placement, known):
                yield fault._replace(pointer=f"/variants/{at}/placement{fault.pointer}")
        if variant.model is not None and variant.model not in known.models:
            newest = ", ".join(sorted(known.models, reverse=True)[:NAMED_MOST]) or "none"
            detail = f"there is no model '{variant.model[:80]}': the newest are {newest}"
            yield FieldFault(f"/variants/{at}/model", "model_unknown", detail)


def _meetings(record: Experiment, known: Known) -> Iterator[FieldFault]:
    """Experiments of which somebody would be in both."""
    for other in known.experiments.values():
        if other.id == record.id or record.excludes(other):
            continue
        if other.is_canary:
            yield _meets_canary(other)
            continue
        start, stop = other.traffic
        detail = (
            f"'{other.id}' takes {start:g} to {stop:g} of the layer '{other.layer}' at the same "
            f"time: give this one another part of that layer by 'traffic', or another time"
        )
        pointer = "/traffic" if record.layer == other.layer else "/layer"
        yield FieldFault(pointer, "experiment_overlaps", detail)


def _meets_canary(canary: Experiment) -> FieldFault:
    until = "" if canary.ends_at is None else f" until {canary.ends_at:%Y-%m-%d %H:%M} UTC"
    detail = (
        f"'{canary.id}' tries a new model on {', '.join(canary.placements)}{until} at the latest: "
        f"begin later (starts_at), or delete '{canary.id}', and the model does not go live"
    )
    return FieldFault("/placements", "experiment_overlaps", detail)
