"""
The rows of a table as candidate events: canonical columns, the outcome, the digest, one row each.

Pure: SQL comes out. The digest is made of the canonical fields alone, so that it is the same
whatever line the row stands on, in whatever order, in CSV or in Parquet.
"""

# ruff: noqa: S608 (names are our own; what comes from outside goes through literal())

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from loggers_sdk.events import KINDS
from recommender_api.foreign_logs.declarations.conditions import Condition
from recommender_api.foreign_logs.declarations.kinds import CUSTOM_KIND, ERROR, SKIP, KindSource
from recommender_api.foreign_logs.mapping import EventTemplate
from recommender_api.foreign_logs.tables.table import Table, literal

from .cells import Cells
from .moments import is_zoneless, moment, moment_text
from .verdicts import Verdicts, checks_for

CANONICAL = {
    "kind": "VARCHAR",
    "user_id": "VARCHAR",
    "session_id": "VARCHAR",
    "item_id": "VARCHAR",
    "items": "VARCHAR[]",
    "occurred_at": "TIMESTAMP WITH TIME ZONE",
    "quantity": "DOUBLE",
    "value": "DOUBLE",
    "recommendation_id": "VARCHAR",
    "placement": "VARCHAR",
    "position": "INTEGER",
    "attributes": "VARCHAR",
}
"""What the digest is made of, in this order."""
_TEXTS = ("user_id", "session_id", "item_id", "recommendation_id", "placement")
_ABSENT, _BETWEEN, _INSIDE = "\x1e", "\x1f", "\x1d"
"""Control characters, which no valid id holds: no two rows can look alike by accident."""
_DIGEST_TEXTS = {
    "occurred_at": "CAST(epoch_us(occurred_at) AS VARCHAR)",
    "items": f"array_to_string(items, '{_INSIDE}')",
}


