"""
One search under way: its inner split, its study, what was spent and what is chosen so far.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState
from pydantic import BaseModel, ConfigDict, Field

from .fits import Fits
from .holding_back import HeldBack

Report = Callable[[str], None]

FULL_OVER_INNER = 1.4
"""What fitting on everything costs, at most, beside fitting on the inner split."""


class SearchParameters(BaseModel):
    """How long, how careful, and where to remember it."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    budget_s: float = Field(default=1800.0, gt=0)
    """CPU-seconds, the last fit included."""
    users: int = Field(default=3000, ge=1)
    """By how many users, at most, a trial is judged."""
    parts: int = Field(default=3, ge=1, le=8)
    """How many recipes are blended, at most."""
    trials: int = Field(default=60, ge=1)
    """No more than these, however much budget is left."""
    journal: Path | None = None
    """A file that a killed search goes on from."""


@dataclass
class UnderWay:
    """One search under way."""

    held: HeldBack
    limits: SearchParameters
    seed: int
    study: optuna.Study
    report: Report
    began_s: float = field(default_factory=time.process_time)
    spent_before_s: float = 0.0
    fits: Fits = field(init=False)

    def __post_init__(self) -> None:
        self.fits = Fits(self.held.data, self.seed)

    @property
    def spent_s(self) -> float:
        return self.spent_before_s + time.process_time() - self.began_s

    @property
    def left_s(self) -> float:
        """After what the last fit will take."""
        fits_s = [float(one.user_attrs["fit_s"]) for one in self.chosen()]
        return self.limits.budget_s - self.spent_s - FULL_OVER_INNER * sum(fits_s)

    def done(self) -> list[FrozenTrial]:
        return [one for one in self.study.trials if one.state is TrialState.COMPLETE]

    def first_users(self, recipe: str) -> float:
        """A recipe's best so far for the first users."""
        same = [one for one in self.done() if one.params["recipe"] == recipe]
        return max((one.intermediate_values[0] for one in same), default=0.0)

    def turn(self) -> str:
        """Which recipe is tried next: each of the best in turn, since each is to be blended."""
        best: list[str] = [one.params["recipe"] for one in self.chosen()]
        tried = [one.params.get("recipe") for one in self.study.trials]
        return min(best, key=tried.count)

    def chosen(self) -> list[FrozenTrial]:
        """The best trial of each of the best recipes."""
        best: dict[str, FrozenTrial] = {}
        for one in sorted(self.done(), key=lambda trial: (-(trial.value or 0), trial.number)):
            best.setdefault(one.params["recipe"], one)
        return list(best.values())[: self.limits.parts]


def parameters_of(trial: FrozenTrial) -> dict[str, Any]:
    prefix = f"{trial.params['recipe']}."
    return {
        name.removeprefix(prefix): value
        for name, value in trial.params.items()
        if name.startswith(prefix)
    }
