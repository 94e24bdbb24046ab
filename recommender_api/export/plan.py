"""
What an export is to hold: the model, the question, who is asked about, and in which parts.

Fixed before the first answer and kept beside the parts, so that whoever goes on does the same.
"""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

FORMAT: Literal["recommender-export/1"] = "recommender-export/1"
ROWS_PER_PART = 100_000
"""About so many: seconds of work, and a few dozen megabytes while they are written."""

By = Literal["user", "item"]
"""Who or what the answers are for: a user's recommendations, or those beside an item."""


class Part(NamedTuple):
    """Some of those asked about; `number` from 0 on."""

    number: int
    ids: Sequence[str]


class Plan(BaseModel):
    """The same plan is the same export, on any day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["recommender-export/1"] = FORMAT
    tenant: str
    version: str
    """Of the model that was live."""
    placement: str
    by: By
    request: dict[str, Any]
    """What each request says beside who or what it is for."""
    ids: str
    """`model`: all that the model knows; else the digest of the file that names them."""
    are_pseudonyms: bool = False
    """Whether these users are named as the store holds them: a model knows no other names."""
    count: int
    """Of those asked about."""
    part_size: int
    """So many of them a part; the last has the rest."""

    @property
    def part_count(self) -> int:
        return -(-self.count // self.part_size)

    @property
    def asked_as(self) -> Literal["user_id", "item_id"]:
        """The field of a request that an id stands in."""
        return "user_id" if self.by == "user" else "item_id"

    def differences(self, other: "Plan") -> list[str]:
        """What the other has different, in words."""
        mine, theirs = self.model_dump(), other.model_dump()
        return [
            f"{name}: there {theirs[name]}, here {value}"
            for name, value in mine.items()
            if theirs[name] != value
        ]


def name_of(part_number: int) -> str:
    """The file of a part."""
    return f"part-{part_number:06d}.parquet"
