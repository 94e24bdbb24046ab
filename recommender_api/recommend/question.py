"""
A request, resolved: ids became rows, the filter was compiled, the user's history was read.

What every later stage looks at; made once, never changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recommender_api.errors import FieldFault, RequestInvalid
from recommender_api.history.protocol import Recollection
from recommender_api.rules.expression.compile import Filter
from recommender_api.rules.expression.invalid import FilterInvalid
from recommender_api.rules.placements import Placement
from recommender_api.rules.plan import Plan
from recommender_api.rules.stages.caps import worn_out
from recommender_api.rules.stages.sieves import passing
from recommender_api.serving.loaded import Loaded
from recommender_models.bundle import RecentEvent
from recommender_models.protocol import History
from recommender_models.seen import EVERY_KIND, kind_bit
from recommender_models.visit import visit_history
from recommender_store.policies.experiment import Assigned

from .request import RecommendRequest, Warned

Rows = NDArray[np.int32]

UNKNOWN_NAMED = 3
"""Unknown items that a warning names; the rest it counts."""


@dataclass(frozen=True)
class Occasion:
    """What a request brings to the conditions of filters and rules."""

    loaded: Loaded
    seeds: Rows
    context: Mapping[str, object]

    @cached_property
    def seed(self) -> Mapping[str, object]:
        """What `$item` means: the first seed's attributes."""
        if not len(self.seeds):
            return {}
        columns = self.loaded.catalog.columns
        return columns.record(int(self.seeds[0]), columns.names)


@dataclass(frozen=True)
class Question:
    """One request against one state of one tenant."""

    request: RecommendRequest
    plan: Plan
    """The placement, and the rules that hold for this request."""
    occasion: Occasion
    loaded: Loaded
    recalled: Recollection
    """What the user and the session did."""
    seeds: Rows
    """Rows of the seed items that are known."""
    excluded: Rows
    """Rows that must not come back: seeds, what the caller excludes, what was seen."""
    history: History
    """The user as the models see one; rows beyond the bundle's are left out."""
    filter: Filter | None
    worn_out: Mapping[str, str]
    """Items that somebody was shown too often, and the rule that says so."""
    now_s: float
    warnings: list[Warned] = field(default_factory=list)

    @property
    def recent(self) -> list[RecentEvent]:
        """What the user and the session did, newest first."""
        return self.recalled.events

    @property
    def is_degraded(self) -> bool:
        """Whether something could not be read, and may be missing."""
        return bool(self.loaded.fault or self.recalled.fault or self.loaded.is_loading)

    @property
    def has_strangers(self) -> bool:
        """Whether anything was done on items that have no row yet."""
        return any(self.loaded.items.row(event.item_id) < 0 for event in self.recent)

    @property
    def placement(self) -> Placement:
        return self.plan.placement

    @property
    def limit(self) -> int:
        return self.request.limit or self.placement.limit

    @property
    def diversity(self) -> float:
        asked = self.request.diversity
        return self.placement.diversity if asked is None else asked

    @property
    def is_filled(self) -> bool:
        """Whether what is short is completed from the fallback chain."""
        return (self.request.when_short or self.placement.when_short) == "fill"

    @property
    def holds_until_s(self) -> float:
        """Until when the answer stays the same, if nobody changes anything; 0: time changes it."""
        if self.plan.ages or self.request.explain:
            return 0.0
        return min(self.plan.until_s, self.loaded.catalog.shown.changes_after(self.now_s))

    @cached_property
    def done_last(self) -> History:
        """What somebody did last, as far as the bundle knows it; excluded as the question says."""
        bundle = self.loaded.bundle
        if bundle is None:
            return History()
        deeds = (
            (bundle.items.row(event.item_id), bundle.weighting.of(event.kind, event.value))
            for event in self.recent
        )
        return visit_history(deeds, self.excluded)

    def passes(self, rows: Rows) -> NDArray[np.bool_]:
        """Which of the rows may be shown, whatever source they come from."""
        plan, given = self.plan, self.occasion
        passes = self.loaded.catalog.shown.of(rows, self.now_s)
        if plan.allowed is not None or plan.asked_sieves:
            passes &= passing(rows, plan.allowed, plan.asked_sieves, given)
        if self.filter is not None:
            passes &= self.filter_mask(rows)
        if self.worn_out:
            passes &= ~np.isin(rows, self.loaded.items.rows(self.worn_out))
        return passes

    def filter_mask(self, rows: Rows | None) -> NDArray[np.bool_]:
        """Which of the rows, None: of all, the caller's filter lets through; without one, all."""
        catalog = self.loaded.catalog
        if self.filter is None:
            return np.ones(catalog.columns.row_count if rows is None else len(rows), dtype=np.bool_)
        return catalog.matches(self.filter, rows, self.occasion)


