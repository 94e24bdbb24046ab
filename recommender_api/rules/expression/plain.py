"""
What a filter says of one item, value by value, as the language defines it.

Meant to be read: for single items, for what has no attribute in it, and as the reference that
the masks are tested against. A value that is missing, or not of its type, matches nothing.
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from recommender_store.catalog.cells import AttributeType, Cell, read_cell

from .syntax import (
    And,
    Attribute,
    Between,
    Comparison,
    Condition,
    Contains,
    In,
    IsNull,
    Leaf,
    Not,
    Operand,
    Or,
    Reference,
    Truth,
    Value,
)

_HOLDS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Given(NamedTuple):
    """Where operands take their values from: the item, the seed item, the request's context."""

    record: Mapping[str, object]
    seed: Mapping[str, object]
    context: Mapping[str, object]

    def raw(self, operand: Operand) -> object:
        match operand:
            case Value(value):
                return value
            case Attribute(name):
                return self.record.get(name)
            case Reference("item", name):
                return self.seed.get(name)
            case Reference(_, name):
                return self.context.get(name)

    def cell(self, operand: Operand, expected: AttributeType | None) -> Cell | None:
        """The operand's value as that type; None where it is missing or of another."""
        return None if expected is None else read_cell(self.raw(operand), expected)


def holds(condition: Condition, given: Given) -> bool:
    """Whether a checked condition holds."""
    match condition:
        case Not(part):
            return not holds(part, given)
        case And(parts):
            return all(holds(part, given) for part in parts)
        case Or(parts):
            return any(holds(part, given) for part in parts)
    return _leaf_holds(condition, given)


def _leaf_holds(leaf: Leaf, given: Given) -> bool:
    match leaf:
        case Comparison(left, sign, right):
            cells = given.cell(left, leaf.type), given.cell(right, leaf.type)
            return None not in cells and _HOLDS[sign](*cells)
        case In(operand, members):
            cell = given.cell(operand, leaf.type)
            return cell is not None and cell in {given.cell(m, leaf.type) for m in members}
        case Contains(operand, element):
            texts = given.cell(operand, AttributeType.STRINGS)
            return isinstance(texts, tuple) and given.cell(element, AttributeType.STRING) in texts
        case IsNull(operand):
            return _is_missing(operand, leaf.type, given)
        case Truth() | Between():
            raise AssertionError("a checked condition has comparisons in their place")


def _is_missing(operand: Operand, expected: AttributeType | None, given: Given) -> bool:
    value = given.raw(operand) if expected is None else given.cell(operand, expected)
    return value is None or value in ((), [])
