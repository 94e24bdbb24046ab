"""
The table of recipes: a new one is one file and one line here.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from recommender_store.artifacts.manifest import SlotName
from trainers.errors import ParameterInvalid, RecipeUnknown

from .als import Als
from .blend import Blended
from .bpr import Bpr
from .co_purchase import CoPurchase
from .content import Content
from .ease import Ease
from .graph_filter import GraphFilter
from .item_average import ItemAverage
from .item_knn import Bm25, Cosine, TfIdf
from .popularity import Popularity
from .protocol import Parameters, Recipe
from .ranges import wrong
from .rp3beta import Rp3Beta
from .transitions import Transitions
from .trending import Trending
from .vs_knn import VsKnn

BLENDABLE: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Cosine(),
        TfIdf(),
        Bm25(),
        ItemAverage(),
        Als(),
        Bpr(),
        Ease(),
        GraphFilter(),
        Rp3Beta(),
    )
}
"""User-to-item, and a part of a blend where it is to be."""

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Popularity(),
        *BLENDABLE.values(),
        Blended(BLENDABLE),
        CoPurchase(),
        Transitions(),
        VsKnn(),
        Content(),
        Trending(),
    )
}

SEARCH = "search"
"""No recipe, and named like one: the platform chooses."""
SEARCHED: SlotName = "for_you"

DEFAULTS: dict[SlotName, str] = {
    "similar": "tfidf",
    "for_you": "als",
    "popular": "popularity",
    "bought_together": "co_purchase",
    "next": "transitions",
    "content": "content",
    "trending": "trending",
}
"""What fills a slot when nobody asks for anything else."""


def recipe_named(name: str) -> Recipe:
    """
    Raises:
        RecipeUnknown: names those that exist.
    """
    if name not in RECIPES:
        raise RecipeUnknown(recipe=name, known=sorted([*RECIPES, SEARCH]))
    return RECIPES[name]


def choose(names: list[str], defaults: Mapping[SlotName, str] = DEFAULTS) -> dict[SlotName, str]:
    """
    Which recipe fills which slot: the defaults, with each named recipe in the slots it is for.

    A name may be bound to one slot, `for_you=bm25`; that counts more than a name alone. Among
    equals the last one counts.

    Raises:
        RecipeUnknown: also where a recipe is bound to a slot that it cannot fill.
    """
    chosen = dict(defaults)
    for text in sorted(names, key=lambda text: "=" in text):
        slot, _, name = text.rpartition("=")
        if name == SEARCH:
            if slot not in ("", SEARCHED):
                raise RecipeUnknown(recipe=text, known=[f"{SEARCHED}={SEARCH}"])
            chosen[SEARCHED] = SEARCH
            continue
        recipe = recipe_named(name)
        if slot and slot not in recipe.slots:
            bindings = [f"{one}={each.name}" for each in RECIPES.values() for one in each.slots]
            known = [one for one in bindings if one.startswith(f"{slot}=")]
            raise RecipeUnknown(recipe=text, known=known or bindings)
        for one in recipe.slots:
            if slot in ("", one):
                chosen[one] = name
    return chosen


def parameters_of(name: str, given: dict[str, Any]) -> Parameters:
    """
    Raises:
        RecipeUnknown
        ParameterInvalid: names the parameter and its range.
    """
    recipe = recipe_named(name)
    try:
        return recipe.parameters.model_validate(given)
    except ValidationError as error:
        raise ParameterInvalid(recipe=name, detail=wrong(recipe.parameters, error)) from error
