"""
The map of serving: a request in named stages.

    resolve → the placement's sources, best first → filters and blocks → groups → fill → answer

Each stage is pure over a few hundred rows. A source is asked only while the answer is short; what
may not be shown is taken out of every source alike, so no tier can bring it back.
"""

from dataclasses import dataclass, field

import numpy as np

from recommender_api.serving.live_tenant import LiveTenant

from .placements import Placement, placement_named
from .question import Question, resolve
from .request import RecommendRequest, Warned
from .sources import SOURCES, TIER, Found

FALLBACK = ("popular", "newest")


@dataclass(frozen=True)
class Pick:
    """One item of the answer."""

    row: int
    score: float
    source: str
    reason: str


@dataclass
class Picked:
    """The answer as it fills up, and what was taken out on the way."""

    limit: int
    picks: list[Pick] = field(default_factory=list)
    candidates: dict[str, int] = field(default_factory=dict)
    """Source → how many it gave."""
    removed: dict[str, int] = field(default_factory=dict)
    """Why → how many."""
    _rows: set[int] = field(default_factory=set)
    _groups: set[int] = field(default_factory=set)

    @property
    def is_full(self) -> bool:
        return len(self.picks) >= self.limit

    def take(self, source: str, found: Found, question: Question) -> None:
        """Add what may be shown and is not there yet, until the answer is full."""
        rows, scores = found.ranked
        self.candidates[source] = len(rows)
        passing = question.passes(rows)
        self._count("hidden_or_filtered", int(len(rows) - np.count_nonzero(passing)))
        rows, scores = rows[passing], scores[passing]
        groups = question.loaded.catalog.groups(rows)
        for row, score, group in zip(rows.tolist(), scores.tolist(), groups.tolist(), strict=True):
            if self.is_full:
                return
            if row in self._rows:
                continue
            if group >= 0 and group in self._groups:
                self._count("same_group", 1)
                continue
            self._rows.add(row)
            self._groups.add(group)
            self.picks.append(Pick(row, score, source, found.reason))

    def _count(self, why: str, count: int) -> None:
        if count:
            self.removed[why] = self.removed.get(why, 0) + count


@dataclass(frozen=True)
class Outcome:
    """Everything that an answer is written from."""

    question: Question
    picked: Picked
    served_by: str
    warnings: list[Warned]

    @property
    def is_degraded(self) -> bool:
        return self.question.loaded.fault is not None


def recommend(request: RecommendRequest, placement: str, tenant: LiveTenant) -> Outcome:
    """
    Answer one request.

    Raises:
        PlacementUnknown, RequestInvalid.
    """
    question = resolve(request, placement_named(placement), tenant)
    picked = Picked(request.limit)
    if not request.validate_only:
        _fill(picked, question)
    return Outcome(question, picked, _served_by(picked, question), _warnings(question, picked))


def _fill(picked: Picked, question: Question) -> None:
    for source in _sources(question.placement, question.request):
        if picked.is_full:
            return
        picked.take(source, SOURCES[source](question), question)


def _sources(placement: Placement, request: RecommendRequest) -> list[str]:
    """The placement's own, and what completes them where the caller wants it full."""
    if placement.is_history or request.when_short == "fewer":
        return list(placement.sources)
    return list(dict.fromkeys([*placement.sources, *FALLBACK]))


def _served_by(picked: Picked, question: Question) -> str:
    if picked.picks:
        return TIER[picked.picks[0].source]
    return TIER[question.placement.sources[-1]]


def _warnings(question: Question, picked: Picked) -> list[Warned]:
    request, loaded = question.request, question.loaded
    said = list(question.warnings)
    if loaded.fault is not None:
        said.append(Warned(code="model_unavailable", detail=loaded.fault))
    elif loaded.bundle is None:
        said.append(Warned(code="no_model", detail="no model is live for this tenant yet"))
    elif "personal" in question.placement.sources and loaded.bundle.for_you is None:
        detail = "no user-to-item model is live: recent activity and popularity answer instead"
        said.append(Warned(code="slot_empty", detail=detail))
    if request.user_id and not question.recent and not len(question.history.rows):
        detail = "nothing is known of this user yet"
        said.append(Warned(code="user_unknown", detail=detail))
    if request.diversity:
        detail = "diversity is part of the contract that this version does not apply yet"
        said.append(Warned(code="not_yet", detail=detail))
    if request.validate_only:
        said.append(Warned(code="validate_only", detail="the request is valid; nothing was ranked"))
    elif not picked.picks:
        said.append(Warned(code="empty", detail=_why_empty(picked)))
    return said


def _why_empty(picked: Picked) -> str:
    if not sum(picked.candidates.values()):
        asked = ", ".join(picked.candidates)
        return f"there were no candidates from {asked}: send events and items first"
    return (
        f"all {sum(picked.candidates.values())} candidates were hidden, filtered or excluded: "
        "loosen the filter"
    )
