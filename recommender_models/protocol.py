"""
What a model answers, whatever it is made of.

Rows stand for items: a model speaks the row numbers of the vocabulary that its bundle was opened
with and never sees an outside id. Answers are ranked: scores descend, equal scores by row.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, NamedTuple, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int32]
Scores = NDArray[np.float32]

NO_ROWS: Rows = np.empty(0, dtype=np.int32)
NO_SCORES: Scores = np.empty(0, dtype=np.float32)


class Ranked(NamedTuple):
    """The answer to one question: at most n rows, best first, and their scores."""

    rows: Rows
    scores: Scores


NOTHING = Ranked(NO_ROWS, NO_SCORES)


class Considered(NamedTuple):
    """One history thought through once: the best items, and the score of any others."""

    head: Ranked
    scores_of: Callable[[Rows], tuple[Rows, Scores]]
    """Those of the given rows that may be recommended and have a score; in no order."""


@dataclass(frozen=True)
class History:
    """What is known of one user."""

    rows: Rows = field(default_factory=lambda: NO_ROWS)
    """Every item that the user did something with, once each: of a visit the newest first, else in
    no order.
    """
    weights: Scores = field(default_factory=lambda: NO_SCORES)
    """What these events say for each item, summed; above zero."""
    stored_row: int = -1
    """The user's row in the bundle, or -1 for one that it does not know."""
    is_newer: bool = True
    """Whether there is more in it than the model was fitted on."""
    excluded: Rows = field(default_factory=lambda: NO_ROWS)
    """Rows that must not come back."""


@runtime_checkable
class SimilarItems(Protocol):
    """Item-to-item: those who looked at this also looked at."""

    def similar_items(self, rows: Rows, n: int) -> list[Ranked]:
        """For each row its n nearest items; never the row itself; empty where nothing is known."""
        ...


@runtime_checkable
class ForYou(Protocol):
    """User-to-item: for you."""

    def recommend(self, histories: Sequence[History], n: int) -> list[Ranked]:
        """For each history its n best items, none excluded; empty where nothing is known."""
        ...


@runtime_checkable
class RanksAmong(Protocol):
    """A model that can score any rows it is given, for filters that few items pass."""

    def rank_among(self, history: History, rows: Rows, n: int) -> Ranked:
        """The n best of the given rows, none of them excluded."""
        ...


Description = Mapping[str, float]
"""Words and what each says, as a vector of the length 1."""


@runtime_checkable
class ReadsWords(SimilarItems, Protocol):
    """Item-to-item by descriptions, also of items that came after the fit."""

    @property
    def minimum_similarity(self) -> float: ...

    def is_told_of(self, rows: Rows) -> NDArray[np.bool_]:
        """Whether each row was described when the model was fitted."""
        ...

    def description(self, words: Iterable[str]) -> Description: ...

    def alike(self, description: Description, n: int) -> Ranked:
        """The n items of the fit that are most alike."""
        ...


class Model(Protocol):
    """What a recipe's `fit` returns, and what opens it again from its files."""

    KIND: ClassVar[str]
    """What its files are: the name under which they are opened again."""

    def save(self, folder: Path) -> None: ...

    @classmethod
    def from_path(cls, folder: Path) -> Self: ...
