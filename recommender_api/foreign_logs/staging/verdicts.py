"""
What becomes of a candidate event, as one SQL expression: an event, a skip by name, or a fault.

The rules are those of ``loggers_sdk.events.check_event``, with its codes, over the columns that
``candidates`` names. An outcome of 0 is an event, n > 0 the n-th skip, -n the n-th fault.
"""

from datetime import datetime
from typing import NamedTuple

from loggers_sdk.events import (
    ATTRIBUTES_BYTES_LIMIT,
    EARLIEST_OCCURRED_AT,
    FUTURE_TOLERANCE_S,
    ID_LENGTH_LIMIT,
    ITEMS_LIMIT,
    POSITION_LIMIT,
    Fault,
)

EVENT = 0
_NUMBER_LIMIT = 2**53
_ID_FIELDS = ("user_id", "session_id", "item_id", "recommendation_id", "placement")
_NUMBER_FIELDS = ("quantity", "value")


class Check(NamedTuple):
    """A fault and the SQL that tells whether a candidate has it."""

    fault: Fault
    sql: str


class Verdicts:
    """Numbers skips and faults as they are met, so that a count of outcomes can be read back."""

    def __init__(self) -> None:
        self.skips: list[str] = []
        self.faults: list[Fault] = []

    def expression(self, skips: list[tuple[str, str]], checks: list[Check]) -> str:
        """The outcome: the first skip that is met, else the first fault, else an event."""
        whens = [f"WHEN {sql} THEN {self._skip(label)}" for label, sql in skips]
        whens += [f"WHEN {check.sql} THEN {self._fault(check.fault)}" for check in checks]
        return f"CASE {' '.join(whens)} ELSE {EVENT} END" if whens else str(EVENT)

    def skip_named(self, outcome: int) -> str:
        return self.skips[outcome - 1]

    def fault_of(self, outcome: int) -> Fault:
        return self.faults[-outcome - 1]

    def _skip(self, label: str) -> int:
        if label not in self.skips:
            self.skips.append(label)
        return self.skips.index(label) + 1

    def _fault(self, fault: Fault) -> int:
        if fault not in self.faults:
            self.faults.append(fault)
        return -self.faults.index(fault) - 1


def checks_for(present: set[str], received_at: datetime) -> list[Check]:
    """The checks that a candidate needs whose template maps the fields ``present``."""
    checks = [*_kind_checks(), *_time_checks(received_at)]
    for name in _ID_FIELDS:
        if name in present:
            checks += _id_checks(name, name)
    checks += _owner_checks(present) + _item_checks(present)
    for name in _NUMBER_FIELDS:
        if name in present:
            checks += _number_checks(name)
    if "position" in present:
        checks += _position_checks()
    if "attributes" in present:
        detail = f"keep to {ATTRIBUTES_BYTES_LIMIT} bytes of JSON"
        sql = f"strlen(attributes) > {ATTRIBUTES_BYTES_LIMIT}"
        checks.append(_check("attributes_too_large", "attributes", detail, sql))
    return checks


def _check(code: str, field: str, detail: str, sql: str) -> Check:
    return Check(Fault(code, field, detail), sql)


def _kind_checks() -> list[Check]:
    detail = "add the word to kind: {map: …}, or write otherwise: skip"
    return [_check("kind_unknown", "kind", detail, "kind IS NULL")]


def _time_checks(received_at: datetime) -> list[Check]:
    name = "occurred_at"
    latest = f"TIMESTAMPTZ '{received_at.isoformat()}' + INTERVAL {int(FUTURE_TOLERANCE_S)} SECOND"
    return [
        _check("field_missing", name, "every event needs a time; fill it", "time_text IS NULL"),
        _check(
            "time_zone_missing",
            name,
            "the time has no zone; write time: {zone: …} in the mapping",
            "time_is_zoneless",
        ),
        _check(
            "time_invalid",
            name,
            "the time is not in the mapping's format; correct it, or time: {format: …}",
            "occurred_at IS NULL",
        ),
        _check(
            "time_too_old",
            name,
            "the time lies before 1990; check its unit and format",
            f"occurred_at < TIMESTAMPTZ '{EARLIEST_OCCURRED_AT}'",
        ),
        _check(
            "time_in_future",
            name,
            "the time is over a day ahead; check the clock, the unit and the zone",
            f"occurred_at > {latest}",
        ),
    ]


