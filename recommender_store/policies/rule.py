"""
A rule as it is written down: one model a kind, checked as far as a rule can be checked by itself.

What its filter means, and whether its placements exist, is for those to say who know the catalog.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AliasChoices, Field, Strict, ValidationInfo, field_validator

from .fields import ItemId, Moment, Note, Record, RecordId, contradiction

POSITION_MOST = 200
ITEMS_MOST = 5_000
FACTOR_MOST = 1_000.0
PERIOD_HOURS_MOST = 24 * 90

ItemIds = Annotated[tuple[ItemId, ...], Strict(strict=False)]
Names = Annotated[tuple[RecordId, ...], Strict(strict=False)]
Attributes = Annotated[tuple[str, ...], Strict(strict=False)]


class RuleFields(Record):
    """What every kind of rule has."""

    id: RecordId
    enabled: bool = True
    priority: int = Field(default=0, ge=-1_000_000, le=1_000_000)
    """The greater comes first; equal ones by id."""
    placements: Names = Field(default=(), max_length=100)
    """Where it holds; none named: everywhere."""
    when: str | None = None
    """A condition over `$context.*` and `$item.*`; the rule holds where it does."""
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    """The first moment at which it no longer holds."""
    experiment: RecordId | None = None
    variant: RecordId | None = None
    note: Note = ""
    """For people."""

    @field_validator("ends_at")
    @classmethod
    def _ends_after_it_starts(cls, ends_at: Moment | None, info: ValidationInfo) -> Moment | None:
        starts_at = info.data.get("starts_at")
        if ends_at is not None and starts_at is not None and ends_at <= starts_at:
            raise contradiction("it would end before it starts: write a later ends_at")
        return ends_at

    @field_validator("variant")
    @classmethod
    def _names_its_experiment(cls, variant: str | None, info: ValidationInfo) -> str | None:
        if variant is not None and info.data.get("experiment") is None:
            raise contradiction("a variant belongs to an experiment: name it too")
        return variant


class Include(RuleFields):
    """Only items that pass the filter are shown."""

    kind: Literal["include"] = "include"
    filter: str


class Exclude(RuleFields):
    """Items that pass the filter are not shown."""

    kind: Literal["exclude"] = "exclude"
    filter: str


class Block(RuleFields):
    """These items are not shown."""

    kind: Literal["block"] = "block"
    items: ItemIds = Field(
        min_length=1,
        max_length=ITEMS_MOST,
        validation_alias=AliasChoices("items", "item_ids"),
    )


class Boost(RuleFields):
    """Items that pass the filter have their score multiplied, and rise."""

    kind: Literal["boost"] = "boost"
    filter: str
    factor: float = Field(le=FACTOR_MOST)

    @field_validator("factor")
    @classmethod
    def _raises(cls, factor: float) -> float:
        if factor <= 1:
            raise contradiction("a boost raises: write a factor above 1, or make it a bury")
        return factor


class Bury(RuleFields):
    """Items that pass the filter have their score multiplied, and sink."""

    kind: Literal["bury"] = "bury"
    filter: str
    factor: float

    @field_validator("factor")
    @classmethod
    def _lowers(cls, factor: float) -> float:
        if not 0 < factor < 1:
            raise contradiction(
                "a bury lowers: write a factor between 0 and 1, such as 0.5; "
                "what is not to be shown at all is excluded or blocked"
            )
        return factor


class Fresh(RuleFields):
    """Scores fall with age, by half in each half-life."""

    kind: Literal["fresh"] = "fresh"
    half_life_days: float = Field(gt=0, le=36_500)
    attribute: str = Field(default="created_at", min_length=1)
    """A time; items without one count as old as can be."""
    at_least: float = Field(default=0.1, gt=0, le=1)
    """What is left of the score of the oldest."""


class Pin(RuleFields):
    """This item stands at this position."""

    kind: Literal["pin"] = "pin"
    item: ItemId = Field(validation_alias=AliasChoices("item", "item_id"))
    position: int = Field(ge=1, le=POSITION_MOST)


class Diversify(RuleFields):
    """At most so many items of an answer have the same value."""

    kind: Literal["diversify"] = "diversify"
    attribute: str = Field(min_length=1)
    at_most: int = Field(ge=1, le=POSITION_MOST)


class Cap(RuleFields):
    """What a user was shown so many times within a period is not shown to them."""

    kind: Literal["cap"] = "cap"
    times: int = Field(ge=1, le=1_000)
    period_hours: float = Field(gt=0, le=PERIOD_HOURS_MOST)


class Hook(RuleFields):
    """Code of the tenant's own looks at the candidates."""

    kind: Literal["hook"] = "hook"
    name: str = Field(min_length=1, max_length=200)
    attributes: Attributes | None = Field(default=None, max_length=100)
    """What it is told of each item; null: everything."""


Filtering: TypeAlias = Include | Exclude | Block
Scaling: TypeAlias = Boost | Bury | Fresh
Rule: TypeAlias = Filtering | Scaling | Pin | Diversify | Cap | Hook

KINDS: Mapping[str, type[Rule]] = {
    one.model_fields["kind"].default: one
    for one in (Include, Exclude, Block, Boost, Bury, Fresh, Pin, Diversify, Cap, Hook)
}


def as_rule(value: Mapping[str, Any]) -> Rule:
    """
    The rule that a record says.

    Raises:
        ValidationError: where a field is wrong.
        KeyError: where the kind is none of `KINDS`.
    """
    return KINDS[value["kind"]].model_validate(value)
