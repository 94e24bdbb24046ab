"""
Models that a search has fitted on its inner split and may want again: the best of each recipe, and
the parts of the default blend.
"""

import numpy as np

from recommender_models.blend import Blend, PartModel
from trainers.recipes.blend import BlendParameters, Ingredient
from trainers.recipes.protocol import Parameters, TrainingData
from trainers.recipes.table import RECIPES

_Key = tuple[str, str]


class Fits:
    """What was fitted; as many models in memory as recipes are tried, and the default's parts."""

    def __init__(self, data: TrainingData, seed: int) -> None:
        self._data = data
        self._seed = seed
        self._models: dict[_Key, PartModel] = {}
        self._best: dict[str, tuple[float, _Key]] = {}
        self._default = {_key_of(part) for part in BlendParameters().parts}

    def fit(self, part: Ingredient) -> PartModel:
        """
        Raises:
            ModelDiverged, CatalogTooLarge.
        """
        known = self._models.get(_key_of(part))
        if known is not None:
            return known
        rng = np.random.default_rng(self._seed)
        recipe = RECIPES[part.recipe]
        model = recipe.fit(self._data, _parameters(part), lambda *_: None, rng)
        assert isinstance(model, PartModel)  # noqa: S101 - only what can be blended is searched
        return model

    def keep(self, part: Ingredient, model: PartModel, value: float) -> None:
        """Keep it where it is the best of its recipe so far, or a part of the default blend."""
        key = _key_of(part)
        best, former = self._best.get(part.recipe, (value, key))
        if value >= best:
            self._best[part.recipe] = (value, key)
            if former != key and former not in self._default:
                self._models.pop(former, None)
        if value >= best or key in self._default:
            self._models[key] = model

    def blend(self, parameters: BlendParameters) -> Blend:
        """The blend as it would be, fitted on the inner split."""
        models = [self.fit(part) for part in parameters.parts]
        return Blend(models, [part.weight for part in parameters.parts])


def _parameters(part: Ingredient) -> Parameters:
    return RECIPES[part.recipe].parameters.model_validate(part.parameters)


def _key_of(part: Ingredient) -> _Key:
    return part.recipe, _parameters(part).model_dump_json()
