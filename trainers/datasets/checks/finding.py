"""
What a check found: a stable code, how bad it is, figures, and a sentence that says what to do.
"""

from typing import Any, Literal, NamedTuple

Figures = dict[str, float | int | str | None]


class Finding(NamedTuple):
    """`refuse` ends the training, `warn` is told and kept."""

    code: str
    severity: Literal["refuse", "warn"]
    sentence: str
    figures: Figures

    def record(self) -> dict[str, Any]:
        """As the run keeps it."""
        return self._asdict()
