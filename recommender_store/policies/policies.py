"""
Everything that one tenant decided about its answers, read as what it means.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import ValidationError

from recommender_store.errors import RecordUnreadable
from recommender_store.objects.scope import Scope

from .experiment import Experiment
from .placement import PlacementRecord
from .records import RecordChain
from .rule import Rule, as_rule

Written = TypeVar("Written", PlacementRecord, Experiment)


@dataclass(frozen=True)
class Decided:
    """A tenant's placements, rules and experiments at one moment."""

    placements: Mapping[str, PlacementRecord] = field(default_factory=dict)
    """By id; the built-in ones are here only where the tenant told them to be different."""
    rules: tuple[Rule, ...] = ()
    """By id, the disabled ones too."""
    experiments: tuple[Experiment, ...] = ()
    """By id, the disabled ones too."""


class Policies:
    """The policies below one tenant's scope, a chain a kind of record."""

    def __init__(self, scope: Scope) -> None:
        self.placements = RecordChain(scope.chain("placements"))
        self.rules = RecordChain(scope.chain("rules"))
        self.experiments = RecordChain(scope.chain("experiments"))

    def number(self) -> int:
        """Grows with every decision."""
        return sum(one.read().number for one in (self.placements, self.rules, self.experiments))

    def decided(self) -> Decided:
        """
        Raises:
            RecordUnreadable: where a record is damaged or of a newer version of this code.
        """
        placements, rules = self.placements.read().values, self.rules.read().values
        experiments = self.experiments.read().values
        return Decided(
            {
                one: _read(PlacementRecord, f"placements/{one}", value)
                for one, value in placements.items()
            },
            tuple(_rule(one, value) for one, value in rules.items()),
            tuple(
                _read(Experiment, f"experiments/{one}", value) for one, value in experiments.items()
            ),
        )


def _read(model: type[Written], key: str, value: dict[str, object]) -> Written:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise RecordUnreadable(key=f"policies/{key}", reason=str(error)) from error


def _rule(record_id: str, value: dict[str, object]) -> Rule:
    try:
        return as_rule(value)
    except (ValidationError, KeyError) as error:
        raise RecordUnreadable(key=f"policies/rules/{record_id}", reason=str(error)) from error
