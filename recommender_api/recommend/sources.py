"""
Where candidates come from: one function a source, each from a question to ranked rows.

A source gives at most as many as are wanted, best first, already without excluded rows; fewer than
wanted means that it has no more. Filtering, groups and limits come after. A source that knows
nothing gives nothing.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from recommender_models.ordering import best, without
from recommender_models.protocol import (
    NOTHING,
    Ranked,
    RanksAmong,
    Rows,
    Scores,
    SimilarItems,
)

from .question import Question

EVERYTHING = 50_000
"""Asked for where the first candidates do not suffice; so many are scored one by one, too."""
WHOLE_RANKING = 2**31 - 1
_WIDENED, _STEPS = 16, 2
"""A ranking that is there already is gone through in steps that grow by so much, so many times, and
then as a whole: what passes a rare filter is found wherever it stands, and who asks for what is not
rare does not pay for the length of the ranking.
"""


class Found(NamedTuple):
    """Candidates of one source, and why they are there."""

    ranked: Ranked
    reason: str
    filtered: int = 0
    """Candidates besides, which the filter did not let through."""


def neighbours(question: Question, wanted: int) -> Found:
    """Item-to-item: neighbours of the seed, or of a whole basket."""
    reason = "goes_with_basket"
    if len(question.seeds) == 1:
        reason = f"similar_to:{question.loaded.items.id(int(question.seeds[0]))}"
    return _beside_seeds(question, question.loaded.similar, wanted, reason)


def bought_together(question: Question, wanted: int) -> Found:
    """Item-to-item over purchases alone: what shares baskets with the seed, or with all of them."""
    bundle = question.loaded.bundle
    reason = "goes_with_basket"
    if len(question.seeds) == 1:
        reason = f"bought_with:{question.loaded.items.id(int(question.seeds[0]))}"
    model = bundle.bought_together if bundle is not None else None
    return _beside_seeds(question, model, wanted, reason)


def described_alike(question: Question, wanted: int) -> Found:
    """Item-to-item by titles and attributes: where nobody knows yet what goes with the seed."""
    reason = "described_like_basket"
    if len(question.seeds) == 1:
        reason = f"described_like:{question.loaded.items.id(int(question.seeds[0]))}"
    return _beside_seeds(question, question.loaded.described, wanted, reason)


def personal(question: Question, wanted: int) -> Found:
    """User-to-item: the model for this user, events newer than the model folded in."""
    bundle, model = question.loaded.bundle, question.loaded.for_you
    if bundle is None or model is None or not len(question.history.rows):
        return Found(NOTHING, "")
    if wanted == EVERYTHING and isinstance(model, RanksAmong):
        every = np.arange(len(bundle.items), dtype=np.int32)
        passing = every[question.passes(every)][:EVERYTHING]
        ranked = model.rank_among(question.history, passing, wanted)
    else:
        ranked = model.recommend([question.history], wanted)[0]
    return Found(ranked, "your_history")


def session(question: Question, wanted: int) -> Found:
    """Neighbours of what somebody did last, the newest counting most; for strangers too."""
    done = question.done_last
    model = question.loaded.similar
    return _summed(question, model, done.rows, done.weights, wanted, "recent_activity")


def next_items(question: Question, wanted: int) -> Found:
    """What usually follows on what somebody did last; for strangers too."""
    bundle = question.loaded.bundle
    done = question.done_last
    if bundle is None or bundle.next is None or not len(done.rows):
        return Found(NOTHING, "")
    return Found(bundle.next.recommend([done], wanted)[0], "follows_recent_activity")


def popular(question: Question, wanted: int) -> Found:
    """Most popular: the bundle's ranking, or what live history has counted."""
    return _head(question, question.loaded.popular, wanted, "popular")


def popular_alike(question: Question, wanted: int) -> Found:
    """
    Most popular among items that share the seed's value of the attribute that the tenant names.

    Without a seed, the value of what somebody did something with last.
    """
    by_value = question.loaded.popular_by
    if by_value is None:
        return Found(NOTHING, "")
    alike = question.seeds
    if not len(alike):
        alike = question.loaded.items.rows(event.item_id for event in question.recent)[:1]
    values = by_value.values_of(alike)
    said = f"={values[0]}" if len(values) == 1 else ""
    reason = f"popular_in:{by_value.attribute}{said}"
    return _head(question, by_value.beside(alike), wanted, reason)


def trending(question: Question, wanted: int) -> Found:
    """What more people come to than its own past foretells."""
    bundle = question.loaded.bundle
    if bundle is None or bundle.trending is None:
        return Found(NOTHING, "trending")
    every = bundle.trending.top(len(bundle.trending))
    return _head(question, every, wanted, "trending")


