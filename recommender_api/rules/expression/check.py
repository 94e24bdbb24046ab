"""
The names and types of a filter, checked once against those of the catalog.

A tree comes in as it was written and goes out as it is evaluated: every condition knows the type
in which it compares, an attribute stands on the left of its comparison, and a range is two.
"""

import dataclasses
import difflib
from collections.abc import Mapping
from typing import Final, TypeAlias

from recommender_store.catalog.cells import RESERVED_TYPES, AttributeType, read_cell

from .invalid import FilterInvalid, shortened
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
    Operator,
    Or,
    Reference,
    Truth,
    Value,
)

Types: TypeAlias = Mapping[str, AttributeType]

_NAMES_LIMIT: Final = 10
_ORDERED: Final = {AttributeType.NUMBER, AttributeType.TIME}
_FLIPPED: Final[dict[Operator, Operator]] = {
    "=": "=",
    "!=": "!=",
    "<": ">",
    "<=": ">=",
    ">": "<",
    ">=": "<=",
}
_NOUNS: Final = {
    AttributeType.STRING: "a text",
    AttributeType.NUMBER: "a number",
    AttributeType.BOOLEAN: "a boolean",
    AttributeType.TIME: "a time",
    AttributeType.STRINGS: "a list of texts",
}
_HOW_TO_COMPARE: Final = {
    AttributeType.STRING: "compare it with a text in single quotes, such as 'shoes'",
    AttributeType.NUMBER: "compare it with a number without quotes, such as 10",
    AttributeType.BOOLEAN: "compare it with TRUE or FALSE, without quotes",
    AttributeType.TIME: (
        "compare it with a time and its zone in single quotes, such as '2026-11-21T08:00:00Z'"
    ),
    AttributeType.STRINGS: "ask whether it holds a text, such as {name} CONTAINS 'new'",
}


def check(condition: Condition, types: Types) -> Condition:
    """
    The condition as it is evaluated.

    Raises:
        FilterInvalid: an attribute does not exist, or is compared with what it can never be.
    """
    match condition:
        case Not(part):
            return Not(check(part, types))
        case And(parts) | Or(parts):
            return type(condition)(tuple(check(part, types) for part in parts))
    return _leaf(condition, types)


def _leaf(leaf: Leaf, types: Types) -> Condition:
    match leaf:
        case Between(operand, low, high, position):
            ends = (
                Comparison(operand, ">=", low, position),
                Comparison(operand, "<=", high, position),
            )
            return And(tuple(_comparison(end, types) for end in ends))
        case Comparison():
            return _comparison(leaf, types)
        case Truth(operand):
            return _truth(operand, types)
        case In(operand, members):
            common = _common_type((operand, *members), types)
            return dataclasses.replace(leaf, type=common)
        case Contains():
            return _contains(leaf, types)
        case IsNull(operand):
            return dataclasses.replace(leaf, type=_type_of(operand, types))


def _comparison(comparison: Comparison, types: Types) -> Comparison:
    left, right = comparison.left, comparison.right
    common = _common_type((left, right), types)
    if comparison.operator not in {"=", "!="} and common not in _ORDERED:
        raise FilterInvalid(
            "filter_wrong_type",
            comparison.position,
            f"{comparison.operator} compares numbers and times, but {shortened(str(left))} is "
            f"{_NOUNS[common]}: write =, != or IN.",
        )
    if isinstance(right, Attribute) and not isinstance(left, Attribute):
        flipped = _FLIPPED[comparison.operator]
        return Comparison(right, flipped, left, comparison.position, common)
    return dataclasses.replace(comparison, type=common)


def _truth(operand: Operand, types: Types) -> Comparison:
    own = _type_of(operand, types)
    if own not in {AttributeType.BOOLEAN, None}:
        name = shortened(str(operand))
        raise FilterInvalid(
            "filter_wrong_type",
            operand.position,
            f"{name} is {_NOUNS[own]}, which is no condition: compare it, such as brand = 'a'.",
        )
    return Comparison(operand, "=", Value(True), operand.position, AttributeType.BOOLEAN)


def _contains(condition: Contains, types: Types) -> Contains:
    name = shortened(str(condition.operand))
    own = _type_of(condition.operand, types)
    if own not in {AttributeType.STRINGS, None}:
        raise FilterInvalid(
            "filter_wrong_type",
            condition.position,
            f"CONTAINS asks a list, but {name} is {_NOUNS[own]}: write = or IN.",
        )
    if _type_of(condition.element, types) not in {AttributeType.STRING, None}:
        raise FilterInvalid(
            "filter_wrong_type",
            condition.element.position,
            f"A list holds texts: write one in single quotes, such as {name} CONTAINS 'new'.",
        )
    return condition


def _common_type(operands: tuple[Operand, ...], types: Types) -> AttributeType:
    """The type in which all of them can be compared; what is named decides, not the constants."""
    typed = [(operand, _type_of(operand, types)) for operand in operands]
    known = [(operand, own) for operand, own in typed if own is not None]
    if not known:
        raise FilterInvalid(
            "filter_wrong_type",
            operands[0].position,
            f"Compare {shortened(str(operands[0]))} with an attribute or a value: "
            "what the context brings has no type of its own.",
        )
    anchor, common = min(known, key=lambda each: isinstance(each[0], Value))
    for operand, own in typed:
        if operand is not anchor and not _fits(operand, own, common):
            name = shortened(str(anchor))
            how = _HOW_TO_COMPARE[common].format(name=name)
            raise FilterInvalid(
                "filter_wrong_type", operand.position, f"{name} is {_NOUNS[common]}: {how}."
            )
    return common


def _fits(operand: Operand, own: AttributeType | None, common: AttributeType) -> bool:
    if common is AttributeType.STRINGS:
        return False  # a list is asked with CONTAINS, never compared
    if isinstance(operand, Value):
        return read_cell(operand.value, common) is not None
    return own in {common, None}


def _type_of(operand: Operand, types: Types) -> AttributeType | None:
    """None for what the request's context brings, which shows its type only then."""
    match operand:
        case Value(value):
            kind = {str: AttributeType.STRING, bool: AttributeType.BOOLEAN}
            return kind.get(type(value), AttributeType.NUMBER)
        case Reference("context", _):
            return None
        case Attribute(name) | Reference(_, name):
            if name not in types:
                raise _unknown(operand, name, types)
            return types[name]


def _unknown(operand: Operand, name: str, types: Types) -> FilterInvalid:
    by_folded = {each.casefold(): each for each in types}
    near = difflib.get_close_matches(name.casefold(), by_folded, n=1)
    if near:
        advice = f"did you mean {by_folded[near[0]]}?"
    else:
        ordered = sorted(types, key=lambda each: (each in RESERVED_TYPES, each))
        known = ", ".join(ordered[:_NAMES_LIMIT])
        more = ", …" if len(types) > _NAMES_LIMIT else ""
        advice = f"the attributes are {known}{more}; a text is written in single quotes."
    return FilterInvalid(
        "filter_unknown_attribute",
        operand.position,
        f"There is no attribute {shortened(name)}: {advice}",
    )
