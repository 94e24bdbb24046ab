"""
The ledger as it is shown: what one command and one route answer.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

State = Literal["balanced", "in flight", "unaccounted"]


class _Shown(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Check(_Shown):
    """Two figures that must be equal, and what it means where they are not."""

    name: str
    left: str = Field(description="What `left_events` counts.")
    left_events: int
    right: str
    right_events: int
    difference: int = Field(description="`left_events` less `right_events`.")
    state: State = "balanced"
    unaccounted: int = 0
    sentence: str = ""


class Loss(_Shown):
    """Events that did not get into the log, and are accounted for."""

    what: str
    events: int
    sentence: str


class OfferedBySdks(_Shown):
    """What logger SDKs report: `held_before + offered = delivered + dropped + rejected + held`."""

    sessions: int
    held_before: int
    offered: int
    delivered: int
    dropped: int
    rejected: int
    held: int = Field(description="In memory or on disk at the sessions' last word of the day.")
    adopted: int = Field(description="Delivered for processes that died.")


class Received(_Shown):
    """What was answered; `events` is the sum of accepted, duplicates and rejected."""

    events: int
    from_sdks: int
    from_others: int
    accepted: int
    duplicates: int
    rejected: int
    served: int = Field(
        default=0, description="Answers that the platform wrote down itself; not among `events`."
    )
    rejected_by_code: dict[str, int]
    refused_batches: dict[str, int] = Field(
        description="Requests refused as a whole, by code; how many events, nobody knows."
    )
    unacknowledged: int = Field(description="Their write failed; the sender was told to retry.")


class InLog(_Shown):
    """`accepted + imported = in_parquet + pending + folded + expired + erased`."""

    accepted: int = Field(description="Lines that were ever made durable.")
    pending: int = Field(description="Lines in segments; twins among them are not folded yet.")
    in_parquet: int
    folded: int
    imported: int
    expired: int
    erased: int


class InTraining(_Shown):
    """What the last training set took of the day."""

    run_id: str
    read: int
    used: int
    left_out: dict[str, int]


class LedgerDay(_Shown):
    """One UTC day of receipt."""

    day: str
    state: State
    unaccounted: int
    offered: OfferedBySdks
    received: Received
    log: InLog
    training: InTraining | None
    checks: list[Check]
    losses: list[Loss]
    notes: list[str]


class LedgerDocument(_Shown):
    """The days asked for, oldest first."""

    tenant: str
    state: State
    unaccounted: int
    days: list[LedgerDay]
    checks: list[Check] = Field(description="Of the log as a whole.")
    notes: list[str]


def worst(states: list[State]) -> State:
    """The state of a whole."""
    return max(states, key=("balanced", "in flight", "unaccounted").index, default="balanced")
