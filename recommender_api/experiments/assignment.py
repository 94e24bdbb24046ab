"""
Who gets which variant: worked out from the records and the unit's id alone, so that it sticks, and
anybody can work it out again.

A unit has a place in a layer, a number from 0 to 1 by the digest of both names; an experiment takes
those whose place lies in its `traffic`. Among them a second digest, of the names of experiment and
unit, says which variant (Tang, Agarwal, O'Brien and Meyer, "Overlapping Experiment Infrastructure",
KDD 2010).
"""

from bisect import bisect_right
from collections.abc import Iterable
from hashlib import blake2b
from itertools import accumulate, chain

from recommender_store.policies.experiment import Assigned, Experiment, Variant

_ALL = float(2**48)


def place_of(name: str, unit: str) -> float:
    """From 0 up to 1, the same for the same names always."""
    digest = blake2b(f"{name}\0{unit}".encode(), digest_size=6).digest()
    return int.from_bytes(digest, "big") / _ALL


def variant_of(experiment: Experiment, unit: str) -> Variant | None:
    """None for who does not take part."""
    start, stop = experiment.traffic
    if not start <= place_of(f"layer:{experiment.layer}", unit) < stop:
        return None
    bounds = list(accumulate(one.weight for one in experiment.variants))
    at = bisect_right(bounds, place_of(f"experiment:{experiment.id}", unit) * bounds[-1])
    return experiment.variants[min(at, len(bounds) - 1)]


class Experiments:
    """A tenant's experiments, by placement."""

    def __init__(self, records: Iterable[Experiment]) -> None:
        self._by_placement: dict[str, list[Experiment]] = {}
        for record in records:
            if record.enabled:
                for placement in record.placements:
                    self._by_placement.setdefault(placement, []).append(record)

    def assigned(
        self, placement: str, user_id: str | None, session_id: str | None, now_s: float
    ) -> Assigned | None:
        """The variant for who asks, None for who takes part in none of the placement's."""
        for experiment in self._by_placement.get(placement, ()):
            unit = unit_of(experiment, user_id, session_id)
            if unit is None or not experiment.is_on_at(now_s):
                continue
            variant = variant_of(experiment, unit)
            if variant is not None:
                return Assigned(experiment, variant)
        return None

    @property
    def versions(self) -> set[str]:
        """The models that variants are answered by, beside the live one."""
        return {
            variant.model
            for experiment in chain.from_iterable(self._by_placement.values())
            for variant in experiment.variants
            if variant.model is not None
        }


def unit_of(experiment: Experiment, user_id: str | None, session_id: str | None) -> str | None:
    """Whom a variant sticks to; users and sessions of one name are not the same."""
    if user_id is not None and experiment.unit != "session":
        return f"user:{user_id}"
    if session_id is not None and experiment.unit != "user":
        return f"session:{session_id}"
    return None
