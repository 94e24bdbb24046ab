"""
A mapping from a look: roles, then kind, time and numbers, then what was assumed or is in doubt.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from recommender_api.foreign_logs.declarations.conditions import Condition
from recommender_api.foreign_logs.declarations.fields import AttributeSource, Fields, FieldSource
from recommender_api.foreign_logs.declarations.kinds import KindSource
from recommender_api.foreign_logs.declarations.times import EPOCH_UNITS_US, ISO, TimeSource
from recommender_api.foreign_logs.mapping import LogMapping

from .look import Look
from .roles import Roles, find_roles
from .words import kind_in_name, kind_map

_SALE_SESSIONS = ("order", "invoice", "basket", "receipt", "transaction", "checkout", "ticket")


@dataclass
class Proposal:
    """``mapping`` is None when a part is missing that every event needs."""

    mapping: LogMapping | None
    why: list[str]
    assumed: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    alternatives: list[LogMapping] = field(default_factory=list)


def propose(look: Look) -> Proposal:
    """Guess a mapping of the whole file."""
    roles = find_roles(look)
    missing = [role for role in ("time", "item") if role not in roles.columns]
    if not {"user", "session"} & set(roles.columns):
        missing.append("user")
    if missing:
        columns = ", ".join(look.columns[:40])
        doubt = f"no column looks like the {' or the '.join(missing)} among {columns}"
        return Proposal(None, roles.why, roles.assumed, [f"{doubt}; {_instead(missing)}"])
    times = _times(look, roles)
    kind = _kind(look, roles)
    mappings = [_mapping(look, roles, kind, time) for time in times]
    for first, second in roles.swaps if roles.doubts else ():
        swapped = dict(roles.columns)
        swapped[first], swapped[second] = swapped[second], swapped[first]
        mappings.append(_mapping(look, Roles(columns=swapped), kind, times[0]))
    return Proposal(mappings[0], roles.why, roles.assumed, roles.doubts, mappings[1:])


def _instead(missing: list[str]) -> str:
    """What to do with a file in which something was not found."""
    if "time" in missing:
        return (
            "if it tells of items and not of what users did, bring it with `recommender items "
            "import`; else write a mapping, with time: {constant: 2026-01-01T00:00:00Z} where "
            "nothing says when"
        )
    return "write a mapping"


def _mapping(look: Look, roles: Roles, kind: KindSource, time: TimeSource) -> LogMapping:
    columns = roles.columns
    fields = {
        f"{role}_id": _id(look, columns[role])
        for role in ("user", "session", "item")
        if role in columns
    }
    fields |= _numbers(columns)
    skip: tuple[Condition, ...] = ()
    if "quantity" in fields and (look.facts[columns["quantity"]].low or 0) <= 0:
        skip = (Condition(column=columns["quantity"], at_most=0, name="quantity not above 0"),)
    return LogMapping(
        file=look.file,
        kind=kind,
        time=time,
        fields=Fields(**fields),
        skip=skip,
        items={
            role: AttributeSource(column=columns[role])
            for role in ("title", "category", "brand", "price")
            if role in columns
        },
    )


def _id(look: Look, column: str) -> FieldSource:
    facts = look.facts[column]
    return FieldSource(column=column, integer=facts.saved_as_floats == facts.filled)


def _numbers(columns: dict[str, str]) -> dict[str, FieldSource]:
    numbers = {}
    if "quantity" in columns:
        numbers["quantity"] = FieldSource(column=columns["quantity"])
    if "rating" in columns:
        numbers["value"] = FieldSource(column=columns["rating"])
    elif "value" in columns:
        numbers["value"] = FieldSource(column=columns["value"])
    elif "price" in columns:
        numbers["value"] = FieldSource(column=columns["price"], times=columns.get("quantity"))
    return numbers


def _kind(look: Look, roles: Roles) -> KindSource:
    if "kind" in roles.columns:
        column = roles.columns["kind"]
        kinds = kind_map(look.words(column) or []) or {}
        if any(word != kind for word, kind in kinds.items()):
            roles.assumed.append(_kinds_told(column, kinds))
        return KindSource(column=column, map=kinds)
    kind, reason = _one_kind(look, roles)
    roles.assumed.append(f"every row is taken as a {kind}, since {reason}; correct kind: if not")
    return KindSource(constant=kind)


def _kinds_told(column: str, kinds: Mapping[str, str]) -> str:
    """What each word is taken for, and what comes of those that are not known."""
    told = f"in {column}, " + ", ".join(f"{word} is {kind}" for word, kind in kinds.items())
    if any(kind.startswith("custom:") for kind in kinds.values()):
        told += "; what is custom: weighs 0 until `training.kind_weights` names it"
    return told


def _one_kind(look: Look, roles: Roles) -> tuple[str, str]:
    if "rating" in roles.columns:
        return "rating", f"{roles.columns['rating']} rates"
    sale = next(
        (roles.columns[r] for r in ("quantity", "value", "price") if r in roles.columns), ""
    )
    if sale:
        return "purchase", f"{sale} is what sales have"
    session = roles.columns.get("session", "")
    if any(word in session.lower() for word in _SALE_SESSIONS):
        return "purchase", f"{session} is what sales have"
    named = kind_in_name(look.path.name)
    if named is not None and named not in {"rating", "impression"}:
        return named, "the file's name says so"
    return "view", "no column says what happened"


def _times(look: Look, roles: Roles) -> list[TimeSource]:
    """The likeliest reading of the times first; more than one only where it is in doubt."""
    column = roles.columns["time"]
    forms = look.formats(column)
    kind = look.type_of(column)
    if kind.startswith(("TIMESTAMP", "DATE")):
        zone = None if kind == "TIMESTAMP WITH TIME ZONE" else _utc(roles, column)
        return [TimeSource(column=column, format=ISO, zone=zone)]
    form = forms[0]
    if form in EPOCH_UNITS_US:
        return [TimeSource(column=column, format=form)]
    if form == ISO:
        zone = _utc(roles, column) if look.has_zoneless(column) else None
        return [TimeSource(column=column, format=ISO, zone=zone)]
    twin = _day_and_month_swapped(form)
    readings = [form, twin] if twin in forms else [form]
    if len(readings) > 1:
        roles.doubts.append(
            f"in {column} day and month cannot be told apart; "
            f"write time: {{format: '{readings[0]}'}} or '{readings[1]}'"
        )
    zone = None if "%z" in form else _utc(roles, column)
    return [TimeSource(column=column, format=reading, zone=zone) for reading in readings]


def _utc(roles: Roles, column: str) -> str:
    roles.assumed.append(
        f"times in {column} have no zone and are taken as UTC; write time: {{zone: …}} if they "
        "are local"
    )
    return "UTC"


def _day_and_month_swapped(form: str) -> str:
    swapped = form.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")
    return swapped if "%d" in form and "%m" in form else ""
