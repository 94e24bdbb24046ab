"""
RP3β: where three random steps over the graph of users and items lead, popular items held back
(Paudel, Christoffel, Newell and Bernstein, "Updatable, Accurate, Diverse, and Scalable
Recommendations for Interactive Applications", TiiS 2017).

From an item to somebody who had it, on to an item of theirs: each step's probability to the power
of alpha, the whole divided by the item's popularity to the power of beta.
"""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from recommender_models.item_weights import ItemWeights
from recommender_store.artifacts.manifest import SlotName

from .graph_filter import normalised
from .item_item import Matrix, powers, signal, weights_of
from .protocol import Parameters, Progress, TrainingData
from .sought import Sought


class Rp3BetaParameters(Parameters):
    """The paper's alpha and beta."""

    alpha: Annotated[float, Field(ge=0, le=4), Sought(0.4, 1.4)] = 0.8
    """Below 1, improbable steps count more than they are likely."""
    beta: Annotated[float, Field(ge=0, le=4), Sought(0.0, 0.8)] = 0.3
    """0: popular items stay popular; greater: rare ones come forward."""
    kept: Annotated[int, Field(ge=10, le=5000)] = 400
    """Entries of each item's row that are served."""


class Rp3Beta:
    """Fits `ItemWeights`."""

    name: ClassVar[str] = "rp3beta"
    slots: ClassVar[tuple[SlotName, ...]] = ("similar", "for_you")
    parameters: ClassVar[type[Parameters]] = Rp3BetaParameters

    def fit(
        self,
        data: TrainingData,
        parameters: Rp3BetaParameters,
        progress: Progress,
        rng: np.random.Generator,  # noqa: ARG002 - nothing here is left to chance
    ) -> ItemWeights:
        matrix = signal(data)
        to_people, to_items = normalised(matrix, 0, 1).T.tocsr(), normalised(matrix, 1, 0)
        to_people.data **= np.float32(parameters.alpha)
        to_items.data **= np.float32(parameters.alpha)
        popularity = np.asarray(matrix.sum(axis=0), dtype=np.float32).ravel()
        held_back = powers(popularity, -parameters.beta)

        def rows_of(start: int, stop: int) -> Matrix:
            rows: Matrix = (to_people[start:stop] @ to_items).toarray() * held_back
            return rows

        return weights_of(rows_of, matrix.shape[1], parameters.kept, progress)