def resolve(
    request: RecommendRequest,
    placement: str,
    loaded: Loaded,
    recalled: Recollection,
    now_s: float,
    assigned: Assigned | None = None,
) -> Question:
    """
    Raises:
        PlacementUnknown
        RequestInvalid: where the filter is wrong, a kind in `exclude_seen` is unknown, or
            `why_not` goes without `explain`.
    """
    if request.why_not and not request.explain:
        detail = 'it is part of the explanation: send "explain": true too'
        raise RequestInvalid([FieldFault("/why_not", "contradiction", detail)])
    plan = loaded.rulebook.plan(placement, now_s, assigned)
    asked = _seeds_named(request)
    seeds = loaded.items.rows(asked)
    occasion = Occasion(loaded, seeds, request.context)
    plan = plan.under(occasion)
    seen_kinds = _seen_kinds(request, plan.placement)
    history, excluded = History(), seeds
    if not _is_nobody(request, recalled):
        named = [*asked, *request.exclude_item_ids]
        user_id = None if recalled.is_hidden else request.user_id
        history = _history(loaded, user_id, recalled.events, seen_kinds, named)
        excluded = _excluded(loaded, history, recalled.events, seen_kinds, named)
    return Question(
        request=request,
        plan=plan,
        occasion=occasion,
        loaded=loaded,
        recalled=recalled,
        seeds=seeds,
        excluded=excluded,
        history=history,
        filter=_filter(request, loaded),
        worn_out=worn_out(plan.ceilings, recalled.shown, now_s) if plan.ceilings else {},
        now_s=now_s,
        warnings=_unknown_items(loaded, asked),
    )


def _is_nobody(request: RecommendRequest, recalled: Recollection) -> bool:
    """Whether nothing but the seeds can be out of the question."""
    is_named = request.user_id is not None or request.exclude_item_ids
    return not is_named and not recalled.events


def _excluded(
    loaded: Loaded,
    history: History,
    recent: Sequence[RecentEvent],
    seen_kinds: int,
    named: Sequence[str],
) -> Rows:
    """What the models are told to leave out, and the same of items that they do not know."""
    others = {
        *loaded.items.rows(named).tolist(),
        *loaded.items.rows_beside_model(
            event.item_id for event in recent if kind_bit(event.kind) & seen_kinds
        ),
    }
    others.difference_update(history.excluded.tolist())
    if not others:
        return history.excluded
    return np.concatenate([history.excluded, np.fromiter(others, np.int32)])


def _seeds_named(request: RecommendRequest) -> list[str]:
    """Each once."""
    named = [*([request.item_id] if request.item_id else []), *request.item_ids]
    return list(dict.fromkeys(named))


def _unknown_items(loaded: Loaded, asked: Sequence[str]) -> list[Warned]:
    unknown = [repr(item_id) for item_id in asked if loaded.items.row(item_id) < 0]
    if not unknown:
        return []
    named = ", ".join(unknown[:UNKNOWN_NAMED])
    more = f" and {len(unknown) - UNKNOWN_NAMED} more" if len(unknown) > UNKNOWN_NAMED else ""
    return [Warned(code="item_unknown", detail=f"nothing is known of {named}{more} yet")]


def _history(
    loaded: Loaded,
    user_id: str | None,
    recent: Sequence[RecentEvent],
    seen_kinds: int,
    named: Sequence[str],
) -> History:
    if loaded.bundle is None:
        return History()
    return loaded.bundle.history(user_id, recent, seen_kinds=seen_kinds, also_excluded=named)


def _seen_kinds(request: RecommendRequest, placement: Placement) -> int:
    asked = request.exclude_seen
    if asked is None:
        asked = placement.exclude_seen
    if isinstance(asked, bool):
        return EVERY_KIND if asked else 0
    bits = 0
    for kind in asked:
        if not kind_bit(kind):
            detail = f"{kind!r} is no kind of event that shows an item was seen"
            raise RequestInvalid([FieldFault("/exclude_seen", "kind_unknown", detail)])
        bits |= kind_bit(kind)
    return bits


def _filter(request: RecommendRequest, loaded: Loaded) -> Filter | None:
    if request.filter is None:
        return None
    try:
        return loaded.catalog.filter(request.filter)
    except FilterInvalid as error:
        raise RequestInvalid(
            [FieldFault("/filter", error.code, error.detail, error.position)]
        ) from error
