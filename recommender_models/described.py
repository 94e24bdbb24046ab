"""
Neighbours by description: for each item the k most alike, precomputed, and what it takes to find
those of an item that came later: the words, and which items have them.

An item of a minute ago is answered for as it would have been, had it been there when this was
fitted; what it changes for the others (how rare a word is) waits for the next fit.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar, NamedTuple, Self

import msgspec
import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from recommender_store.artifacts.arrays import map_array, save_array
from recommender_store.artifacts.vocabulary import Vocabulary

from .neighbours import NeighbourLists
from .ordering import best
from .protocol import Description, Ranked, Rows, Scores
from .word_index import WordIndex

_WORDS, _LIMITS, _INDEX = "words.marisa", "limits.json", "word_{}.npy"


class Limits(msgspec.Struct, frozen=True):
    """What the words were weighed with."""

    minimum_similarity: float
    new_word_rarity: float
    """The rarity of a word that no item had."""


class Weighed(NamedTuple):
    """What counts beside the words that two items share."""

    rarity: Scores
    """[words]: what the word weighs wherever it stands."""
    boosts: Scores
    """[items]: times what a cosine with the item counts."""
    is_told_of: NDArray[np.bool_]
    """[items]: whether anything was said of the item."""


class DescribedLists(NeighbourLists):
    """`NeighbourLists` that can be asked with words, too."""

    KIND: ClassVar[str] = "described"

    def __init__(
        self,
        lists: NeighbourLists,
        words: Vocabulary,
        index: WordIndex,
        weighed: Weighed,
        limits: Limits,
    ) -> None:
        super().__init__(lists.neighbours, lists.scores)
        self._words = words
        self._index = index
        self._weighed = weighed
        self._limits = limits

    @property
    def minimum_similarity(self) -> float:
        """Cosine; what is less alike shares a word by accident."""
        return self._limits.minimum_similarity

    def is_told_of(self, rows: Rows) -> NDArray[np.bool_]:
        """Whether each row was described when this was fitted; rows beyond it were not."""
        told: NDArray[np.bool_] = (rows >= 0) & (rows < len(self._weighed.is_told_of))
        told[told] = self._weighed.is_told_of[rows[told]]
        return told

    def description(self, words: Iterable[str]) -> Description:
        """The words by TF-IDF, as a vector of the length 1; those that no item had, too."""
        rarity, unheard_of = self._weighed.rarity, self._limits.new_word_rarity
        weights = {}
        for word, count in Counter(words).items():
            number = self._words.row(word)
            rare = float(rarity[number]) if number >= 0 else unheard_of
            weights[word] = (1 + float(np.log(count))) * rare
        length = float(np.linalg.norm(list(weights.values())))
        return {word: weight / length for word, weight in weights.items()}

    def alike(self, description: Description, n: int) -> Ranked:
        """The n items of the fit that are most alike, if they are alike enough."""
        numbers = ((self._words.row(word), weight) for word, weight in description.items())
        cosines = self._index.cosines((word, weight) for word, weight in numbers if word >= 0)
        is_alike = (cosines > 0) & (cosines >= self.minimum_similarity)
        rows = np.flatnonzero(is_alike).astype(np.int32)
        return best(rows, (cosines[rows] * self._weighed.boosts[rows]).astype(np.float32), n)

    @override
    def save(self, folder: Path) -> None:
        super().save(folder)
        self._words.save(folder / _WORDS)
        for name, array in self._index._asdict().items():
            save_array(folder / _INDEX.format(name), array)
        for name, array in self._weighed._asdict().items():
            save_array(folder / f"{name}.npy", array)
        (folder / _LIMITS).write_bytes(msgspec.json.encode(self._limits))

    @override
    @classmethod
    def from_path(cls, folder: Path) -> Self:
        return cls(
            NeighbourLists.from_path(folder),
            Vocabulary.open(folder / _WORDS),
            WordIndex(*(map_array(folder / _INDEX.format(name)) for name in WordIndex._fields)),
            Weighed(*(map_array(folder / f"{name}.npy") for name in Weighed._fields)),
            msgspec.json.decode((folder / _LIMITS).read_bytes(), type=Limits),
        )
