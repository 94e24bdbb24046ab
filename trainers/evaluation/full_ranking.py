"""
How a model answers on a split that somebody else made: by its own files, over the whole catalog.

The model is saved, opened again in a process for each core, as a server would, and asked for each
user who has anything on both sides; what a user had is never asked for again. With listed negatives
the right items are ranked among those alone.
"""

import multiprocessing
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender_models.bundle import KINDS
from recommender_models.protocol import ForYou, History, Model, Ranked, RanksAmong

from .given_split import GivenSplit
from .ranking import Values, accuracy, hits

BLOCK = 2000
"""Users that a process answers at once."""
LONGEST_LIST = 100_000
"""For a model that cannot rank among given rows: more than any list of negatives lies deep."""


class Means(NamedTuple):
    """Over the users that were asked."""

    users: int
    figures: dict[str, float]
    """By name and cut, as `ranking.accuracy` gives them; NaN where nobody was asked."""


class _Block(NamedTuple):
    """Some users' questions, and where the model and the split lie."""

    folder: Path
    kind: str
    users: NDArray[np.int64]
    negatives: list[NDArray[np.int32]] | None
    cuts: tuple[int, ...]


def rank_all(model: Model, split: GivenSplit, cuts: tuple[int, ...], processes: int) -> Means:
    """Means over all users with something on both sides, at each of the cuts."""
    users = tested_users(split)
    with tempfile.TemporaryDirectory(prefix="recommender-ranking-") as name:
        folder = Path(name)
        model.save(folder / "model")
        sparse.save_npz(folder / "train.npz", split.train, compressed=False)
        sparse.save_npz(folder / "test.npz", split.test, compressed=False)
        blocks = [
            _Block(folder, model.KIND, part, _listed(split, part), cuts)
            for start in range(0, len(users), BLOCK)
            for part in [users[start : start + BLOCK]]
        ]
        if processes <= 1:
            parts = [_answered(block) for block in blocks]
        else:
            # Spawned, not forked: the threads of BLAS and OpenMP do not survive a fork.
            context = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(processes, mp_context=context) as pool:
                parts = list(pool.map(_answered, blocks))
    names = accuracy(np.zeros((0, max(cuts)), dtype=bool), np.zeros(0, dtype=np.int64), cuts)
    means = {
        name: float(np.concatenate([part[name] for part in parts]).mean()) if parts else np.nan
        for name in names
    }
    return Means(len(users), means)


def tested_users(split: GivenSplit) -> NDArray[np.int64]:
    """Those with something on both sides; something new, since nothing is answered twice."""
    known, tested = (np.diff(side.indptr) for side in (split.train, split.test))
    users: NDArray[np.int64] = np.flatnonzero((known > 0) & (tested > 0))
    return users


def history_of(train: sparse.csr_matrix, user: int) -> History:
    """A user as the bundle would know it: everything that was learned from is excluded."""
    part = slice(train.indptr[user], train.indptr[user + 1])
    rows = np.sort(train.indices[part]).astype(np.int32)
    weights = np.ones(len(rows), dtype=np.float32)
    return History(rows=rows, weights=weights, stored_row=user, is_newer=False, excluded=rows)


def _listed(split: GivenSplit, users: NDArray[np.int64]) -> list[NDArray[np.int32]] | None:
    if split.negatives is None:
        return None
    nobody = np.empty(0, dtype=np.int32)
    return [split.negatives.get(int(user), nobody) for user in users]


def _answered(block: _Block) -> dict[str, Values]:
    """Each figure of each user."""
    model = KINDS[block.kind].from_path(block.folder / "model")
    train, test = (sparse.load_npz(block.folder / f"{side}.npz") for side in ("train", "test"))
    histories = [history_of(train, int(user)) for user in block.users]
    relevant = [test.indices[test.indptr[user] : test.indptr[user + 1]] for user in block.users]
    k = max(block.cuts)
    if block.negatives is None:
        answers = model.recommend(histories, k)
    else:
        answers = [
            _among(model, history, np.concatenate([right, others]).astype(np.int32), k)
            for history, right, others in zip(histories, relevant, block.negatives, strict=True)
        ]
    counts = np.array([len(rows) for rows in relevant], dtype=np.int64)
    return accuracy(hits(answers, relevant, k), counts, block.cuts)


def _among(model: ForYou, history: History, rows: NDArray[np.int32], k: int) -> Ranked:
    if isinstance(model, RanksAmong):
        return model.rank_among(history, rows, k)
    every = model.recommend([history], LONGEST_LIST)[0]
    wanted = np.isin(every.rows, rows)
    return Ranked(every.rows[wanted][:k], every.scores[wanted][:k])
