"""
Why an item is not in an answer: the first stage that stopped it, in the order of the pipeline.

Looks at what the stages left behind. Only of an item that no tier was asked far enough for are the
sources asked again, for everything; so that none of it is done unless somebody asks.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from pydantic import BaseModel

from recommender_models.protocol import Ranked

from .explanation import blamed, named, score_of
from .merge import tiers
from .picked import Picked
from .question import Question
from .sources import EVERYTHING, SOURCES, widths

Stage = Literal[
    "shown",
    "shown_now",
    "unknown",
    "hidden",
    "seed",
    "excluded",
    "seen",
    "filter",
    "placement",
    "rule",
    "hook",
    "no_candidate",
    "outranked",
    "no_room",
    "not_reached",
]


class Shown(BaseModel):
    """An item of the answer."""

    item_id: str
    rank: int
    score: float


class Stopped(BaseModel):
    """What became of one item; `detail` is for people."""

    item_id: str
    stage: Stage
    detail: str
    by: str | None = None
    """The rule, `rule:` and its id, or `same_group`."""
    source: str | None = None
    rank: int | None = None
    """In the answer; or among the candidates it stood with; or in its source."""
    score: float | None = None
    last_shown: Shown | None = None
    """The last that those candidates gave to the answer."""
    scores: dict[str, Any] | None = None
    """What each source said of it, and what rules multiplied it by."""


class _Place(NamedTuple):
    """Where an item stands in what one source can give."""

    source: str
    rank: int
    score: float
    tier: int


def why_not(question: Question, picked: Picked, item_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Of each item, in this order; see `Stopped`. Nothing where nothing was ranked."""
    if question.request.validate_only:
        return []
    asked = _Asked(question, picked)
    told = [asked.stopped(item_id) for item_id in item_ids]
    return [one.model_dump(mode="json", exclude_none=True) for one in told]


