"""
What happens to the candidates of a tier, a stage a function: columns in, columns out.

Nothing that a stage took out comes back in a later one.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender_api.rules.stages.scores import factors_of, scaled
from recommender_api.rules.stages.variety import likeness, varied
from recommender_models.protocol import Ranked, Rows, Scores

from .question import Question

VARIED_MOST = 300
"""Candidates that are held against each other: each against all others."""


class Candidates(NamedTuple):
    """Columns of one length, the best first."""

    rows: Rows
    scores: Scores
    places: NDArray[np.intp]
    """Where each stood when it was gathered."""

    def at(self, places: NDArray[np.integer]) -> "Candidates":
        """Those at these places, in this order."""
        return Candidates(self.rows[places], self.scores[places], self.places[places])


def passing(ranked: Ranked, question: Question) -> Candidates:
    """Filters and blocks: what may be shown. A score that is no number would be no JSON either."""
    rows, scores = ranked
    passes = question.passes(rows) & np.isfinite(scores)
    places = np.flatnonzero(passes)
    return Candidates(rows[places], scores[places], places)


def scored(candidates: Candidates, question: Question) -> Candidates:
    """Boosts, buries, freshness: scores times factors, and the order that follows from them."""
    plan = question.plan
    if plan.factors is None and not plan.asked_scalings:
        return candidates
    factors = factors_of(
        candidates.rows, plan.factors, plan.asked_scalings, question.occasion, question.now_s
    )
    if factors is None or not len(factors):
        return candidates
    scores = scaled(candidates.scores, factors)
    best_first = np.argsort(-scores, kind="stable")
    return Candidates(candidates.rows, scores, candidates.places).at(best_first)


def diversified(candidates: Candidates, question: Question, room: int) -> Candidates:
    """The request's `diversity`: what is like what came before it moves back."""
    if not question.diversity or len(candidates.rows) < 2:
        return candidates
    rows, scores, _ = candidates
    head = rows[:VARIED_MOST]
    alike = likeness(question.loaded.rulebook.describing, head)
    relevance = scores[:VARIED_MOST]
    if question.plan.hooks and np.any(np.diff(relevance) > 0):  # a hook's order is what it says
        relevance = np.arange(len(head), 0, -1, dtype=np.float32)
    order = varied(relevance, alike, question.diversity, 2 * room)
    rest = np.arange(len(head), len(rows), dtype=np.int32)
    return candidates.at(np.concatenate([order, rest]))
