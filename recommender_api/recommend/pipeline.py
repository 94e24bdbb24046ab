"""
The map of serving: a request in named stages.

    resolve → the placement's sources, best first → filters and blocks → groups → fill → answer

Each stage is pure over a few hundred rows. A source is asked only while the answer is short; what
may not be shown is taken out of every source alike, so no tier can bring it back.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from recommender_api.history.protocol import Recollection
from recommender_api.serving.live_tenant import Loaded

from .picked import Choice, Picked
from .placements import placement_named
from .question import Question, resolve
from .request import RecommendRequest, Warned
from .sources import SOURCES, TIER, widths

FALLBACK = ("popular", "newest")
MORE_THAN_ASKED = 3
"""Candidates fetched for each item asked for, since filters and hidden items take some."""


@dataclass(frozen=True)
class Outcome:
    """Everything that an answer is written from."""

    question: Question
    picked: Picked
    served_by: str
    warnings: list[Warned] = field(default_factory=list)


def recommend(
    request: RecommendRequest, placement: str, loaded: Loaded, recalled: Recollection
) -> Outcome:
    """
    Answer one request from what is loaded and what is remembered of who asks.

    Raises:
        PlacementUnknown, RequestInvalid.
    """
    question = resolve(request, placement_named(placement), loaded, recalled)
    picked = Picked(request.limit)
    if not request.validate_only:
        _fill(picked, question)
    return Outcome(question, picked, _served_by(picked, question), _warnings(question, picked))


def _fill(picked: Picked, question: Question) -> None:
    few = MORE_THAN_ASKED * question.limit + 50
    for source in _sources(question):
        if picked.is_full:
            return
        picked.take(source, _choice(picked, source, few, question))


def _choice(picked: Picked, source: str, few: int, question: Question) -> Choice:
    """What the source adds: of a few candidates, and of more where these do not fill the answer."""
    choice = Choice.of_nothing()
    for wanted in widths(source, few):
        choice = picked.choose(source, SOURCES[source](question, wanted), question)
        if choice.candidates < wanted or picked.would_be_full(choice):
            break
    return choice


def _sources(question: Question) -> list[str]:
    """The placement's own, and what completes them where the caller wants it full."""
    placement, own = question.placement, list(question.placement.sources)
    if "personal" in own and question.history.stored_row < 0:
        # A model of users was measured on users; of a stranger one visit is all that is known, and
        # what was measured on visits answers first.
        own.sort(key=lambda source: source != "next_items")
    if placement.is_history or question.request.when_short == "fewer":
        return own
    by_value = ["popular_alike"] if question.loaded.popular_by is not None else []
    return list(dict.fromkeys([*own, *by_value, *FALLBACK]))


def _served_by(picked: Picked, question: Question) -> str:
    if picked.picks:
        return TIER[picked.picks[0].source]
    return TIER[question.placement.sources[-1]]


def _warnings(question: Question, picked: Picked) -> list[Warned]:
    request = question.request
    said = [*question.warnings, *_of_models(question)]
    is_known = question.recent or len(question.history.rows)
    if request.user_id and not is_known and not question.is_degraded:
        detail = "nothing is known of this user yet"
        said.append(Warned(code="user_unknown", detail=detail))
    if "neighbours" in question.placement.sources and not (request.item_id or request.item_ids):
        detail = "this placement starts from an item: send item_id or item_ids"
        said.append(Warned(code="seed_missing", detail=detail))
    if request.diversity:
        detail = "diversity is part of the contract that this version does not apply yet"
        said.append(Warned(code="not_yet", detail=detail))
    if request.validate_only:
        said.append(Warned(code="validate_only", detail="the request is valid; nothing was ranked"))
    elif not picked.picks and (why := _why_empty(question, picked)):
        said.append(Warned(code="empty", detail=why))
    return said


def _of_models(question: Question) -> Iterator[Warned]:
    """What the caller should know of the models behind the answer."""
    placement, loaded = question.placement, question.loaded
    if loaded.fault is not None:
        yield Warned(code="degraded", detail=loaded.fault)
    elif loaded.bundle is None:
        yield Warned(code="no_model", detail="no model is live for this tenant yet")
    if question.recalled.fault is not None:
        yield Warned(code="degraded", detail=question.recalled.fault)
    if loaded.bundle is not None and "personal" in placement.sources and loaded.for_you is None:
        detail = "no user-to-item model is live: recent activity and popularity answer instead"
        yield Warned(code="slot_empty", detail=detail)
    if (
        loaded.bundle is not None
        and "bought_together" in placement.sources
        and loaded.bundle.bought_together is None
    ):
        detail = "no model of purchases alone is live: similar items answer instead"
        yield Warned(code="slot_empty", detail=detail)
    if (
        loaded.bundle is not None
        and "trending" in placement.sources
        and loaded.bundle.trending is None
    ):
        detail = "nothing is trending beyond chance: the most popular answer instead"
        yield Warned(code="slot_empty", detail=detail)


def _why_empty(question: Question, picked: Picked) -> str | None:
    """None where `degraded` says it: what could not be read is not known to be missing."""
    candidates = sum(picked.candidates.values())
    if candidates:
        return f"all {candidates} candidates were hidden, filtered or excluded: loosen the filter"
    if question.is_degraded:
        return None
    asked = ", ".join(picked.candidates)
    if question.has_strangers:
        return f"there were no candidates from {asked}: new items join within a second, ask again"
    return f"there were no candidates from {asked}: send events and items first"
