"""
How the newest weeks of a log are distributed, small enough to be kept with the run, and whether
that is what the current model was trained on. Pure.

Shares are compared by the population stability index, Σ (p - q) ln(p / q), ordered ones by the
Kolmogorov-Smirnov distance too, which is told beside it. What chance does to so many events is
taken off (twice the mean of its chi-square), and so is what the log did to itself between the
weeks before and these.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from recommender_models.seen import KIND_BITS
from recommender_store.tenants.settings import ShiftCheck
from trainers.datasets.divergence import ks, psi
from trainers.datasets.interactions import US_PER_DAY, Interactions

from .days import US_PER_HOUR
from .finding import Figures, Finding

PERIOD_DAYS = 28
BUCKETS = 16
"""Of activity and popularity, by powers of two."""
FEWEST_EVENTS = 500
TIMES_OWN = 3.0

Shares = dict[str, list[float]]


class Profile(msgspec.Struct, frozen=True):
    """What is kept of a log for the next training to compare with."""

    events: int
    days: float
    until_us: int
    events_by_kind: dict[str, int]
    fields: Shares
    """Counts: of kinds, hours, weights, people known and not, and by how busy or popular."""

    @classmethod
    def read(cls, value: Any) -> Self | None:
        """From a run's record; None where another version wrote it."""
        try:
            return msgspec.convert(value, cls)
        except msgspec.ValidationError:
            return None


@dataclass(frozen=True)
class Shift:
    """One field's distances."""

    field: str
    psi: float
    ks: float


def profile(
    events: Interactions, user_count: int, by_kind: dict[str, int], until_us: int | None = None
) -> Profile:
    """Of the newest four weeks, or of those that end at `until_us`."""
    end = int(events.at_us[-1]) + 1 if until_us is None else until_us
    begin = end - PERIOD_DAYS * US_PER_DAY
    cut = slice(*np.searchsorted(events.at_us, [begin, end]).tolist())
    part = events.where(cut)
    days = (end - max(begin, int(events.at_us[0]))) / US_PER_DAY
    return Profile(len(part), days, end, dict(by_kind), _fields(part, user_count))


def _fields(part: Interactions, user_count: int) -> Shares:
    kinds = [int(np.count_nonzero(part.kind == bit)) for bit in KIND_BITS.values()]
    hours = np.bincount(part.at_us // US_PER_HOUR % 24, minlength=24)
    known = int(np.count_nonzero(part.actor < user_count))
    counted: dict[str, Sequence[int] | NDArray[np.int64]] = {
        "kind": kinds,
        "hour": hours,
        "identity": [known, len(part) - known],
        "weight": _by_power(np.maximum(part.weight, 0) * 4),
        "activity": _by_power(np.bincount(part.actor)),
        "popularity": _by_power(np.bincount(part.item)),
    }
    return {name: [float(one) for one in counts] for name, counts in counted.items()}


def _by_power(values: NDArray[Any]) -> NDArray[np.int64]:
    """How many lie in each power of two; zeros are left out."""
    positive = values[values > 0]
    place = np.floor(np.log2(np.maximum(positive, 1))).astype(np.int64)
    return np.bincount(np.minimum(place, BUCKETS - 1), minlength=BUCKETS)


def distances(new: Profile, old: Profile) -> list[Shift]:
    """By field, chance taken off; what grows with the period is compared over equal ones only."""
    alike = abs(new.days - old.days) <= 1
    shifts = []
    for name in new.fields.keys() & old.fields.keys():
        p, q = np.array(new.fields[name]), np.array(old.fields[name])
        if name in ("activity", "popularity") and not alike:
            continue
        if len(p) == len(q) and p.sum() and q.sum():
            shifts.append(Shift(name, psi(p, q), ks(p, q)))
    return sorted(shifts, key=lambda one: -one.psi)


def shift(
    new: Profile, current: Profile | None, earlier: Profile, asked: ShiftCheck
) -> list[Finding]:
    """
    Args:
        new: of this log.
        current: of the log that the current model was trained on; None for none.
        earlier: of this log, the period before `new`: what it does by itself.
        asked: the tenant's thresholds.
    """
    if current is None or min(new.events, current.events) < FEWEST_EVENTS:
        return []
    whole = min(earlier.days, new.days) >= PERIOD_DAYS - 1
    own = {one.field: one.psi for one in distances(new, earlier)} if whole else {}
    findings = []
    for one in distances(new, current):
        usual = TIMES_OWN * own.get(one.field, 0.0)
        if one.psi >= max(asked.warn_at, usual):
            refused = one.psi >= max(asked.refuse_at, usual)
            findings.append(_shifted(one, own.get(one.field), refused=refused))
    return findings


def _shifted(one: Shift, own: float | None, *, refused: bool) -> Finding:
    sentence = (
        f"the events are distributed otherwise by {one.field} than in the log that the current "
        f"model was trained on (PSI {one.psi:.2f}, KS {one.ks:.2f}): look at what changed in what "
        "is logged; if the change is meant, train once with --force-checks"
    )
    figures: Figures = {"field": one.field, "psi": round(one.psi, 4), "ks": round(one.ks, 4)}
    figures["psi_of_the_weeks_before"] = None if own is None else round(own, 4)
    return Finding("distribution_shift", "refuse" if refused else "warn", sentence, figures)
