"""
A condition on one column of a row: ``{column: InvoiceNo, starts_with: C}``.

Says which rows are meant and under what name they are counted; it holds no SQL. A missing cell
is empty, and no comparison but ``is_empty``, ``not_equals`` and ``not_in`` holds for it.
"""

from typing import Self

from pydantic import Field, model_validator

from .declared import ColumnName, Declared, Scalar
from .dialect import Pattern

OPERATORS = (
    "equals",
    "not_equals",
    "in",
    "not_in",
    "starts_with",
    "ends_with",
    "contains",
    "matches",
    "less_than",
    "at_most",
    "greater_than",
    "at_least",
    "is_empty",
)


class Condition(Declared):
    """Exactly one comparison of a column; texts compare as text, limits as numbers."""

    column: ColumnName
    name: str | None = None
    """What rows that meet it are counted as."""
    equals: Scalar | None = None
    not_equals: Scalar | None = None
    in_: tuple[Scalar, ...] | None = Field(default=None, alias="in")
    not_in: tuple[Scalar, ...] | None = None
    starts_with: str | None = None
    ends_with: str | None = None
    contains: str | None = None
    matches: Pattern | None = None
    """A regular expression (RE2) that some part of the text must match."""
    less_than: float | None = None
    at_most: float | None = None
    greater_than: float | None = None
    at_least: float | None = None
    is_empty: bool | None = None

    @model_validator(mode="after")
    def _compares_once(self) -> Self:
        if len(self._comparisons()) != 1:
            raise ValueError(
                f"write one comparison beside column: one of {', '.join(OPERATORS)}; "
                "for a second one write a second condition"
            )
        return self

    def comparison(self) -> tuple[str, object]:
        """The operator and what is compared with."""
        ((operator, value),) = self._comparisons().items()
        return operator, value

    def label(self) -> str:
        if self.name is not None:
            return self.name
        operator, value = self.comparison()
        if operator == "is_empty":
            return f"{self.column} is {'' if value else 'not '}empty"
        shown = ", ".join(map(_shown, value)) if isinstance(value, tuple) else _shown(value)
        return f"{self.column} {operator.replace('_', ' ')} {shown}"

    def _comparisons(self) -> dict[str, object]:
        values = {name: getattr(self, "in_" if name == "in" else name) for name in OPERATORS}
        return {name: value for name, value in values.items() if value is not None}


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
