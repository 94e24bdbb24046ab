"""
What a filter says, as a tree of frozen values.

`str` of a node is filter text again and parses to an equal node. Positions (characters from 0)
are for messages only: they do not count in comparisons, nor does the `type` that the check of a
condition writes into it: that in which its values are compared, None where any type will do.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from typing_extensions import override

from recommender_store.catalog.cells import AttributeType

KEYWORDS = frozenset(
    {"AND", "OR", "NOT", "IN", "BETWEEN", "CONTAINS", "IS", "NULL", "TRUE", "FALSE"}
)

Operator: TypeAlias = Literal["=", "!=", "<", "<=", ">", ">="]
Root: TypeAlias = Literal["item", "context"]

_PLAIN_NAME = re.compile(r"[^\W\d]\w*")


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _name(name: str) -> str:
    if _PLAIN_NAME.fullmatch(name) and name.upper() not in KEYWORDS:
        return name
    return "`" + name.replace("`", "``") + "`"


@dataclass(frozen=True)
class Value:
    """A constant: text, finite number, TRUE or FALSE."""

    value: str | float | bool
    position: int = field(default=0, compare=False)

    @override
    def __str__(self) -> str:
        if isinstance(self.value, bool):
            return str(self.value).upper()
        if isinstance(self.value, str):
            return quoted(self.value)
        return str(int(self.value)) if self.value.is_integer() else repr(self.value)


@dataclass(frozen=True)
class Attribute:
    """An attribute of the item that is being filtered."""

    name: str
    position: int = field(default=0, compare=False)

    @override
    def __str__(self) -> str:
        return _name(self.name)


@dataclass(frozen=True)
class Reference:
    """A value that the request brings: of the seed item, or of its context."""

    root: Root
    name: str
    position: int = field(default=0, compare=False)

    @override
    def __str__(self) -> str:
        return f"${self.root}.{_name(self.name)}"


Operand: TypeAlias = Value | Attribute | Reference


@dataclass(frozen=True)
class Comparison:
    left: Operand
    operator: Operator
    right: Operand
    position: int = field(default=0, compare=False)
    type: AttributeType | None = field(default=None, compare=False)

    @override
    def __str__(self) -> str:
        return f"{self.left} {self.operator} {self.right}"


@dataclass(frozen=True)
class Truth:
    """A boolean alone is a condition: `on_sale` says what `on_sale = TRUE` says."""

    operand: Operand

    @override
    def __str__(self) -> str:
        return str(self.operand)


@dataclass(frozen=True)
class Between:
    """Both ends belong to the range."""

    operand: Operand
    low: Operand
    high: Operand
    position: int = field(default=0, compare=False)

    @override
    def __str__(self) -> str:
        return f"{self.operand} BETWEEN {self.low} AND {self.high}"


@dataclass(frozen=True)
class In:
    operand: Operand
    members: tuple[Value | Reference, ...]
    position: int = field(default=0, compare=False)
    type: AttributeType | None = field(default=None, compare=False)

    @override
    def __str__(self) -> str:
        return f"{self.operand} IN ({', '.join(map(str, self.members))})"


@dataclass(frozen=True)
class Contains:
    """The operand is a list; the element is one text."""

    operand: Operand
    element: Value | Reference
    position: int = field(default=0, compare=False)

    @override
    def __str__(self) -> str:
        return f"{self.operand} CONTAINS {self.element}"


@dataclass(frozen=True)
class IsNull:
    operand: Operand
    position: int = field(default=0, compare=False)
    type: AttributeType | None = field(default=None, compare=False)

    @override
    def __str__(self) -> str:
        return f"{self.operand} IS NULL"


@dataclass(frozen=True)
class Not:
    part: "Condition"

    @override
    def __str__(self) -> str:
        return f"NOT {_grouped(self.part)}"


@dataclass(frozen=True)
class And:
    parts: tuple["Condition", ...]

    @override
    def __str__(self) -> str:
        return " AND ".join(map(_grouped, self.parts))


@dataclass(frozen=True)
class Or:
    parts: tuple["Condition", ...]

    @override
    def __str__(self) -> str:
        return " OR ".join(map(_grouped, self.parts))


Leaf: TypeAlias = Comparison | Truth | Between | In | Contains | IsNull
Condition: TypeAlias = Leaf | Not | And | Or


def _grouped(condition: Condition) -> str:
    return f"({condition})" if isinstance(condition, And | Or) else str(condition)


def operands(condition: Condition) -> Iterator[Operand]:
    """Every operand of the tree, as often as it stands there."""
    match condition:
        case Not(part):
            yield from operands(part)
        case And(parts) | Or(parts):
            for part in parts:
                yield from operands(part)
        case Comparison(left, _, right) | Contains(left, right):
            yield from (left, right)
        case Between(operand, low, high):
            yield from (operand, low, high)
        case In(operand, members):
            yield from (operand, *members)
        case IsNull(operand) | Truth(operand):
            yield operand