class _Asked:
    """One answer, to be asked of several items."""

    def __init__(self, question: Question, picked: Picked) -> None:
        self._question = question
        self._picked = picked
        self._wide: dict[str, Ranked] = {}

    def stopped(self, item_id: str) -> Stopped:
        row = self._question.loaded.items.row(item_id)
        if row < 0:
            detail = "nothing is known of this item: it is in no catalog, no model and no event"
            return Stopped(item_id=item_id, stage="unknown", detail=detail)
        stages = (self._shown, self._barred, self._in_asked_tier, self._elsewhere)
        return next(told for stage in stages if (told := stage(item_id, row)) is not None)

    def _shown(self, item_id: str, row: int) -> Stopped | None:
        for rank, pick in enumerate(self._picked.items, start=1):
            if pick.row == row:
                return Stopped(
                    item_id=item_id,
                    stage="shown",
                    detail=f"it is in the answer, at rank {rank}",
                    source=pick.source,
                    rank=rank,
                    score=_rounded(pick.score),
                )
        return None

    def _barred(self, item_id: str, row: int) -> Stopped | None:
        """What may not be shown, whatever source it comes from."""
        rows = np.array([row], dtype=np.int32)
        by = "" if self._question.passes(rows)[0] else blamed(self._question, rows)[0]
        if by == "hidden":
            detail = "it is not available now, or was deleted from the catalog"
            return Stopped(item_id=item_id, stage="hidden", detail=detail)
        out = self._excluded(row)
        if out is not None:
            return Stopped(item_id=item_id, stage=out[0], detail=out[1])
        return self._sieved(item_id, by) if by else None

    def _sieved(self, item_id: str, by: str) -> Stopped:
        if by == "filter":
            detail = "the filter of the request does not let it through"
            return Stopped(item_id=item_id, stage="filter", detail=detail)
        if by == "placement":
            detail = "the filter of the placement does not let it through"
            return Stopped(item_id=item_id, stage="placement", detail=detail)
        rule_id = by.partition(":")[2]
        rules = self._question.loaded.rulebook.decided.rules
        kind = next((rule.kind for rule in rules if rule.id == rule_id), "rule")
        detail = f"the rule '{rule_id}' ({kind}) takes it out"
        return Stopped(item_id=item_id, stage="rule", detail=detail, by=by)

    def _excluded(self, row: int) -> tuple[Stage, str] | None:
        question = self._question
        if row in question.loaded.items.rows(question.request.exclude_item_ids):
            return "excluded", "the request excludes it"
        if question.placement.is_history or row not in question.excluded:
            return None
        if row in question.seeds:
            return "seed", "it is what the answer starts from"
        return "seen", "the user has seen it (exclude_seen)"

    def _in_asked_tier(self, item_id: str, row: int) -> Stopped | None:
        """What a tier that was asked brought up, and the answer left out."""
        picked = self._picked
        for gathered, candidates in zip(picked.gathered, picked.ordered, strict=True):
            at = np.flatnonzero(candidates.rows == row)
            if not len(at):
                if row in gathered.ranked.rows and self._question.plan.hooks:
                    return self._dropped(item_id, row)
                continue
            place = int(at[0])
            ((source, _),) = gathered.origins_of(candidates.places[[place]])
            told = Stopped(
                item_id=item_id,
                stage="outranked",
                detail="",
                source=source,
                rank=place + 1,
                score=_rounded(float(candidates.scores[place])),
                last_shown=self._last_shown(set(candidates.rows.tolist())),
                scores=score_of(self._question, picked, row),
            )
            return self._without_room(told, row) or self._outranked(told)
        return None

    def _dropped(self, item_id: str, row: int) -> Stopped:
        for run in self._picked.hook_runs:
            if row in run.dropped:
                detail = f"the rule '{run.rule_id}' calls '{run.hook}', which dropped it"
                return Stopped(item_id=item_id, stage="hook", detail=detail, by=named(run.rule_id))
        detail = "it is not among the best of its tier, which are all that hooks are given"
        return Stopped(item_id=item_id, stage="hook", detail=detail)

    def _without_room(self, told: Stopped, row: int) -> Stopped | None:
        for one in self._picked.passed_over:
            if one.row == row:
                by = named(one.rule_id) if one.rule_id else "same_group"
                detail = "an item of its group stands in the answer before it"
                if one.rule_id:
                    detail = f"the rule '{one.rule_id}' lets in no more items of its value"
                return told.model_copy(update={"stage": "no_room", "by": by, "detail": detail})
        return None

    def _outranked(self, told: Stopped) -> Stopped:
        last, detail = told.last_shown, f"it came up as number {told.rank} of its tier"
        if last is not None and told.score is not None:
            detail += f" with a score of {told.score:g}; the last shown, '{last.item_id}', "
            detail += f"has {last.score:g}"
            if self._question.diversity and told.score > last.score:
                detail += ": it is too much like items before it (diversity)"
        return told.model_copy(update={"detail": detail})

    def _elsewhere(self, item_id: str, row: int) -> Stopped:
        """What only a source that was not asked, or not asked so far, could bring up."""
        known = next(self._places_of(row), None)
        if known is None:
            asked = dict.fromkeys(one for tier in tiers(self._question) for one in tier.sources)
            detail = f"none of the sources has it among its candidates: {', '.join(asked)}"
            return Stopped(item_id=item_id, stage="no_candidate", detail=detail)
        told = Stopped(
            item_id=item_id,
            stage="not_reached",
            detail=f"'{known.source}' has it at rank {known.rank}, and was not asked: the sources "
            "before it had filled the answer",
            source=known.source,
            rank=known.rank,
            score=known.score,
        )
        if known.tier >= len(self._picked.gathered):
            return told
        detail = f"'{known.source}' has it at rank {known.rank} only: better ones filled the answer"
        last = self._last_shown(set(self._picked.ordered[known.tier].rows.tolist()))
        return told.model_copy(update={"stage": "outranked", "detail": detail, "last_shown": last})

    def _places_of(self, row: int) -> Iterator[_Place]:
        for number, tier in enumerate(tiers(self._question)):
            for source in tier.sources:
                ranked = self._everything(source)
                at = np.flatnonzero(ranked.rows == row)
                if len(at):
                    place = int(at[0])
                    score = _rounded(float(ranked.scores[place]))
                    yield _Place(source, place + 1, score, number)

    def _everything(self, source: str) -> Ranked:
        known = self._wide.get(source)
        if known is None:
            *_, widest = widths(source, EVERYTHING)
            known = self._wide[source] = SOURCES[source](self._question, widest).ranked
        return known

    def _last_shown(self, rows: set[int]) -> Shown | None:
        items = [*enumerate(self._picked.items, start=1)]
        for rank, pick in reversed(items):
            if pick.row in rows:
                item_id = self._question.loaded.items.id(pick.row)
                return Shown(item_id=item_id, rank=rank, score=_rounded(pick.score))
        return None


def _rounded(number: float) -> float:
    return float(f"{number:.6g}")
