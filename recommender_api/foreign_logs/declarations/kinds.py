"""
What happened: a constant kind, a column's values translated to kinds, or rules.

A kind is one of the wire's (``loggers_sdk.events``), or ``custom:`` and a name; ``skip`` and
``error`` say what becomes of a row that has none.
"""

import re
from typing import Any, Self

from pydantic import (
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from loggers_sdk.events import CUSTOM_PREFIX, KINDS

from .conditions import Condition
from .declared import ColumnName, Declared

CUSTOM_KIND = r"custom:[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}"
SKIP = "skip"
ERROR = "error"


def is_kind(text: str) -> bool:
    return text in KINDS or re.fullmatch(CUSTOM_KIND, text) is not None


def _checked(kind: str, *besides: str) -> str:
    if is_kind(kind) or kind in besides:
        return kind
    known = ", ".join([*sorted(KINDS), f"{CUSTOM_PREFIX}<name>", *besides])
    raise ValueError(
        f"{kind!r} is no kind; write one of {known}. "
        "For a column of kinds write {column: …, map: {their word: our kind}}"
    )


class KindRule(Declared):
    """A row that meets the condition is of this kind."""

    when: Condition
    kind: str

    @field_validator("kind")
    @classmethod
    def _known(cls, kind: str) -> str:
        return _checked(kind, SKIP)


class KindSource(Declared):
    """``purchase``, or ``{column, map, otherwise}``, or ``{rules, otherwise}``: first rule wins."""

    constant: str | None = None
    column: ColumnName | None = None
    map: dict[str, str] | None = None
    """Without it the column must hold kinds as they are."""
    rules: tuple[KindRule, ...] | None = None
    otherwise: str = ERROR
    """What a row is that neither map nor rules know: a kind, skip, or error (rejected)."""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"constant": value} if isinstance(value, str) else value

    @field_validator("map", mode="before")
    @classmethod
    def _texts(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        # YAML reads an unquoted 1 as a number; cells are text.
        return {str(key): kind for key, kind in value.items()}

    @field_validator("constant")
    @classmethod
    def _known_constant(cls, kind: str | None) -> str | None:
        return None if kind is None else _checked(kind)

    @field_validator("map")
    @classmethod
    def _known_values(cls, kinds: dict[str, str] | None) -> dict[str, str] | None:
        for kind in (kinds or {}).values():
            _checked(kind, SKIP)
        return kinds

    @field_validator("otherwise")
    @classmethod
    def _known_otherwise(cls, kind: str) -> str:
        return _checked(kind, SKIP, ERROR)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given = [way for way in (self.constant, self.column, self.rules) if way is not None]
        if len(given) != 1:
            raise ValueError("write one kind, or {column: …, map: …}, or {rules: […]}")
        if self.map is not None and self.column is None:
            raise ValueError("map translates a column's values; write column: beside it")
        return self

    @model_serializer(mode="wrap")
    def _shortest(self, handler: SerializerFunctionWrapHandler) -> object:
        long_form = handler(self)
        return long_form["constant"] if set(long_form) == {"constant"} else long_form
