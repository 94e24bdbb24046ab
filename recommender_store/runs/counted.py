"""
What a training took of the log, by UTC day of receipt: the ledger's last line.

Lies in the result of the step that read the log, under `received`; days before `received_from` are
not told apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

RECEIVED, RECEIVED_FROM = "received", "received_from"


@dataclass(frozen=True)
class CountedDay:
    """The events that were received on one day."""

    read: int = 0
    """Found in the log, each once."""
    used: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    """Read and not used, by reason."""
    in_parquet: int = 0
    """Of `read`, what the log's sums said that Parquet held."""
    gone: int = 0
    """Expired or erased by then."""


def counted_days(result: Mapping[str, Any]) -> dict[str, CountedDay] | None:
    """The days of a step's result; None where it holds none that can be read."""
    try:
        return msgspec.convert(result.get(RECEIVED), dict[str, CountedDay])
    except msgspec.ValidationError:
        return None
