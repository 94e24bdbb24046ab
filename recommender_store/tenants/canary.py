"""
What a tenant can set about canaries: new bundles that answer a part of its users first.
"""

import re
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

_PLACEMENT = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
_WEEK_HOURS = 168

PlacementName = Annotated[str, StringConstraints(pattern=_PLACEMENT)]


class CanarySettings(BaseModel):
    """How a new bundle is tried before it goes live, and what decides."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    enabled: bool = False
    share_percent: float = Field(default=10.0, gt=0, le=50)
    """Of the users who are answered by the new bundle."""
    placements: tuple[PlacementName, ...] = Field(
        default=("for_you", "similar", "bought_together", "basket"), min_length=1, max_length=100
    )
    """Where it is tried; one that has an experiment of the tenant's own is left out."""
    minimum_hours: float = Field(default=4.0, gt=0, le=_WEEK_HOURS)
    """Before this nothing is promoted."""
    maximum_hours: float = Field(default=20.0, gt=0, le=_WEEK_HOURS)
    """Then it is decided in any case."""
    minimum_answers: int = Field(default=200, ge=1)
    """That were written down, of each side; with fewer nothing is told from them."""
    minimum_users: int = Field(default=50, ge=1)
    """Whom they went to; sessions where no user is named."""
    outcome: Literal["clicked", "converted"] = "clicked"
    """Which part of the answers decides: those with a click, or with a purchase."""
    margin: float = Field(default=0.1, ge=0, lt=1)
    """Share of the live bundle's rate: a loss that matters."""

    @property
    def minimum(self) -> timedelta:
        return timedelta(hours=self.minimum_hours)

    @property
    def maximum(self) -> timedelta:
        return timedelta(hours=self.maximum_hours)

    @model_validator(mode="after")
    def _ends_after_it_may(self) -> Self:
        if self.maximum_hours < self.minimum_hours:
            raise ValueError("maximum_hours has to be at least minimum_hours")
        return self
