"""
Filter text into its syntax tree, by recursive descent; names and types are not looked at.

NOT binds closer than AND, AND closer than OR. Text, depth and size are bounded, so that no filter
can exhaust the stack or a request's time.
"""

import math
from collections.abc import Callable
from typing import Final, NoReturn

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
    Not,
    Operand,
    Operator,
    Or,
    Reference,
    Truth,
    Value,
)
from .tokens import Token, Tokens

TEXT_LIMIT: Final = 4_000
DEPTH_LIMIT: Final = 40
CONDITIONS_LIMIT: Final = 200

_OPERATORS: Final[dict[str, Operator]] = {
    "=": "=",
    "!=": "!=",
    "<>": "!=",
    "<": "<",
    "<=": "<=",
    ">": ">",
    ">=": ">=",
}
_PATTERNS = frozenset({"LIKE", "ILIKE", "RLIKE", "REGEXP", "SIMILAR", "MATCH", "MATCHES", "GLOB"})
_INSTEAD: Final = {
    "NULL": " Ask whether a value is missing with IS NULL or IS NOT NULL.",
    "(": " Parentheses stand around whole conditions, or around the list after IN.",
}
_INSTEAD_BEHIND: Final = {
    ")": " This ) closes nothing: remove it, or open a ( before.",
    ",": " Write several values as brand IN ('a', 'b'), and decimals with a point.",
}


