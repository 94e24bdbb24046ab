"""
What comes next: what stood in the past sessions that are most like this one (VS-KNN of Ludewig and
Jannach, "Evaluation of Session-based Recommendation Algorithms", UMUAI 2018).

Nothing is learned but how rare items are: the newest sessions are the model, each with the digest
of whose it was, so that they go with their owner.
"""

from typing import Annotated, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from recommender_models.session_neighbours import Limits, SessionNeighbours
from recommender_store.artifacts.manifest import SlotName
from recommender_store.artifacts.session_rows import SessionRows
from trainers.datasets.distinct import distinct_keys
from trainers.datasets.interactions import Interactions
from trainers.datasets.visits import SESSION_LENGTH_LIMIT, sessions

from .protocol import Owners, Parameters, Progress, TrainingData


class VsKnnParameters(Parameters):
    """How many sessions are kept, and how many are looked at."""

    sessions: Annotated[int, Field(ge=1, le=10_000_000)] = 500_000
    """The newest of two or more items."""
    sessions_per_item: Annotated[int, Field(ge=1, le=10_000)] = 500
    """So many of an item, the newest, are found by it."""
    sampled: Annotated[int, Field(ge=1, le=100_000)] = 1_000
    """The newest of those that share an item."""
    neighbours: Annotated[int, Field(ge=1, le=10_000)] = 100
    """Of the sampled the most alike."""
    rarity: Annotated[float, Field(ge=0, le=100)] = 1.0
    """A score grows by this share for each e-fold that an item is rarer; 0: not at all."""


class VsKnn:
    """Fits `SessionNeighbours`."""

    name: ClassVar[str] = "vs_knn"
    slots: ClassVar[tuple[SlotName, ...]] = ("next",)
    parameters: ClassVar[type[Parameters]] = VsKnnParameters

    def fit(
        self,
        data: TrainingData,
        parameters: VsKnnParameters,
        progress: Progress,
        rng: np.random.Generator,  # noqa: ARG002 - nothing here is left to chance
    ) -> SessionNeighbours:
        count = data.matrix.shape[1]
        past = _several(data.interactions.positive, count)
        rows = _newest(past, parameters, data.owners() if data.owners else None, count)
        having = np.bincount(past.items, minlength=count)
        rare = np.log(max(len(past.starts) - 1, 1) / np.maximum(having, 1))
        progress(1, 1)
        limits = Limits(parameters.sampled, parameters.neighbours)
        return SessionNeighbours(rows, (1 + parameters.rarity * rare).astype(np.float32), limits)


class _Past(NamedTuple):
    """Sessions of two or more different items, oldest first."""

    starts: NDArray[np.int64]
    items: NDArray[np.int32]
    actors: NDArray[np.int32]
    named: NDArray[np.int32]
    """The session that events name, -1 for none."""


def _several(said: Interactions, item_count: int) -> _Past:
    numbers = sessions(said)
    count = int(numbers.max(initial=-1)) + 1
    ends_us, first = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    np.maximum.at(ends_us, numbers, said.at_us)
    first[numbers[::-1]] = np.arange(len(numbers))[::-1]
    pairs = distinct_keys(numbers * max(item_count, 1) + said.item)
    session, items = pairs // max(item_count, 1), pairs % max(item_count, 1)
    lengths = np.bincount(session, minlength=count)
    events = np.bincount(numbers, minlength=count)
    fitting = np.flatnonzero((lengths >= 2) & (events <= SESSION_LENGTH_LIMIT))
    fitting = fitting[np.argsort(ends_us[fitting], kind="stable")]
    begins = np.cumsum(lengths) - lengths
    kept = lengths[fitting]
    offsets = begins[fitting] - (np.cumsum(kept) - kept)
    entries = np.repeat(offsets, kept) + np.arange(kept.sum())
    return _Past(
        np.concatenate([[0], np.cumsum(kept)]).astype(np.int64),
        items[entries].astype(np.int32),
        said.actor[first[fitting]],
        said.session[first[fitting]],
    )


def _newest(
    past: _Past, parameters: VsKnnParameters, owners: Owners | None, item_count: int
) -> SessionRows:
    first = max(len(past.actors) - parameters.sessions, 0)
    starts = past.starts[first:]
    whose = np.zeros((len(starts) - 1, 2), dtype=np.uint64)
    if owners is not None:
        for column, digests, number in (
            (0, owners.users, past.actors[first:]),
            (1, owners.sessions, past.named[first:]),
        ):
            known = (number >= 0) & (number < len(digests))
            whose[known, column] = digests[number[known]]
    return SessionRows.of(
        starts - starts[0],
        past.items[int(starts[0]) :],
        whose,
        item_count,
        parameters.sessions_per_item,
    )
