"""
Session neighbours: what stood in the sessions that are most like this one.

VS-KNN (Ludewig and Jannach, "Evaluation of Session-based Recommendation Algorithms", UMUAI 2018) on
an index of the newest sessions of each item (VMIS-kNN: Kersbergen, Sprangers and Schelter,
"Serenade", SIGMOD 2022). A session is as like this one as the items that both have count, the
newest of this one most; an item scores what its sessions are alike, each by how lately this session
came by what it shares with it, times how rare the item is.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from recommender_store.artifacts.arrays import map_array, save_array
from recommender_store.artifacts.session_rows import SessionRows

from .ordering import best, without
from .protocol import NOTHING, History, Ranked, Rows, Scores
from .visit import LENGTH

_LIMITS, _RARITY = "limits.json", "rarity.npy"
_PLACES = 16
"""More than `LENGTH`: a session and a place in this one fit into one number."""


class Limits(msgspec.Struct, frozen=True):
    """How many sessions are looked at."""

    sampled: int
    """The newest of those that share an item."""
    neighbours: int
    """Of the sampled the most alike."""


class SessionNeighbours:
    """Past sessions, by the items in them."""

    KIND: ClassVar[str] = "sessions"

    def __init__(self, sessions: SessionRows, rarity: Scores, limits: Limits) -> None:
        """`rarity` [items] is what a score is multiplied with."""
        self._sessions = sessions
        self._rarity = rarity
        self._limits = limits

    def __len__(self) -> int:
        return len(self._rarity)

    def recommend(self, histories: Sequence[History], n: int) -> list[Ranked]:
        return [best(*self._summed(history), n) if n > 0 else NOTHING for history in histories]

    def rank_among(self, history: History, rows: Rows, n: int) -> Ranked:
        candidates, sums = self._summed(history)
        wanted = np.isin(candidates, rows)
        return best(candidates[wanted], sums[wanted], n)

    def _summed(self, history: History) -> tuple[Rows, Scores]:
        """Every item of the neighbours, by row, none excluded; and its score."""
        visit = history.rows[:LENGTH]
        fading = 1 - np.arange(len(visit)) / LENGTH
        sessions, places = self._sharing(visit)
        if not len(sessions):
            return NOTHING
        begins = np.flatnonzero(np.concatenate([[True], sessions[1:] != sessions[:-1]]))
        alike = np.add.reduceat(fading[places], begins)
        # In a session places ascend: the first is what this one came by last.
        sessions, latest = sessions[begins], fading[places[begins]]
        chosen = self._nearest(alike)
        candidates, sums = self._items_of(sessions[chosen], (alike * latest)[chosen])
        scores = (sums * self._rarity[candidates]).astype(np.float32)
        return without(candidates, scores, history.excluded)

    def _sharing(self, visit: Rows) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Each session that shares an item, oldest first, and the item's place in the visit."""
        starts = self._sessions.item_starts
        parts = [
            self._sessions.item_sessions[int(starts[row]) : int(starts[row + 1])].astype(np.int64)
            * _PLACES
            + place
            for place, row in enumerate(visit.tolist())
            if 0 <= row < len(self)
        ]
        keys = np.sort(np.concatenate(parts)) if parts else np.empty(0, dtype=np.int64)
        return keys // _PLACES, keys % _PLACES

    def _nearest(self, alike: NDArray[np.float64]) -> NDArray[np.int64]:
        """Places of the most alike of the newest; of equals the newer."""
        newest_first = alike[::-1][: self._limits.sampled]
        order = np.argsort(-newest_first, kind="stable")[: self._limits.neighbours]
        places: NDArray[np.int64] = len(alike) - 1 - order
        return places

    def _items_of(
        self, sessions: NDArray[np.int64], weights: NDArray[np.float64]
    ) -> tuple[Rows, NDArray[np.float64]]:
        starts = self._sessions.starts[sessions]
        lengths = self._sessions.starts[sessions + 1] - starts
        offsets = starts - np.concatenate([[0], np.cumsum(lengths)[:-1]])
        items = self._sessions.items[np.repeat(offsets, lengths) + np.arange(lengths.sum())]
        candidates, where = np.unique(items, return_inverse=True)
        sums = np.bincount(where, weights=np.repeat(weights, lengths))
        return candidates, sums.astype(np.float64)

    def save(self, folder: Path) -> None:
        self._sessions.save(folder)
        save_array(folder / _RARITY, self._rarity)
        (folder / _LIMITS).write_bytes(msgspec.json.encode(self._limits))

    @classmethod
    def from_path(cls, folder: Path) -> Self:
        limits = msgspec.json.decode((folder / _LIMITS).read_bytes(), type=Limits)
        return cls(SessionRows.from_path(folder), map_array(folder / _RARITY), limits)
