"""
An experiment as it is written down: a split of users over variants of some placements.

Who gets what is worked out from the record alone, so that every replica, and every later reading of
the log, finds the same (`recommender_api.experiments`).
"""

from collections import Counter
from functools import cached_property
from math import inf
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import Field, Strict, ValidationInfo, field_validator, model_validator

from .fields import Moment, Note, Record, RecordId, contradiction
from .placement import PlacementSettings

VARIANTS_MOST = 20
DEFAULT_LAYER = "default"

CANARY_LAYER = "canary"
CANARY_PREFIX = "canary."
"""Of ids: with the layer of that name, an experiment that the platform writes, and nobody else."""

Share = Annotated[float, Field(ge=0, le=1)]
Slice = Annotated[tuple[Share, Share], Strict(strict=False)]
"""From the first, up to the second."""


class Variant(Record):
    """One side of an experiment."""

    id: RecordId
    weight: float = Field(default=1.0, gt=0, le=1_000_000)
    """Its part of those who take part is its weight's part of all weights."""
    placement: PlacementSettings | None = None
    """What it has different from the placement as it stands; nothing: the placement itself."""
    model: str | None = Field(default=None, min_length=1, max_length=256)
    """The version that answers; nothing: the one that is live."""


class Experiment(Record):
    """Variants of some placements, for a part of the users, for a while."""

    id: RecordId
    enabled: bool = True
    placements: Annotated[tuple[RecordId, ...], Strict(strict=False)] = Field(
        min_length=1, max_length=100
    )
    variants: Annotated[tuple[Variant, ...], Strict(strict=False)] = Field(
        min_length=2, max_length=VARIANTS_MOST
    )
    """The first is the control: what answers where another variant fails."""
    unit: Literal["user", "session", "either"] = "either"
    """Whom a variant sticks to; either: the user where one is named, else the session."""
    layer: RecordId = DEFAULT_LAYER
    """Nobody takes part in two experiments of one layer."""
    traffic: Slice = (0.0, 1.0)
    """The part of the layer's units that takes part."""
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    """The first moment at which everybody gets the placement itself again."""
    note: Note = ""
    """For people."""

    @property
    def control(self) -> Variant:
        return self.variants[0]

    @property
    def is_canary(self) -> bool:
        """Whether the platform wrote it, to try a new bundle."""
        return self.layer == CANARY_LAYER and self.id.startswith(CANARY_PREFIX)

    @cached_property
    def bounds_s(self) -> tuple[float, float]:
        """The moments between which it is on: from the first, until just before the second."""
        starts = -inf if self.starts_at is None else self.starts_at.timestamp()
        return starts, inf if self.ends_at is None else self.ends_at.timestamp()

    def is_on_at(self, now_s: float) -> bool:
        begins_s, ends_s = self.bounds_s
        return self.enabled and begins_s <= now_s < ends_s

    @field_validator("traffic")
    @classmethod
    def _is_a_part(cls, traffic: tuple[float, float]) -> tuple[float, float]:
        if traffic[0] >= traffic[1]:
            raise contradiction("nobody would take part: write a lower and a higher share")
        return traffic

    @field_validator("ends_at")
    @classmethod
    def _ends_after_it_starts(cls, ends_at: Moment | None, info: ValidationInfo) -> Moment | None:
        starts_at = info.data.get("starts_at")
        if ends_at is not None and starts_at is not None and ends_at <= starts_at:
            raise contradiction("it would end before it starts: write a later ends_at")
        return ends_at

    @model_validator(mode="after")
    def _tells_variants_apart(self) -> Self:
        twice = [one for one, count in Counter(v.id for v in self.variants).items() if count > 1]
        if twice:
            raise contradiction(f"two variants are called '{twice[0]}': name each another way")
        return self

    def excludes(self, other: "Experiment") -> bool:
        """Whether nobody can be in both at any time, or nothing of both meets."""
        meets = self.layer == other.layer or not set(self.placements).isdisjoint(other.placements)
        if not meets or not self._is_beside(other):
            return True
        (mine, until), (others, others_until) = self.traffic, other.traffic
        return self.layer == other.layer and (until <= others or others_until <= mine)

    def _is_beside(self, other: "Experiment") -> bool:
        """Whether there is a moment at which both are on."""
        (begins_s, ends_s), (others_s, other_ends_s) = self.bounds_s, other.bounds_s
        return self.enabled and other.enabled and begins_s < other_ends_s and others_s < ends_s


class Assigned(NamedTuple):
    """The variant that a unit gets."""

    experiment: Experiment
    variant: Variant

    @property
    def names(self) -> tuple[str, str]:
        """Of the experiment and the variant."""
        return self.experiment.id, self.variant.id

    @property
    def is_control(self) -> bool:
        return self.variant.id == self.experiment.control.id

    @property
    def control(self) -> "Assigned":
        return Assigned(self.experiment, self.experiment.control)

    def is_of(self, experiment: str, variant: str | None) -> bool:
        """Whether it is this variant of this experiment; None: any."""
        return self.experiment.id == experiment and variant in (None, self.variant.id)
