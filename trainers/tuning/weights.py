"""
What each part of a blend weighs: learned on users whose next items were held back. Pure.

The parts' scores are linear in the weights, so trying weights costs no model anything: random ones
first, then around the best, judged by NDCG. A part that adds nothing ends with a weight of nothing.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender_models.blend import Blend
from trainers.evaluation.ranking import ndcg

from .holding_back import HeldBack

K = 20
ROUNDS = 4
TRIES = 24
"""Weights tried a round; each round looks half as far from the best so far."""
NEGLIGIBLE = 0.04


class Stacked(NamedTuple):
    """For each user what the parts named: their scores, and what was right."""

    scores: NDArray[np.float32]
    """[users, parts, candidates]; NaN beyond a user's candidates."""
    is_right: NDArray[np.bool_]
    """[users, candidates]"""
    right_counts: NDArray[np.int64]


def stack(blend: Blend, held: HeldBack) -> Stacked:
    """Ask every part once about every user."""
    answers = [blend.part_scores(history) for history in held.histories]
    width = max((len(rows) for rows, _ in answers), default=0)
    parts = len(answers[0][1]) if answers else 0
    scores = np.full((len(answers), parts, width), np.nan, dtype=np.float32)
    is_right = np.zeros((len(answers), width), dtype=bool)
    for at, ((rows, said), relevant) in enumerate(zip(answers, held.relevant, strict=True)):
        scores[at, :, : len(rows)] = said
        is_right[at, : len(rows)] = np.isin(rows, relevant)
    counts = np.array([len(relevant) for relevant in held.relevant], dtype=np.int64)
    return Stacked(scores, is_right, counts)


def quality(stacked: Stacked, weights: NDArray[np.float64]) -> float:
    """Mean NDCG@20 of the parts so weighted."""
    summed = np.einsum("upc,p->uc", stacked.scores, weights.astype(np.float32))
    summed = np.where(np.isnan(summed), -np.inf, summed)
    best = np.argsort(-summed, axis=1, kind="stable")[:, :K]
    found = np.take_along_axis(stacked.is_right, best, axis=1)
    return float(ndcg(found, stacked.right_counts).mean())


def learn(stacked: Stacked, rng: np.random.Generator) -> NDArray[np.float64]:
    """Weights that sum to 1; 0 for a part that is not needed."""
    parts = stacked.scores.shape[1]
    best = np.full(parts, 1.0 / parts)
    best_quality = quality(stacked, best)
    for number in range(ROUNDS):
        tried = rng.dirichlet(np.ones(parts), TRIES)
        reach = 0.5**number
        for weights in (1 - reach) * best + reach * tried:
            found = quality(stacked, weights)
            if found > best_quality:
                best, best_quality = weights, found
    kept = np.where(best < NEGLIGIBLE, 0.0, best)
    learned: NDArray[np.float64] = kept / kept.sum()
    return learned
