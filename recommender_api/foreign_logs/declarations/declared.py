"""
What every part of a mapping has in common: it is frozen, and an unknown key is an error.

Holds the two scalar types that people write in YAML without quotes.
"""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict


class Declared(BaseModel):
    """One part of a mapping, as its YAML says it."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _text(value: object) -> object:
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _word(value: object) -> object:
    if value is None:
        raise ValueError("YAML reads this word as nothing; write it in quotes, as in 'NULL'")
    return _text(value)


Word = Annotated[str, BeforeValidator(_word)]
"""A text of the log; a number needs no quotes."""

ColumnName = Annotated[str, BeforeValidator(_text)]
"""A column's name or a JSON path; a name such as 2017 needs no quotes."""

Scalar = str | int | float | bool
"""What a cell is compared with."""
