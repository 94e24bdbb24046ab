"""
What a recipe is: a name, the slots it can fill, its parameters, and `fit`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from scipy import sparse

from recommender_models.protocol import Model
from recommender_store.artifacts.manifest import SlotName
from trainers.datasets.descriptions import Descriptions
from trainers.datasets.interactions import Interactions


class Owners(NamedTuple):
    """Digests of ids, as the bundle's sessions keep them."""

    users: NDArray[np.uint64]
    """By number of the actor; anonymous sessions, behind the users, have none."""
    sessions: NDArray[np.uint64]
    """By number of the session that an event names."""


Progress = Callable[[int, int], None]
"""Called with steps done and steps in all."""


class Parameters(BaseModel):
    """A recipe's parameters: frozen, typed, with their ranges; unknown names are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


@dataclass(frozen=True)
class Start:
    """
    Vectors that an earlier fit with the same parameters ended with, by the rows of this one's data.

    Rows that the earlier fit did not know are zeros.
    """

    item_factors: NDArray[np.float32]
    user_factors: NDArray[np.float32]


@dataclass(frozen=True)
class TrainingData:
    """What a recipe is fitted on."""

    matrix: sparse.csr_matrix
    """Actors × items, summed weights, float32; users first, then anonymous sessions."""
    user_count: int
    """How many of the actors are users whose vectors are worth keeping."""
    interactions: Interactions
    """The same events one by one, in order of time."""
    until_us: int
    """The moment up to which the data goes."""
    descriptions: Descriptions | None = None
    """The catalog's titles and attributes; None where it describes nothing."""
    owners: Callable[[], Owners] | None = None
    """Tells whose the events are, by digest; None where nobody could ever ask to be forgotten."""
    threads: int = 0
    """0: all cores. The result does not depend on it."""
    least_recall: float = 0.95
    """Share of the exact best items that an index must find; else it is exact."""
    starts: Mapping[str, Start] = field(default_factory=dict)
    """Where a fit may go on from, by the folder of the model's files: `""`, a blend's `part-0`."""

    @property
    def people(self) -> sparse.csr_matrix:
        """
        The users' rows, a copy; those of anonymous sessions only where there is nobody else.

        One visit is a poor picture of a taste: fitted beside users, visits blur theirs.
        """
        return self.matrix[: self.user_count] if self.user_count else self.matrix.copy()


class Recipe(Protocol):
    """How one kind of model is fitted."""

    name: ClassVar[str]
    slots: ClassVar[tuple[SlotName, ...]]
    parameters: ClassVar[type[Parameters]]

    def fit(
        self,
        data: TrainingData,
        parameters: Any,
        progress: Progress,
        rng: np.random.Generator,
    ) -> Model: ...