def parse(text: str) -> Condition:
    """
    The condition that the text says.

    Raises:
        FilterInvalid: with the position of the first mistake.
    """
    if len(text) > TEXT_LIMIT:
        raise FilterInvalid(
            "filter_too_long",
            TEXT_LIMIT,
            f"A filter has at most {TEXT_LIMIT:,} characters; this one has {len(text):,}.",
        )
    if not text.strip():
        raise FilterInvalid(
            "filter_empty",
            0,
            "The filter is empty: leave it out, or write one, such as price < 50.",
        )
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = Tokens(text)
        self._depth = 0
        self._conditions = 0

    def whole(self) -> Condition:
        condition = self._disjunction()
        if self._tokens.next.kind != "end":
            self._fail_behind_a_condition("AND, OR or the end of the filter")
        return condition

    def _disjunction(self) -> Condition:
        parts = self._chain("OR", self._conjunction)
        return parts[0] if len(parts) == 1 else Or(parts)

    def _conjunction(self) -> Condition:
        parts = self._chain("AND", self._negation)
        return parts[0] if len(parts) == 1 else And(parts)

    def _chain(self, word: str, part: Callable[[], Condition]) -> tuple[Condition, ...]:
        parts = [part()]
        while self._tokens.took("keyword", word):
            parts.append(part())
        return tuple(parts)

    def _negation(self) -> Condition:
        opened = self._tokens.next.position
        if self._tokens.took("keyword", "NOT"):
            return Not(self._nested(self._negation))
        if self._tokens.took("symbol", "("):
            condition = self._nested(self._disjunction)
            if not self._tokens.took("symbol", ")"):
                self._fail_behind_a_condition(f"AND, OR or the ) for the ( at character {opened}")
            return condition
        self._conditions += 1
        if self._conditions > CONDITIONS_LIMIT:
            limit = f"A filter has at most {CONDITIONS_LIMIT} conditions: join some with IN."
            self._tokens.fail(limit, "filter_too_complex")
        return self._condition()

    def _nested(self, inner: Callable[[], Condition]) -> Condition:
        if self._depth == DEPTH_LIMIT:
            limit = f"A filter nests at most {DEPTH_LIMIT} levels of NOT and parentheses."
            self._tokens.fail(limit, "filter_too_complex")
        self._depth += 1
        condition = inner()
        self._depth -= 1
        return condition

    def _condition(self) -> Condition:
        left = self._operand("an attribute")
        token = self._tokens.next
        if token.kind == "symbol" and token.text in _OPERATORS:
            self._tokens.take()
            right = self._operand("a value")
            return Comparison(left, _OPERATORS[token.text], right, token.position)
        if self._tokens.took("keyword", "IS"):
            return self._is_null(left, token.position)
        if self._tokens.took("keyword", "NOT"):
            condition = self._worded(left)
            if condition is None:
                self._tokens.fail("After an attribute and NOT comes IN, BETWEEN or CONTAINS.")
            return Not(condition)
        return self._worded(left) or Truth(left)

    def _worded(self, left: Operand) -> Condition | None:
        """The condition that IN, BETWEEN or CONTAINS begins; None where none of them stands."""
        token = self._tokens.next
        if self._tokens.took("keyword", "IN"):
            return In(left, self._members(), token.position)
        if self._tokens.took("keyword", "BETWEEN"):
            low = self._operand("a value")
            if not self._tokens.took("keyword", "AND"):
                self._tokens.fail("Write both ends of a range with AND: price BETWEEN 10 AND 50.")
            return Between(left, low, self._operand("a value"), token.position)
        if self._tokens.took("keyword", "CONTAINS"):
            return Contains(left, self._constant("CONTAINS takes one text"), token.position)
        if token.kind == "name" and token.text.upper() in _PATTERNS:
            advice = "is not supported: compare whole values with =, IN or CONTAINS."
            self._tokens.fail(f"{token.text.upper()} {advice}", "filter_unsupported")
        return None

    def _is_null(self, left: Operand, position: int) -> Condition:
        is_negated = self._tokens.took("keyword", "NOT")
        if not self._tokens.took("keyword", "NULL"):
            self._tokens.fail(
                "After IS comes NULL or NOT NULL; write = or != to compare with a value."
            )
        condition = IsNull(left, position)
        return Not(condition) if is_negated else condition

    def _members(self) -> tuple[Value | Reference, ...]:
        if not self._tokens.took("symbol", "("):
            self._tokens.fail(
                "After IN comes a list in parentheses: brand IN ('a', 'b'). "
                "Whether a list attribute holds a text is written tags CONTAINS 'new'."
            )
        members = [self._constant("A list in parentheses holds values")]
        while self._tokens.took("symbol", ","):
            members.append(self._constant("A list in parentheses holds values"))
        if not self._tokens.took("symbol", ")"):
            self._tokens.fail(f"Expected , or ) in this list, found {self._tokens.found}.")
        return tuple(members)

    def _constant(self, rule: str) -> Value | Reference:
        operand = self._operand("a value")
        if isinstance(operand, Attribute):
            advice = f"if {shortened(operand.name)} is a text, put it in single quotes."
            raise FilterInvalid("filter_syntax", operand.position, f"{rule}: {advice}")
        return operand

    def _operand(self, expected: str) -> Operand:
        token = self._tokens.next
        match token.kind:
            case "string":
                operand: Operand = Value(token.text[1:-1].replace("''", "'"), token.position)
            case "number":
                operand = self._number(token)
            case "reference":
                operand = self._reference(token)
            case "name":
                operand = Attribute(_unquoted(token.text), token.position)
            case "keyword" if token.text in {"TRUE", "FALSE"}:
                operand = Value(token.text == "TRUE", token.position)
            case _:
                hint = _INSTEAD.get(token.text, "")
                self._tokens.fail(f"Expected {expected}, found {self._tokens.found}.{hint}")
        self._tokens.take()
        if isinstance(operand, Attribute) and self._tokens.next.text == "(":
            advice = "a filter compares attributes with values, without functions."
            raise FilterInvalid(
                "filter_unsupported",
                operand.position,
                f"There is no function {shortened(operand.name)}: {advice}",
            )
        return operand

    def _number(self, token: Token) -> Value:
        number = float(token.text)
        if math.isinf(number):
            self._tokens.fail("This number is too large.")
        return Value(number, token.position)

    def _reference(self, token: Token) -> Reference:
        root, _, name = token.text[1:].partition(".")
        if root not in {"item", "context"}:
            self._tokens.fail(
                f"There is no ${shortened(root)}: write $item.<attribute> for the seed item or "
                "$context.<name> for what the request brings.",
                "filter_unknown_reference",
            )
        if not name:
            self._tokens.fail(f"Name what you mean, such as ${root}.category.")
        return Reference("item" if root == "item" else "context", _unquoted(name), token.position)

    def _fail_behind_a_condition(self, expected: str) -> NoReturn:
        found = self._tokens.next.text
        if found in _OPERATORS:
            self._tokens.fail(
                "A condition has one comparison: write a range as price BETWEEN 10 AND 50, or "
                "join two conditions with AND."
            )
        hint = _INSTEAD_BEHIND.get(found, "")
        if self._tokens.next.kind in {"name", "string", "number", "reference"}:
            hint = " Between an attribute and its value stands =, <, IN or another comparison."
        self._tokens.fail(f"Expected {expected}, found {self._tokens.found}.{hint}")


def _unquoted(name: str) -> str:
    return name[1:-1].replace("``", "`") if name.startswith("`") else name
