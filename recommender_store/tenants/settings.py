"""
What a tenant can set, with the platform's defaults.

Frozen records: read from the newest revision of the tenant's settings chain, never edited in
place. An unknown name is an error, so that a typing mistake never becomes a silent default.
"""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

AttributeTypeName = Literal["string", "number", "boolean", "time", "strings"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class TrainingSettings(_Record):
    """How the tenant's log becomes a dataset."""

    window_days: int | None = Field(default=None, ge=1)
    """How far back from the newest event the training looks; null: as far as the log goes."""
    kind_weights: dict[str, float] = Field(
        default_factory=lambda: {
            "view": 1.0,
            "click": 1.0,
            "favorite": 3.0,
            "cart": 3.0,
            "purchase": 5.0,
            "rating": 3.0,
        }
    )
    """What one event of a kind says for the item; a kind that is not named counts nothing."""
    positive_rating: float = 3.0
    """Ratings below this say nothing for the item."""
    minimum_interactions: int = Field(default=500, ge=1)
    """Fewer than this many user-item pairs are no basis for a model."""
    test_share: float = Field(default=0.05, gt=0, lt=0.5)
    """The newest share of the events that is held out where the last day is too thin."""
    age_half_life_days: float | None = Field(default=None, gt=0)
    """After so many days an event speaks half as loud; null: half of the period of the log."""
    popularity_half_life_days: float = Field(default=30.0, gt=0)


class GateSettings(_Record):
    """What a model must show before it goes live."""

    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    minimum_test_users: int = Field(default=30, ge=1)
    minimum_coverage: float = Field(default=0.02, ge=0, le=1)
    """Share of the catalog that the test answers must reach."""
    maximum_empty: float = Field(default=0.1, ge=0, le=1)
    """Share of the questions that may get no answer of the slot's own."""


class TenantSettings(_Record):
    """One tenant: its name and everything it may set."""

    id: str
    name: str = Field(min_length=1, max_length=200)
    created_at: datetime
    attribute_types: dict[str, AttributeTypeName] = Field(default_factory=dict)
    """Of item attributes; one that is not named takes the type of its first value."""
    training: TrainingSettings = TrainingSettings()
    gate: GateSettings = GateSettings()
