"""
A placement as it is written down: what answers a place on a page. What it leaves open, the
built-in placement of that name decides, or the platform's defaults.
"""

from typing import Annotated, Literal

from pydantic import Field, Strict

from .fields import Note, Record, RecordId

SourceName = Annotated[str, Field(min_length=1, max_length=100)]
Ordered = Annotated[
    tuple[SourceName, ...], Strict(strict=False), Field(min_length=1, max_length=20)
]
"""The best first; each is asked while the answer is short."""
Mixed = Annotated[
    dict[SourceName, Annotated[float, Field(gt=0, le=1_000)]],
    Field(min_length=1, max_length=20),
]
"""Source → its weight; all are asked, and what several of them give counts more."""
Kinds = Annotated[tuple[str, ...], Strict(strict=False)]


class PlacementSettings(Record):
    """How a placement answers; what is left open stays as it is."""

    sources: Ordered | Mixed | None = None
    exclude_seen: bool | Kinds | None = None
    limit: int | None = Field(default=None, ge=1, le=200)
    filter: str | None = None
    """Holds beside the one that a request brings."""
    diversity: float | None = Field(default=None, ge=0, le=1)
    when_short: Literal["fill", "fewer"] | None = None


class PlacementRecord(PlacementSettings):
    """A place on a page, of a tenant's own or a built-in one told to be different."""

    id: RecordId
    note: Note = ""
    """For people."""
