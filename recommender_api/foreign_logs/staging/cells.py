"""
Cells of a table as SQL: text, numbers, lists and conditions on them.

Pure: it writes expressions over the columns ``v0``, ``v1``, … of ``Table.relation`` and runs
nothing. A text that cannot be read as what it should be gives NULL, never an error.
"""

from collections.abc import Sequence

from recommender_api.foreign_logs.declarations.conditions import Condition
from recommender_api.foreign_logs.declarations.fields import FieldSource
from recommender_api.foreign_logs.tables.table import Table, literal

_COMPARATORS = {"less_than": "<", "at_most": "<=", "greater_than": ">", "at_least": ">="}


class Cells:
    """Expressions over one table's relation of ``names``."""

    def __init__(self, table: Table, names: Sequence[str]) -> None:
        self._table = table
        self._places = {name: f"v{at}" for at, name in enumerate(names)}

    def raw(self, name: str) -> str:
        return self._places[name]

    def type_of(self, name: str) -> str:
        return self._table.type_of(name)

    def text_of(self, name: str) -> str:
        """A column as text; an empty one is NULL."""
        place = self._places[name]
        is_text = self._table.type_of(name) == "VARCHAR"
        return f"nullif({place if is_text else f'CAST({place} AS VARCHAR)'}, '')"

    def json_text(self, name: str) -> str:
        """A column as text, a list as a JSON array."""
        if self._table.type_of(name).endswith("[]"):
            return f"CAST(to_json({self._places[name]}) AS VARCHAR)"
        return self.text_of(name)

    def text(self, source: FieldSource) -> str:
        if source.column is None:
            return literal(str(source.constant))
        text = self.text_of(source.column)
        if source.trim:
            text = f"nullif(trim({text}), '')"
        if source.integer:
            text = rf"regexp_replace({text}, '\.0+$', '')"
        return text

    def number(self, source: FieldSource) -> str:
        number = f"TRY_CAST({self.number_text(source)} AS DOUBLE)"
        factor = _factor(source)
        if factor is None:
            return number
        # Rounded, since 2.55 times 6 would be 15.299999999999999.
        return f"round({number} * {self.number(factor)}, 6)"

    def number_text(self, source: FieldSource) -> str:
        """The digits of a number before they are read."""
        text = self.text(source)
        return f"replace(replace({text}, '.', ''), ',', '.')" if source.decimal_comma else text

    def is_misread(self, source: FieldSource) -> str:
        """Whether there are texts where numbers should be."""
        first = self.number_text(source)
        misread = f"({first} IS NOT NULL AND TRY_CAST({first} AS DOUBLE) IS NULL)"
        factor = _factor(source)
        return misread if factor is None else f"({misread} OR {self.is_misread(factor)})"

    def ids(self, source: FieldSource) -> str:
        """A list of ids: a list column, a JSON array, or a text that is split."""
        if source.column is not None and self._table.type_of(source.column).endswith("[]"):
            return f"CAST({self.raw(source.column)} AS VARCHAR[])"
        text = self.text(source)
        split = f"[{text}]" if source.split is None else _pieces(text, source.split)
        split = f"CASE WHEN {text} IS NOT NULL THEN {split} END"
        if not self._table.is_json:
            return split
        return f"coalesce(TRY(from_json({text}, '[\"VARCHAR\"]')), {split})"

    def meets(self, condition: Condition) -> str:
        """Whether the condition holds: never NULL."""
        operator, value = condition.comparison()
        text = self.text_of(condition.column)
        if operator in _COMPARATORS:
            sql = f"TRY_CAST({text} AS DOUBLE) {_COMPARATORS[operator]} {value}"
        elif operator == "is_empty":
            return f"({text} IS {'' if value else 'NOT '}NULL)"
        elif operator in {"equals", "not_equals"}:
            sql = _equals(text, value)
        elif operator in {"in", "not_in"}:
            sql = " OR ".join(_equals(text, one) for one in _several(value)) or "false"
        else:
            function = {"ends_with": "suffix", "matches": "regexp_matches"}.get(operator, operator)
            sql = f"{function}({text}, {literal(str(value))})"
        negation = "NOT " if operator in {"not_equals", "not_in"} else ""
        return f"({negation}coalesce({sql}, false))"


def _factor(source: FieldSource) -> FieldSource | None:
    """What the number is multiplied with, written in the same way."""
    if source.times is None:
        return None
    return FieldSource(column=source.times, decimal_comma=source.decimal_comma)


def _equals(text: str, value: object) -> str:
    if isinstance(value, bool):
        return f"lower({text}) = '{str(value).lower()}'"
    if isinstance(value, (int, float)):
        return f"TRY_CAST({text} AS DOUBLE) = {value}"
    return f"{text} = {literal(str(value))}"


def _several(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else (value,)


def _pieces(text: str, separator: str) -> str:
    pieces = f"string_split({text}, {literal(separator)})"
    return f"list_filter(list_transform({pieces}, lambda x: trim(x)), lambda x: x <> '')"
