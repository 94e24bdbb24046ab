"""
A blend: several models asked the same, their scores brought to one scale, weighted and summed.

Each part names its best few hundred; every part then scores all that were named, so that nobody's
favourite is lost because another did not think of it. A part's scale is, for each history, the mean
of its best scores: what matters is how far ahead of its own usual best an item stands.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from .factors import Factors
from .item_weights import ItemWeights
from .mean_factors import MeanFactors
from .neighbours import NeighbourLists
from .ordering import best
from .protocol import NOTHING, Considered, History, Ranked, Rows, Scores

CANDIDATES = 256
"""Named by each part however few are asked for: an answer of 10 is the head of one of 100."""
SCALE_BY = 20
"""So many of a part's best scores make its scale."""

PartModel = NeighbourLists | Factors | MeanFactors | ItemWeights
PART_KINDS: dict[str, type[PartModel]] = {
    one.KIND: one for one in (NeighbourLists, Factors, MeanFactors, ItemWeights)
}
"""What a blend can be made of: what answers user-to-item and scores any rows it is given."""


class Part(msgspec.Struct, frozen=True):
    """One model of a blend as its file tells it."""

    kind: str
    weight: float
    folder: str


def part_folder(number: int) -> str:
    """Where the files of a part lie."""
    return f"part-{number}"


class Blend:
    """Models and what each of them weighs."""

    KIND: ClassVar[str] = "blend"

    def __init__(self, models: Sequence[PartModel], weights: Sequence[float]) -> None:
        self._models = list(models)
        self._weights = [np.float32(weight) for weight in weights]

    @property
    def models(self) -> Sequence[PartModel]:
        return self._models

    def recommend(self, histories: Sequence[History], n: int) -> list[Ranked]:
        return [self._personal(history, n) for history in histories]

    def rank_among(self, history: History, rows: Rows, n: int) -> Ranked:
        said = [model.considered(history, CANDIDATES) for model in self._models]
        return self._best(said, np.unique(rows).astype(np.int32), n)

    def _personal(self, history: History, n: int) -> Ranked:
        if n <= 0:
            return NOTHING
        said = [model.considered(history, max(n, CANDIDATES)) for model in self._models]
        return self._best(said, _named(said), n)

    def part_scores(self, history: History) -> tuple[Rows, NDArray[np.float32]]:
        """What was named, and each part's scores of it on its scale [parts, rows]; 0: unknown."""
        said = [model.considered(history, CANDIDATES) for model in self._models]
        rows = _named(said)
        return rows, self._scaled(said, rows)[0]

    def _best(self, said: list[Considered], rows: Rows, n: int) -> Ranked:
        scores, is_known = self._scaled(said, rows)
        # Part after part, so that a score is the same whichever items stand beside it.
        sums: Scores = np.zeros(len(rows), dtype=np.float32)
        for weight, one in zip(self._weights, scores, strict=True):
            sums += weight * one
        return best(rows[is_known], sums[is_known], n)

    def _scaled(
        self, said: list[Considered], rows: Rows
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Each part's scores of ascending rows, and which of them any part has a score for."""
        scores = np.zeros((len(self._models), len(rows)), dtype=np.float32)
        is_known = np.zeros(len(rows), dtype=bool)
        for number, (head, scores_of) in enumerate(said):
            scale = float(np.abs(head.scores[:SCALE_BY]).mean()) if len(head.scores) else 0.0
            if scale > 0:
                found, values = scores_of(rows)
                at = np.searchsorted(rows, found)
                scores[number, at] = values / np.float32(scale)
                is_known[at] = True
        return scores, is_known

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        told = [
            Part(model.KIND, float(weight), part_folder(number))
            for number, (model, weight) in enumerate(zip(self._models, self._weights, strict=True))
        ]
        (folder / "blend.json").write_bytes(msgspec.json.encode(told))
        for part, model in zip(told, self._models, strict=True):
            model.save(folder / part.folder)

    @classmethod
    def from_path(cls, folder: Path) -> Self:
        parts = msgspec.json.decode((folder / "blend.json").read_bytes(), type=list[Part])
        models = [PART_KINDS[part.kind].from_path(folder / part.folder) for part in parts]
        return cls(models, [part.weight for part in parts])


def _named(said: list[Considered]) -> Rows:
    return np.unique(np.concatenate([one.head.rows for one in said]))
