"""
What a search may try: recipes, and the range in which each of their parameters is sought.

The ranges stand beside the parameters (`trainers/recipes/sought.py`); here they become suggestions.
"""

from collections.abc import Iterator
from typing import Any

from optuna.trial import Trial

from trainers.recipes.sought import Sought
from trainers.recipes.table import RECIPES

STARTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("rp3beta", {}),
    ("graph_filter", {}),
    ("als", {"factors": 256, "regularization": 40.0, "alpha": 40.0, "iterations": 10}),
    ("bm25", {}),
    ("ease", {}),
)
"""Tried first, in this order; the search goes on from there with those recipes that were tried."""


def sought(recipe: str) -> Iterator[tuple[str, Sought, bool]]:
    """Name, range, and whether it counts whole numbers, of each parameter that is searched for."""
    for name, field in RECIPES[recipe].parameters.model_fields.items():
        for mark in field.metadata:
            if isinstance(mark, Sought):
                yield name, mark, field.annotation is int


def suggest(trial: Trial, recipe: str) -> dict[str, Any]:
    """A value for each sought parameter."""
    values: dict[str, Any] = {}
    for name, mark, is_whole in sought(recipe):
        key = f"{recipe}.{name}"
        if is_whole:
            values[name] = trial.suggest_int(key, int(mark.low), int(mark.high), log=mark.log)
        else:
            values[name] = trial.suggest_float(key, mark.low, mark.high, log=mark.log)
    return values


def start(recipe: str, given: dict[str, Any]) -> dict[str, Any]:
    """A first trial: what is given, else the defaults, brought into the sought ranges."""
    parameters = RECIPES[recipe].parameters(**given)
    values: dict[str, Any] = {"recipe": recipe}
    for name, mark, _ in sought(recipe):
        values[f"{recipe}.{name}"] = min(max(getattr(parameters, name), mark.low), mark.high)
    return values