def newest(question: Question, wanted: int) -> Found:
    """The catalog's newest items; the score falls with the rank."""
    rows = question.loaded.catalog.newest[: wanted + len(question.excluded)]
    return _head(question, Ranked(rows, _falling(len(rows))), wanted, "new")


def recently_viewed(question: Question, wanted: int) -> Found:
    return _own_past(question, ("view", "click"), wanted, "you_viewed")


def buy_again(question: Question, wanted: int) -> Found:
    return _own_past(question, ("purchase",), wanted, "you_bought")


SOURCES: dict[str, Callable[[Question, int], Found]] = {
    one.__name__: one
    for one in (
        *(neighbours, bought_together, described_alike, personal, next_items, session),
        *(trending, popular_alike, popular, newest),
        *(recently_viewed, buy_again),
    )
}

TIER = dict.fromkeys(("neighbours", "bought_together", "described_alike", "personal"), "model")
TIER |= dict.fromkeys(("next_items", "session", "recently_viewed", "buy_again"), "session")
TIER |= dict.fromkeys(("trending", "popular_alike", "popular"), "popular") | {"newest": "newest"}
"""What `served_by` says when a source gave the first item."""


def widths(source: str, first: int) -> Iterator[int]:
    """How many candidates to ask a source for, one time after the other, until they suffice."""
    yield first
    if TIER[source] not in ("popular", "newest"):
        yield EVERYTHING
        return
    yield from (first * _WIDENED**step for step in range(1, _STEPS + 1))
    yield WHOLE_RANKING


def _head(question: Question, ranking: Ranked, wanted: int, reason: str) -> Found:
    """The first of a ranking, without what is excluded; of all of it, what passes the filter."""
    count = len(ranking.rows)
    if wanted == WHOLE_RANKING and question.filter is not None:
        # In the order of the columns: several times as fast as in that of the ranking.
        passing = question.filter_mask(None)[ranking.rows]
        ranking = Ranked(ranking.rows[passing], ranking.scores[passing])
    most = wanted + len(question.excluded)
    head = Ranked(ranking.rows[:most], ranking.scores[:most])
    return Found(_kept(question, head, wanted), reason, count - len(ranking.rows))


def _kept(question: Question, ranked: Ranked, wanted: int) -> Ranked:
    rows, scores = without(ranked.rows, ranked.scores, question.excluded)
    return Ranked(rows[:wanted], scores[:wanted])


def _falling(count: int) -> Scores:
    scores: Scores = (1.0 / np.arange(1, count + 1)).astype(np.float32)
    return scores


def _beside_seeds(
    question: Question, model: SimilarItems | None, wanted: int, reason: str
) -> Found:
    """Item-to-item for the seed, or for a whole basket, each item of it counting the same."""
    equal = np.ones(len(question.seeds), dtype=np.float32)
    return _summed(question, model, question.seeds, equal, wanted, reason)


def _summed(
    question: Question,
    model: SimilarItems | None,
    seeds: Rows,
    weights: Scores,
    wanted: int,
    reason: str,
) -> Found:
    """The neighbours of several items, their scores summed by weight; none of the items."""
    if model is None or not len(seeds):
        return Found(NOTHING, reason)
    most = wanted + len(question.excluded) + len(seeds)
    lists = model.similar_items(seeds, most)
    if len(lists) == 1:
        rows, scores = lists[0]
        if question.excluded is question.seeds:  # no item is its own neighbour
            return Found(Ranked(rows[:wanted], scores[:wanted] * weights[0]), reason)
        return Found(_kept(question, Ranked(rows, scores * weights[0]), wanted), reason)
    found = np.concatenate([each.rows for each in lists])
    shares = np.concatenate(
        [each.scores * weight for each, weight in zip(lists, weights, strict=True)]
    )
    candidates, where = np.unique(found, return_inverse=True)
    sums = np.bincount(where, weights=shares, minlength=len(candidates)).astype(np.float32)
    ranked = best(*without(candidates, sums, seeds), most)
    return Found(_kept(question, ranked, wanted), reason)


def _own_past(question: Question, kinds: tuple[str, ...], wanted: int, reason: str) -> Found:
    """What the user did, newest first, each item once; what the caller excludes stays out."""
    done = dict.fromkeys(event.item_id for event in question.recent if event.kind in kinds)
    rows = question.loaded.items.rows(done)
    excluded = question.loaded.items.rows(question.request.exclude_item_ids)
    rows, scores = without(rows, _falling(len(rows)), excluded)
    return Found(Ranked(rows[:wanted], scores[:wanted]), reason)
