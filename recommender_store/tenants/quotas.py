"""
What a tenant may use, with the platform's defaults: null is without limit, 0 is nothing at all.

Decided by platform admins alone; what they mean, and who enforces them, is in `docs/quotas.md`.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Rate = Annotated[float, Field(strict=True, ge=0, le=1e15)]
Count = Annotated[int, Field(strict=True, ge=0, le=10**15)]


class Quotas(BaseModel):
    """One tenant's; over all replicas and workers where nothing else is said."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    requests_per_s: Rate | None = 20_000.0
    """Requests with a tenant's key; of `recommendations:batch` each body is one."""
    events_per_s: Rate | None = 200_000.0
    event_bytes_per_day: Count | None = 500 * 2**30
    """Of batches that were taken, unpacked, by UTC day."""
    events_per_user_per_minute: Count | None = None
    """Of one user, or of a session without one, by the minute in which they occurred."""
    items: Count | None = 5_000_000
    """In the catalog."""
    artifact_bytes: Count | None = 100 * 2**30
    """Of all models that lie in the store."""
    shelf_share: Annotated[Rate, Field(le=1)] | None = None
    """Of the memory that loaded tenants may take in one worker: for this one's models."""
    training_minutes_per_day: Rate | None = 1_440.0
    """Of trainings that began on one UTC day, all together."""
    concurrent_trainings: Count | None = 4
    """Worked at just now."""
