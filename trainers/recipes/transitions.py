"""
What comes next: first-order transitions between the items of a session, the near ones counting most
(the Markov chain with decay of Ludewig and Jannach, "Evaluation of Session-based Recommendation
Algorithms", UMUAI 2018, there `sr`).

An item's list says what follows it, not what it goes with: from A to B is another count than from B
to A.
"""

from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy import sparse

from recommender_models.neighbours import NeighbourLists
from recommender_store.artifacts.manifest import SlotName
from trainers.datasets.interactions import Interactions
from trainers.datasets.ordering import begins, stable_order
from trainers.datasets.visits import SESSION_LENGTH_LIMIT, sessions

from .item_knn import to_lists
from .protocol import Parameters, Progress, TrainingData


class TransitionParameters(Parameters):
    """How far one looks ahead, and how sure one is."""

    neighbours: Annotated[int, Field(ge=1, le=1000)] = 50
    """Length of each list."""
    reach: Annotated[int, Field(ge=1, le=50)] = 10
    """So many items after one are what follows it."""
    minimum_support: int = Field(default=2, ge=1)
    """How often one item must have followed the other."""
    shrinkage: Annotated[float, Field(ge=0)] = 5.0
    """Added to what left an item before its shares are taken: few departures prove little."""


class Transitions:
    """Fits `NeighbourLists` that lead forward in time."""

    name: ClassVar[str] = "transitions"
    slots: ClassVar[tuple[SlotName, ...]] = ("next",)
    parameters: ClassVar[type[Parameters]] = TransitionParameters

    def fit(
        self,
        data: TrainingData,
        parameters: TransitionParameters,
        progress: Progress,
        rng: np.random.Generator,  # noqa: ARG002 - nothing here is left to chance
    ) -> NeighbourLists:
        count = data.matrix.shape[1]
        items, numbers = _in_order(data.interactions)
        weights = sparse.csr_matrix((count, count))
        times = sparse.csr_matrix((count, count))
        for distance in range(1, parameters.reach + 1):
            step = _steps(items, numbers, distance, count)
            times += step
            # The weight of the distance as in the paper: one over it.
            weights += step / distance
            progress(distance, parameters.reach)
        departures = np.asarray(weights.sum(axis=1)).ravel() + parameters.shrinkage
        weights = weights.multiply(times >= parameters.minimum_support)
        shares = sparse.diags(1 / np.maximum(departures, np.finfo(np.float64).tiny)) @ weights
        return to_lists(shares.tocsr(), parameters.neighbours)


def _in_order(interactions: Interactions) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Items session by session, in order of time, and the session of each; one looked at twice in a
    row is there once.
    """
    said = interactions.positive
    numbers = sessions(said)
    order = stable_order(numbers)
    items, numbers = said.item[order], numbers[order]
    is_new = begins(items) | begins(numbers)
    items, numbers = items[is_new], numbers[is_new]
    short = np.bincount(numbers)[numbers] <= SESSION_LENGTH_LIMIT
    return items[short], numbers[short]


def _steps(
    items: NDArray[np.int32], numbers: NDArray[np.int64], distance: int, count: int
) -> sparse.csr_matrix:
    """How often each item came that far after another of its session."""
    before, after = items[:-distance], items[distance:]
    within = (numbers[:-distance] == numbers[distance:]) & (before != after)
    places = (before[within], after[within])
    return sparse.coo_matrix((np.ones(len(places[0])), places), shape=(count, count)).tocsr()
