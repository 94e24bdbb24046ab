"""
An answer of the past, read back from the log; and why it is without some item.

Why not is asked of what is live now: models, rules and the user's history are not kept as they
were, and where they have moved since, it is said.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, Strict, ValidationError

from recommender_api.errors import RequestInvalid, TraceNotFound, TraceNotSampled
from recommender_api.exchange.field_faults import field_faults
from recommender_api.serving.live_tenant import LiveTenant
from recommender_api.tracing.ids import RecommendationId, read_id

from .endpoint import query_pairs, recall
from .pipeline import Outcome, recommended
from .request import WHY_NOT_MOST, Ids, ModelIdentity, Warned, from_body
from .why_not import Stopped, why_not


class LookupQuery(BaseModel):
    """What may be asked of an answer beside what it was."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    why_not: Ids = Field(
        default=(),
        max_length=WHY_NOT_MOST,
        description="Items of which to tell what kept them out of the answer.",
    )


class LookupBody(LookupQuery):
    """The same, for the route whose path does not name the answer."""

    recommendation_id: Annotated[str, Strict()]


Asked = TypeVar("Asked", bound=LookupQuery)


class ServedItem(BaseModel):
    """One item that was answered."""

    item_id: str
    rank: int
    score: float
    source: str
    reason: str
    propensity: float = Field(description="With which probability it stood there.")


class WhyNot(BaseModel):
    """The request asked again, of what is live now."""

    moved: list[str] = Field(
        description="What is another since: `model`, `rules`, `history` or the catalog (`other`)."
    )
    items: list[Stopped]


class Served(BaseModel):
    """An answer of the past."""

    recommendation_id: str
    answered_at: datetime
    sampled: bool = Field(description="Chosen by chance; else written down since it was explained.")
    placement: str
    user_id: str | None = Field(description="Null for a tenant whose users have pseudonyms.")
    user_pseudonym: str | None = Field(
        default=None, description="What is held in place of the user's id, where that is not."
    )
    session_id: str | None
    request: dict[str, Any] = Field(description="As it was asked; who asked stands beside it.")
    items: list[ServedItem]
    model: ModelIdentity | None
    served_by: str
    degraded: bool
    applied_rules: list[str]
    experiment: dict[str, str] | None
    warnings: list[Warned]
    explanation: dict[str, Any] | None = None
    why_not: WhyNot | None = None


def kept_id(text: str) -> RecommendationId:
    """
    Raises:
        RecommendationIdMalformed, TraceNotSampled.
    """
    asked = read_id(text)
    if not asked.is_kept:
        raise TraceNotSampled
    return asked


def read_query(query: bytes) -> LookupQuery:
    """
    Items are comma-separated or repeated.

    Raises:
        PathMalformed, RequestInvalid.
    """
    raw: dict[str, list[str]] = {}
    for name, text in query_pairs(query):
        raw[name] = [*raw.get(name, []), *text.split(",")]
    return _read(raw, LookupQuery)


def read_body(raw: Any) -> LookupBody:
    """
    Raises:
        RequestInvalid.
    """
    return _read(raw, LookupBody)


def _read(raw: Any, model: type[Asked]) -> Asked:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise RequestInvalid([*field_faults(error.errors(), model.model_fields)]) from error


async def look_up(
    live: LiveTenant, asked: RecommendationId, item_ids: Sequence[str] = ()
) -> Served:
    """
    Raises:
        TraceNotFound: where the tenant's log does not hold it, or is just being rid of it.
        PlacementUnknown, RequestInvalid: where what was asked cannot be asked any more, and
            `item_ids` wants it asked again.
    """
    event = await asyncio.to_thread(live.space.events.find, asked.event_id, asked.at, asked.writer)
    if event is None:
        raise TraceNotFound
    served = _served(event)
    if live.names.are_pseudonyms:
        named = {"user_id": None, "user_pseudonym": served.user_id}
        served = served.model_copy(update=named)
    if live.forgotten.hides(event.get("user_id"), int(served.answered_at.timestamp() * 1000)):
        raise TraceNotFound
    if not item_ids:
        return served
    return served.model_copy(update={"why_not": await _why_not(live, event, served, item_ids)})


def _served(event: Mapping[str, Any]) -> Served:
    told = event["attributes"]
    columns = (event["items"], told["scores"], told["sources"], told["reasons"])
    items = [
        ServedItem(
            item_id=item_id,
            rank=rank,
            score=score,
            source=source,
            reason=reason,
            propensity=propensity,
        )
        for rank, (item_id, score, source, reason, propensity) in enumerate(
            zip(*columns, told["propensities"], strict=True), start=1
        )
    ]
    return Served(
        recommendation_id=event["recommendation_id"],
        answered_at=event["occurred_at"],
        placement=event["placement"],
        user_id=event.get("user_id"),
        session_id=event.get("session_id"),
        items=items,
        **{name: told.get(name) for name in _TOLD},
    )


_TOLD = (
    *("sampled", "request", "model", "served_by", "degraded", "applied_rules"),
    *("experiment", "warnings", "explanation"),
)


async def _why_not(
    live: LiveTenant, event: Mapping[str, Any], served: Served, item_ids: Sequence[str]
) -> WhyNot:
    who = {name: event[name] for name in ("user_id", "session_id") if name in event}
    request = from_body({**served.request, **who})
    recalled = await recall(live, request)
    outcome = await recommended(request, served.placement, live.loaded, recalled, hooks=live.hooks)
    told = await asyncio.to_thread(why_not, outcome.question, outcome.picked, item_ids)
    return WhyNot(
        moved=_moved(live, event, served, outcome),
        items=[_then(served, Stopped.model_validate(one)) for one in told],
    )


def _then(served: Served, now: Stopped) -> Stopped:
    """What was answered counts, whatever would be answered now."""
    was = next((one for one in served.items if one.item_id == now.item_id), None)
    if was is not None:
        return Stopped(
            item_id=was.item_id,
            stage="shown",
            detail=f"it was in the answer, at rank {was.rank}",
            source=was.source,
            rank=was.rank,
            score=was.score,
        )
    if now.stage != "shown":
        return now
    detail = f"it was not in the answer; asked again now, it is, at rank {now.rank}"
    return now.model_copy(update={"stage": "shown_now", "detail": detail})


def _moved(
    live: LiveTenant, event: Mapping[str, Any], served: Served, outcome: Outcome
) -> list[str]:
    """What may have made the answer another one; `other` where it is one and nothing here says."""
    question = outcome.question
    model = question.loaded.model
    then = None if served.model is None else served.model.version
    moved = []
    if then != (None if model is None else model["version"]):
        moved.append("model")
    is_decided_anew = event["attributes"].get("policies") != live.policies_number
    if is_decided_anew or list(question.plan.rule_ids) != served.applied_rules:
        moved.append("rules")
    newest_ms = max((one.at_ms for one in question.recent), default=0)
    if newest_ms > served.answered_at.timestamp() * 1000:
        moved.append("history")
    items = [question.loaded.items.id(pick.row) for pick in outcome.picked.items]
    if not moved and items != [one.item_id for one in served.items]:
        moved.append("other")
    return moved
