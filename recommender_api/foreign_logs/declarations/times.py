"""
When it happened: the column, how its values are written, and the zone they were taken in.

Zones and patterns are those of DuckDB, which reads the times: what passes here is known there.
"""

from datetime import datetime
from difflib import get_close_matches
from typing import Any, Self

from pydantic import field_validator, model_validator

from .declared import ColumnName, Declared
from .dialect import complaint, known_zones

EPOCH_UNITS_US = {"epoch_s": 1_000_000, "epoch_ms": 1_000, "epoch_us": 1}
ISO = "iso"
_ZONE_DIRECTIVES = ("%z", "%Z")


class TimeSource(Declared):
    """The ``time:`` part of a mapping."""

    column: ColumnName | tuple[ColumnName, ...] | None = None
    """Several columns, such as a date and a time of day, are joined with a space."""
    constant: datetime | None = None
    """For a log without times: one moment for all."""
    format: str | None = None
    """epoch_s, epoch_ms, epoch_us, iso, or a strptime pattern."""
    zone: str | None = None
    """An IANA name; needed where the times carry no zone of their own."""

    @field_validator("format")
    @classmethod
    def _known_format(cls, text: str | None) -> str | None:
        if text is None or text in EPOCH_UNITS_US or text == ISO:
            return text
        if text.startswith(("epoch", "unix", "timestamp")):
            raise ValueError(f"{text!r} may be seconds or milliseconds; write epoch_s or epoch_ms")
        if "%" not in text:
            raise ValueError(
                f"{text!r} is no format; write epoch_s, epoch_ms, iso, or a pattern in "
                "% directives such as %d/%m/%Y %H:%M"
            )
        said = complaint("SELECT strftime(TIMESTAMP '2001-02-03', $1)", text)
        if said is not None:
            raise ValueError(f"{text!r} is no format: {said}")
        return text

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str | None) -> str | None:
        if zone is None or zone in known_zones():
            return zone
        close = get_close_matches(zone, known_zones(), n=1)
        instead = (
            f"did you mean {close[0]}?" if close else "write an IANA name such as Europe/London"
        )
        raise ValueError(f"{zone!r} is no time zone; {instead}")

    @field_validator("constant")
    @classmethod
    def _zoned_constant(cls, moment: datetime | None) -> datetime | None:
        if moment is None or moment.tzinfo is not None:
            return moment
        raise ValueError("write the zone too, as in 2026-11-20T10:00:00Z")

    @model_validator(mode="before")
    @classmethod
    def _long_form(cls, value: Any) -> Any:
        if isinstance(value, str):
            raise ValueError(f"write {{column: {value}, format: …}}: a time needs its format")  # noqa: TRY004 pydantic collects ValueErrors
        return value

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.column is None) == (self.constant is None):
            raise ValueError("name a column, or write {constant: 2026-11-20T10:00:00Z}")
        if self.column is not None and self.format is None:
            raise ValueError(
                "say how the times are written: format: epoch_s, epoch_ms, iso, "
                "or a pattern such as %d/%m/%Y %H:%M"
            )
        if self.is_zoneless_pattern() and self.zone is None:
            raise ValueError(
                f"times written {self.format!r} have no zone; add zone: Europe/London or zone: UTC"
            )
        return self

    def columns(self) -> tuple[str, ...]:
        if self.column is None:
            return ()
        return (self.column,) if isinstance(self.column, str) else self.column

    def is_zoneless_pattern(self) -> bool:
        is_pattern = self.format is not None and "%" in self.format
        return is_pattern and not any(d in str(self.format) for d in _ZONE_DIRECTIVES)