class CandidateQuery:
    """Writes the SELECT for one table and one template."""

    def __init__(
        self,
        table: Table,
        names: Sequence[str],
        template: EventTemplate,
        skips: Sequence[Condition],
    ) -> None:
        self._table = table
        self._names = names
        self._template = template
        self._skips = skips
        self._cells = Cells(table, names)

    def sql(self, verdicts: Verdicts, received_at: datetime, extras: Mapping[str, str]) -> str:
        """``row, outcome, <canonical>, digest, raw``, and ``extras`` as they are given."""
        canonical, checks = self._canonical()
        present = {name for name in canonical if name in CANONICAL}
        outcome = verdicts.expression(self._skip_tests(), checks_for(present, received_at))
        mapped = ", ".join(f"{sql} AS {name}" for name, sql in (canonical | checks).items())
        kept = ", ".join(
            name if name in present else f"CAST(NULL AS {kind}) AS {name}"
            for name, kind in CANONICAL.items()
        )
        carried = "".join(f", {sql} AS {name}" for name, sql in extras.items())
        more = "".join(f", {name}" for name in extras)
        skips = "".join(f", {sql} AS skip_{at}" for at, sql in enumerate(self._skip_conditions()))
        return (
            f"SELECT row, outcome, {kept}, "
            f"CASE WHEN outcome = 0 THEN md5({_digest_text(present)}) END AS digest, "
            f"CASE WHEN outcome < 0 THEN {self._raw()} END AS raw{more} "
            f"FROM (SELECT *, {outcome} AS outcome FROM "
            f"(SELECT *, {mapped}{skips}{carried} FROM ({self._table.relation(self._names)})))"
        )

    def _canonical(self) -> tuple[dict[str, str], dict[str, str]]:
        """Expressions of the fields the template maps, and of what their checks look at."""
        sources, cells = self._template.fields.sources(), self._cells
        fields = {name: cells.text(sources[name]) for name in _TEXTS if name in sources}
        checks: dict[str, str] = {}
        if self._template.kind is not None:
            fields["kind"] = self._kind(self._template.kind)
        if self._template.time is not None:
            text = moment_text(cells, self._template.time)
            fields["occurred_at"] = moment(cells, self._template.time)
            checks |= {
                "time_text": text,
                "time_is_zoneless": is_zoneless(text, self._template.time),
            }
        if "items" in sources:
            fields["items"] = cells.ids(sources["items"])
        for name in ("quantity", "value", "position"):
            if name in sources:
                fields[name] = cells.number(sources[name])
                checks[f"{name}_is_misread"] = cells.is_misread(sources[name])
        if "position" in fields:
            checks["position_number"] = fields["position"]
            fields["position"] = f"TRY_CAST({fields['position']} AS INTEGER)"
        if self._template.attributes:
            fields["attributes"] = self._attributes()
        return fields, checks

    def _kind(self, source: KindSource) -> str:
        if source.constant is not None:
            return literal(source.constant)
        otherwise = "NULL" if source.otherwise == ERROR else literal(source.otherwise)
        if source.rules is not None:
            whens = [
                f"WHEN {self._cells.meets(r.when)} THEN {literal(r.kind)}" for r in source.rules
            ]
            return f"CASE {' '.join(whens)} ELSE {otherwise} END" if whens else otherwise
        text = self._cells.text_of(str(source.column))
        if source.map is None:
            known = ", ".join(map(literal, sorted(KINDS)))
            is_known = f"{text} IN ({known}) OR regexp_full_match({text}, {literal(CUSTOM_KIND)})"
            return f"CASE WHEN {is_known} THEN {text} ELSE {otherwise} END"
        whens = [f"WHEN {literal(word)} THEN {literal(kind)}" for word, kind in source.map.items()]
        return f"CASE {text} {' '.join(whens)} ELSE {otherwise} END" if whens else otherwise

    def _attributes(self) -> str:
        """A JSON object of what is there; NULL where nothing is."""
        pairs = ", ".join(
            f"{literal(_json_key(name))} || CAST(to_json({self._cells.text(source)}) AS VARCHAR)"
            for name, source in self._template.attributes.items()
        )
        inside = f"nullif(concat_ws(',', {pairs}), '')"
        return f"'{{' || {inside} || '}}'"

    def _skip_conditions(self) -> list[str]:
        conditions = [self._cells.meets(condition) for condition in self._skips]
        return conditions + [f"NOT {self._cells.meets(c)}" for c in self._template.when]

    def _skip_tests(self) -> list[tuple[str, str]]:
        labels = [condition.label() for condition in self._skips]
        labels += [f"not {condition.label()}" for condition in self._template.when]
        tests = [(label, f"skip_{at}") for at, label in enumerate(labels)]
        rules = self._template.kind.rules if self._template.kind else None
        tests += [
            (rule.when.label(), f"kind = '{SKIP}' AND {self._cells.meets(rule.when)}")
            for rule in rules or ()
            if rule.kind == SKIP
        ]
        column = self._template.kind.column if self._template.kind else None
        return [*tests, (f"{column or 'kind'} is not wanted", f"kind = '{SKIP}'")]

    def _raw(self) -> str:
        """The mapped columns of the row as a JSON object, for the reject file."""
        pairs = ", ".join(f"{literal(name)}, v{at}" for at, name in enumerate(self._names))
        return f"CAST(json_object({pairs}) AS VARCHAR)"


def _digest_text(present: set[str]) -> str:
    """Join the fields with separators; what is constant is written as one literal."""
    parts, constant = [], ""
    for at, (name, kind) in enumerate(CANONICAL.items()):
        constant += _BETWEEN if at else ""
        if name not in present:
            constant += _ABSENT
            continue
        text = _DIGEST_TEXTS.get(name) or (
            name if kind == "VARCHAR" else f"CAST({name} AS VARCHAR)"
        )
        parts += [f"'{constant}'", f"coalesce({text}, '{_ABSENT}')"]
        constant = ""
    return f"concat({', '.join(parts)}, '{constant}')"


def _json_key(name: str) -> str:
    return json.dumps(name, ensure_ascii=False) + ":"
