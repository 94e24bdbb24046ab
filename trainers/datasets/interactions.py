"""
A tenant's events as arrays: who did something with which item, when, and how much that says.

Codes are rows: an item's row is that of the bundle's vocabulary, a user's that of its users;
anonymous sessions follow after the users. Events are in order of time, then of event id, so that
the same log gives the same arrays on any machine.
"""

import hashlib
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender_store.artifacts.arrays import map_array, save_array

US_PER_MS = 1_000
US_PER_DAY = 86_400 * 1_000_000


@dataclass(frozen=True)
class Interactions:
    """Events with an item; all arrays have one entry an event."""

    actor: NDArray[np.int32]
    """Users first, then sessions without a user."""
    item: NDArray[np.int32]
    weight: NDArray[np.float32]
    """What the event says for the item; 0 for dislikes and low ratings."""
    kind: NDArray[np.uint8]
    """One bit of `recommender_models.seen.KIND_BITS`."""
    at_us: NDArray[np.int64]
    """Microseconds since 1970, ascending."""
    session: NDArray[np.int32]
    """The session the event names, -1 for none."""

    def __len__(self) -> int:
        return len(self.actor)

    def where(self, chosen: NDArray[np.bool_ | np.int64] | slice) -> "Interactions":
        return Interactions(**{one.name: getattr(self, one.name)[chosen] for one in fields(self)})

    @property
    def positive(self) -> "Interactions":
        """The events that speak for their item."""
        speaks = self.weight > 0
        return self if speaks.all() else self.where(speaks)

    def matrix(
        self, shape: tuple[int, int], half_life_days: float | None = None
    ) -> sparse.csr_matrix:
        """
        Actors × items, the summed weights of the positive events, float32.

        With a half-life, older events count less; the newest counts in full.
        """
        said = self.positive
        weight = said.weight
        if half_life_days is not None and len(said):
            age_days = (self.at_us[-1] - said.at_us) / US_PER_DAY
            weight = (weight * 0.5 ** (age_days / half_life_days)).astype(np.float32)
        summed = sparse.coo_matrix((weight, (said.actor, said.item)), shape=shape).tocsr()
        summed.sum_duplicates()
        return summed.astype(np.float32)

    def fingerprint(self) -> str:
        """A digest of every entry; equal data, equal digest."""
        digest = hashlib.sha256()
        for one in fields(self):
            digest.update(np.ascontiguousarray(getattr(self, one.name)).view(np.uint8).data)
        return digest.hexdigest()

    def save(self, folder: Path) -> None:
        for one in fields(self):
            save_array(folder / f"{one.name}.npy", getattr(self, one.name))

    @classmethod
    def from_path(cls, folder: Path) -> Self:
        arrays: dict[str, Any] = {
            one.name: map_array(folder / f"{one.name}.npy") for one in fields(cls)
        }
        return cls(**arrays)


def to_datetime(at_us: int) -> datetime:
    return datetime.fromtimestamp(at_us / 1_000_000, UTC)
