"""
Where a search looks for a parameter: a narrower range than what is allowed, beside the parameter.

    factors: Annotated[int, Field(ge=4, le=512), Sought(64, 384, log=True)] = 64

A parameter without one keeps its default when parameters are searched for.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sought:
    """From where to where; `log` where factors matter rather than differences."""

    low: float
    high: float
    log: bool = False