def _id_checks(field: str, sql: str) -> list[Check]:
    return [
        _check(
            "id_too_long",
            field,
            f"shorten {field} to at most {ID_LENGTH_LIMIT} characters",
            f"length({sql}) > {ID_LENGTH_LIMIT}",
        ),
        _check(
            "id_control_character",
            field,
            f"remove control characters from {field}",
            rf"regexp_matches({sql}, '\p{{Cc}}')",
        ),
    ]


def _owner_checks(present: set[str]) -> list[Check]:
    owners = [name for name in ("user_id", "session_id") if name in present]
    detail = "say whose event it is: fill the user or the session"
    sql = " AND ".join(f"{name} IS NULL" for name in owners) or "true"
    return [_check("field_missing", "user_id", detail, f"({sql})")]


def _item_checks(present: set[str]) -> list[Check]:
    no_item = "item_id IS NULL AND " if "item_id" in present else ""
    no_value = "value IS NULL AND " if "value" in present else ""
    checks = [
        _check(
            "field_missing",
            "item_id",
            "every event but an impression needs an item; fill it",
            f"({no_item}kind <> 'impression')",
        ),
        _check(
            "field_missing",
            "value",
            "a rating needs its value; map the column that holds it",
            f"({no_value}{'NOT value_is_misread AND ' if no_value else ''}kind = 'rating')",
        ),
    ]
    if "items" not in present:
        detail = "an impression needs the items it showed; map the column that holds them"
        return [*checks, _check("field_missing", "items", detail, "kind = 'impression'")]
    long = f"len(list_filter(items, lambda x: length(x) > {ID_LENGTH_LIMIT})) > 0"
    control = r"len(list_filter(items, lambda x: regexp_matches(x, '\p{Cc}'))) > 0"
    empty = "len(list_filter(items, lambda x: coalesce(x, '') = '')) > 0"
    return [
        *checks,
        _check(
            "field_missing",
            "items",
            "an impression needs the items it showed; fill them",
            "(kind = 'impression' AND items IS NULL)",
        ),
        _check(
            "items_empty", "items", "leave the row out when nothing was shown", "len(items) = 0"
        ),
        _check(
            "items_too_many",
            "items",
            f"at most {ITEMS_LIMIT} items in one impression",
            f"len(items) > {ITEMS_LIMIT}",
        ),
        _check("id_empty", "items", "one of the items is empty; leave it out", empty),
        _check("id_too_long", "items", f"ids have at most {ID_LENGTH_LIMIT} characters", long),
        _check("id_control_character", "items", "remove control characters from items", control),
    ]


def _number_checks(name: str) -> list[Check]:
    checks = [
        _check(
            "field_type",
            name,
            f"{name} must be a number; where 1,50 is one, write decimal_comma: true beside its "
            "column",
            f"{name}_is_misread",
        ),
        _check("value_not_finite", name, f"{name} must be finite", f"NOT isfinite({name})"),
        _check(
            "value_out_of_range",
            name,
            f"{name} must lie within ±2^53",
            f"abs({name}) > {_NUMBER_LIMIT}",
        ),
    ]
    if name == "quantity":
        detail = "quantity must be above 0; skip returns with skip: or a rule of kind:"
        checks.append(_check("value_out_of_range", name, detail, "quantity <= 0"))
    return checks


def _position_checks() -> list[Check]:
    limit = POSITION_LIMIT
    return [
        _check(
            "field_type",
            "position",
            "position must be an integer",
            "(position_is_misread OR (position_number IS NOT NULL "
            "AND position_number <> trunc(position_number)))",
        ),
        _check(
            "value_out_of_range",
            "position",
            f"position must lie in 0-{limit}",
            f"(position_number < 0 OR position_number > {limit} OR isnan(position_number))",
        ),
    ]
