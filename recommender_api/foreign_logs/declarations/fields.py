"""
Where a field of an event comes from: a column, a JSON path or a constant, and how it is read.
"""

from typing import Any, Literal, Self

from pydantic import (
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from .declared import ColumnName, Declared, Word
from .dialect import Pattern


class FieldSource(Declared):
    """
    A column's name is enough; options need the long form ``{column: …, …}``.

    ``$.user.id`` is a path into a JSON line or a Parquet struct.
    """

    column: ColumnName | None = None
    constant: str | int | float | None = None
    integer: bool = False
    """Ids that were saved as numbers: 17850.0 is read as 17850."""
    trim: bool = False
    """Take the spaces around the value away."""
    decimal_comma: bool = False
    """Numbers are written 3,50."""
    times: ColumnName | None = None
    """Another column that the number is multiplied with, as in price times quantity."""
    split: str | None = None
    """What parts the ids of a list, as in a|b|c."""
    optional: bool = False
    """Only some JSON lines have it."""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        is_name = isinstance(value, (str, int)) and not isinstance(value, bool)
        return {"column": value} if is_name else value

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.column is None) == (self.constant is None):
            raise ValueError("name a column, or write {constant: …}")
        return self

    @model_serializer(mode="wrap")
    def _shortest(self, handler: SerializerFunctionWrapHandler) -> object:
        long_form = handler(self)
        return long_form["column"] if set(long_form) == {"column"} else long_form

    def columns(self) -> tuple[str, ...]:
        return tuple(name for name in (self.column, self.times) if name is not None)


class Fields(Declared):
    """The ``fields:`` part: event fields by their names on the wire."""

    user_id: FieldSource | None = None
    session_id: FieldSource | None = None
    item_id: FieldSource | None = None
    items: FieldSource | None = None
    """What an impression showed, in order: a list, or a text with ``split``."""
    quantity: FieldSource | None = None
    value: FieldSource | None = None
    recommendation_id: FieldSource | None = None
    placement: FieldSource | None = None
    position: FieldSource | None = None

    def sources(self) -> dict[str, FieldSource]:
        return {name: getattr(self, name) for name in Fields.model_fields if getattr(self, name)}


class AttributeSource(Declared):
    """Where an attribute of an item comes from; the type is guessed unless it is written."""

    column: ColumnName
    type: Literal["text", "number", "boolean", "list", "time"] | None = None
    split: str | None = None
    """What parts the entries of a list, as in Comedy|Drama."""
    extract: Pattern | None = None
    """A regular expression whose first group is the value, such as ``\\((\\d{4})\\)``."""
    null_values: tuple[Word, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        is_name = isinstance(value, (str, int)) and not isinstance(value, bool)
        return {"column": value} if is_name else value

    @field_validator("extract")
    @classmethod
    def _has_a_group(cls, pattern: str | None) -> str | None:
        if pattern is None or "(" in pattern:
            return pattern
        raise ValueError("put the part that is the value in parentheses")

    @model_serializer(mode="wrap")
    def _shortest(self, handler: SerializerFunctionWrapHandler) -> object:
        long_form = handler(self)
        return long_form["column"] if set(long_form) == {"column"} else long_form
