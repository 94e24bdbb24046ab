"""
Blend: several recipes fitted on the same data, their answers weighted and summed.

What each part weighs is a parameter: a search learns it on data that it holds back. Linear stacking
of a few good and different models is what won the Netflix prize (Jahrer, Töscher and Legenstein,
"Combining predictions for accurate recommender systems", KDD 2010).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from recommender_models.blend import PART_KINDS, Blend, PartModel, part_folder
from recommender_store.artifacts.manifest import SlotName
from trainers.errors import ParameterInvalid

from .protocol import Parameters, Progress, Recipe, TrainingData
from .ranges import wrong


class Ingredient(BaseModel):
    """One part: a recipe, its parameters, and what its scores weigh once they are on one scale."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    recipe: str
    weight: float = Field(gt=0, le=1)
    parameters: dict[str, Any] = Field(default_factory=dict)


BESIDE_GRAPH = {"factors": 256, "regularization": 40.0, "alpha": 40.0, "iterations": 10}
"""Larger and smoother than ALS alone: found on held-back items of Gowalla's training side."""


class BlendParameters(Parameters):
    """The parts; only how their weights compare matters."""

    parts: tuple[Ingredient, ...] = Field(
        default=(
            Ingredient(recipe="graph_filter", weight=0.65),
            Ingredient(recipe="als", weight=0.35, parameters=BESIDE_GRAPH),
        ),
        min_length=1,
        max_length=8,
    )


class Blended:
    """Fits `Blend` out of the recipes it is given."""

    name: ClassVar[str] = "blend"
    slots: ClassVar[tuple[SlotName, ...]] = ("for_you",)
    parameters: ClassVar[type[Parameters]] = BlendParameters

    def __init__(self, recipes: Mapping[str, Recipe]) -> None:
        self._recipes = recipes

    def fit(
        self,
        data: TrainingData,
        parameters: BlendParameters,
        progress: Progress,
        rng: np.random.Generator,
    ) -> Blend:
        """
        Raises:
            ParameterInvalid: where a part is no recipe, or none that can be blended.
        """
        asked = [(self._recipe(part), self._parameters(part)) for part in parameters.parts]
        models: list[PartModel] = []
        for done, (recipe, given) in enumerate(asked):
            progress(done, len(asked))
            start = data.starts.get(part_folder(done))
            of_part = replace(data, starts={} if start is None else {"": start})
            model = recipe.fit(of_part, given, lambda *_: None, rng)
            if not isinstance(model, PartModel):
                raise self._invalid(f"parts must be of the kinds {', '.join(PART_KINDS)}")
            models.append(model)
        progress(len(asked), len(asked))
        return Blend(models, [part.weight for part in parameters.parts])

    def _recipe(self, part: Ingredient) -> Recipe:
        if part.recipe not in self._recipes:
            known = ", ".join(sorted(self._recipes))
            raise self._invalid(f"parts: there is no recipe '{part.recipe}' to blend, only {known}")
        return self._recipes[part.recipe]

    def _parameters(self, part: Ingredient) -> Parameters:
        parameters = self._recipes[part.recipe].parameters
        try:
            return parameters.model_validate(part.parameters)
        except ValidationError as error:
            raise self._invalid(f"parts: {part.recipe}: {wrong(parameters, error)}") from error

    def _invalid(self, detail: str) -> ParameterInvalid:
        return ParameterInvalid(recipe=self.name, detail=detail)
