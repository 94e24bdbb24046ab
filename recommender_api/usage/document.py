"""
Usage as it is shown: what one command and one route answer.
"""

from pydantic import BaseModel, ConfigDict, Field

from recommender_store.tenants.quotas import Quotas


class _Shown(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Costs(_Shown):
    """By the platform's price table, each in its currency."""

    requests: float = 0.0
    answers: float = 0.0
    events: float = 0.0
    stored: float = 0.0
    training: float = 0.0
    shelf: float = 0.0
    total: float = 0.0


class Use(_Shown):
    """What was used, of one day or of several."""

    requests: int = Field(default=0, description="Let in with the tenant's keys.")
    answers: dict[str, int] = Field(
        default_factory=dict, description="Recommendations by tier (`served_by`)."
    )
    events: int = Field(default=0, description="Accepted.")
    event_bytes: int = Field(default=0, description="Of the batches that brought them.")
    refused: dict[str, int] = Field(
        default_factory=dict, description="By quota: how often something was refused for it."
    )
    log_bytes: int = Field(default=0, description="In the store; of several days the newest.")
    catalog_bytes: int = 0
    artifact_bytes: int = 0
    training_cpu_s: float = Field(default=0.0, description="Of trainings that began then.")
    training_minutes: float = 0.0
    shelf_gb_h: float = Field(default=0.0, description="10^9 bytes in memory for an hour.")
    cost: Costs | None = Field(default=None, description="null: the platform has no prices.")

    @property
    def stored_bytes(self) -> int:
        return self.log_bytes + self.catalog_bytes + self.artifact_bytes


class UsageDay(Use):
    """One UTC day."""

    day: str


class UsageDocument(_Shown):
    """The days asked for, oldest first."""

    tenant: str
    quotas: Quotas = Field(description="What it may use, as it stands now.")
    currency: str | None
    days: list[UsageDay]
    total: Use
    notes: list[str]
