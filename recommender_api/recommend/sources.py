"""
Where candidates come from: one function a source, each from a question to ranked rows.

A source gives what it has, best first, already without excluded rows; filtering, groups and limits
come after. A source that knows nothing gives nothing.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from recommender_models.ordering import without
from recommender_models.protocol import NOTHING, Ranked, RanksAmong, Rows

from .question import Question

MORE_THAN_ASKED = 3
"""Candidates fetched for each item asked for where a filter or hidden items may take some."""
EXACT_LIMIT = 50_000
"""So many passing rows are scored one by one where the first candidates do not suffice."""
SESSION_LENGTH = 10
"""The newest events that stand for what somebody wants now."""
SESSION_HALVING = 0.8
"""How much less each earlier one counts."""


class Found(NamedTuple):
    """Candidates of one source, and why they are there."""

    ranked: Ranked
    reason: str


def neighbours(question: Question) -> Found:
    """Item-to-item: neighbours of the seed, or of a whole basket."""
    bundle = question.loaded.bundle
    if bundle is None or bundle.similar is None or not len(question.seeds):
        return Found(NOTHING, "")
    wanted = _wanted(question)
    if len(question.seeds) == 1:
        ranked = bundle.similar.similar_items(question.seeds, wanted)[0]
        kept = without(ranked.rows, ranked.scores, question.excluded)
        seed = question.loaded.items.id(int(question.seeds[0]))
        return Found(Ranked(*kept), f"similar_to:{seed}")
    basket = [(int(row), 1.0) for row in question.seeds]
    return _summed(question, basket, wanted, "goes_with_basket")


def personal(question: Question) -> Found:
    """User-to-item: the model for this user, events newer than the model folded in."""
    bundle = question.loaded.bundle
    if bundle is None or bundle.for_you is None or not len(question.history.rows):
        return Found(NOTHING, "")
    model, limit = bundle.for_you, question.limit
    ranked = model.recommend([question.history], _wanted(question))[0]
    if question.passes(ranked.rows).sum() < limit and isinstance(model, RanksAmong):
        every = np.arange(len(bundle.items), dtype=np.int32)
        passing = every[question.passes(every)][:EXACT_LIMIT]
        ranked = model.rank_among(question.history, passing, limit + len(question.excluded))
    kept = without(ranked.rows, ranked.scores, question.excluded)
    return Found(Ranked(*kept), "your_history")


def session(question: Question) -> Found:
    """Neighbours of what somebody did last, the newest counting most; for strangers too."""
    bundle = question.loaded.bundle
    if bundle is None:
        return Found(NOTHING, "")
    weights: dict[int, float] = {}
    for order, event in enumerate(question.recent[:SESSION_LENGTH]):
        row = bundle.items.row(event.item_id)
        said = bundle.weighting.of(event.kind, event.value)
        if row >= 0 and said > 0:
            weights[row] = weights.get(row, 0.0) + said * SESSION_HALVING**order
    return _summed(question, sorted(weights.items()), _wanted(question), "recent_activity")


def popular(question: Question) -> Found:
    """Most popular: the bundle's ranking, or what live history has counted."""
    bundle = question.loaded.bundle
    wanted = _wanted(question) + len(question.excluded)
    if bundle is not None and bundle.popular is not None:
        ranked = bundle.popular.top(wanted)
    else:
        loaded = question.loaded
        ranked = Ranked(loaded.popular_rows[:wanted], loaded.popular_scores[:wanted])
    kept = without(ranked.rows, ranked.scores, question.excluded)
    return Found(Ranked(*kept), "popular")


def newest(question: Question) -> Found:
    """The catalog's newest items; the score falls with the rank."""
    rows = question.loaded.catalog.newest[: _wanted(question) + len(question.excluded)]
    scores = (1.0 / np.arange(1, len(rows) + 1)).astype(np.float32)
    return Found(Ranked(*without(rows, scores, question.excluded)), "new")


def recently_viewed(question: Question) -> Found:
    return _own_past(question, ("view", "click"), "you_viewed")


def buy_again(question: Question) -> Found:
    return _own_past(question, ("purchase",), "you_bought")


SOURCES: dict[str, Callable[[Question], Found]] = {
    one.__name__: one
    for one in (neighbours, personal, session, popular, newest, recently_viewed, buy_again)
}

TIER = {"neighbours": "model", "personal": "model", "session": "session", "popular": "popular"}
TIER |= {"newest": "newest", "recently_viewed": "session", "buy_again": "session"}
"""What `served_by` says when a source gave the first item."""


def _wanted(question: Question) -> int:
    """How many candidates to ask a model for."""
    return MORE_THAN_ASKED * question.limit + 50


def _summed(
    question: Question, weights: Iterable[tuple[int, float]], wanted: int, reason: str
) -> Found:
    """The summed neighbours of several items."""
    bundle, pairs = question.loaded.bundle, list(weights)
    if bundle is None or not pairs or bundle.similar is None:
        return Found(NOTHING, reason)
    sums: dict[int, float] = {}
    rows = np.array([row for row, _ in pairs], dtype=np.int32)
    for answer, (_, weight) in zip(bundle.similar.similar_items(rows, wanted), pairs, strict=True):
        for row, score in zip(answer.rows.tolist(), answer.scores.tolist(), strict=True):
            sums[row] = sums.get(row, 0.0) + weight * score
    ordered = sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))
    ranked_rows = np.array([row for row, _ in ordered], dtype=np.int32)
    scores = np.array([score for _, score in ordered], dtype=np.float32)
    own = np.union1d(question.excluded, rows).astype(np.int32)
    kept_rows, kept_scores = without(ranked_rows, scores, own)
    return Found(Ranked(kept_rows[:wanted], kept_scores[:wanted]), reason)


def _own_past(question: Question, kinds: tuple[str, ...], reason: str) -> Found:
    """What the user did, newest first, each item once; what the caller excludes stays out."""
    done = dict.fromkeys(event.item_id for event in question.recent if event.kind in kinds)
    rows: Rows = question.loaded.items.rows(done)
    excluded = question.loaded.items.rows(question.request.exclude_item_ids)
    scores = (1.0 / np.arange(1, len(rows) + 1)).astype(np.float32)
    return Found(Ranked(*without(rows, scores, excluded)), reason)
