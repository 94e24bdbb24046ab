"""
What a caller asks, and what comes back: the one definition for the hot path and for OpenAPI.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    Strict,
    StringConstraints,
    ValidationError,
)

from recommender_api.errors import FieldFault, RequestInvalid, pointer_to
from recommender_api.exchange.field_faults import field_faults

LIMIT_MOST = 200
BATCH_LIMIT = 100
IDS_MOST = 1_000
WHY_NOT_MOST = 20

Id = Annotated[
    str, StringConstraints(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")
]


Ids = Annotated[tuple[Id, ...], Strict(strict=False)]
Names = Annotated[tuple[str, ...], Strict(strict=False)]


class RecommendRequest(BaseModel):
    """A request for recommendations; every field is optional, and has its own JSON type."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)

    user_id: Id | None = None
    item_id: Id | None = Field(default=None, description="The seed item.")
    item_ids: Ids = Field(
        default=(), max_length=IDS_MOST, description="A basket, or what a session looked at."
    )
    session_id: Id | None = None
    limit: int | None = Field(
        default=None, ge=1, le=LIMIT_MOST, description="Left out: the placement's, which is 10."
    )
    filter: str | None = Field(
        default=None, description="A condition over item attributes; see docs/rules.md."
    )
    exclude_item_ids: Ids = Field(default=(), max_length=IDS_MOST)
    exclude_seen: bool | Names | None = Field(
        default=None,
        description="True, false, or the kinds of events that make an item seen; "
        "left out, the placement decides.",
    )
    diversity: float | None = Field(
        default=None,
        ge=0.0,
        le=1.0,
        description="How much the items differ, 0 to 1; left out, the placement decides.",
    )
    when_short: Literal["fill", "fewer"] | None = Field(
        default=None, description="Left out: the placement's, which is `fill`."
    )
    fields: Names = Field(
        default=(), max_length=100, description="Attributes to return with each item."
    )
    explain: bool = False
    why_not: Ids = Field(
        default=(),
        max_length=WHY_NOT_MOST,
        description="Items of which `explain` tells what kept them out of the answer.",
    )
    validate_only: bool = False
    context: dict[str, Any] = Field(
        default_factory=dict, description="Whatever filters, rules and hooks may look at."
    )


class PopularRequest(RecommendRequest):
    """What `GET /popular` may ask."""

    trend: bool = Field(default=False, description="Rising, not most popular.")


class BatchRequest(RecommendRequest):
    """One of several requests."""

    placement: str


class Recommended(BaseModel):
    """One ranked item."""

    item_id: str
    score: float
    rank: int
    source: str
    reason: str
    attributes: dict[str, Any] | None = None


class ModelIdentity(BaseModel):
    """Which model answered, and how old it is."""

    version: str
    trained_at: str
    data_until: str


class Warned(BaseModel):
    """Something the caller should know; `code` is stable."""

    code: str
    detail: str


class Recommendations(BaseModel):
    """The answer to every recommend route."""

    recommendation_id: str
    placement: str
    items: list[Recommended]
    model: ModelIdentity | None
    served_by: Literal["model", "session", "popular", "newest"]
    degraded: bool
    applied_rules: list[str]
    experiment: dict[str, str] | None
    warnings: list[Warned]
    explanation: dict[str, Any] | None = None


class BatchAnswers(BaseModel):
    """One answer each, in order."""

    answers: list[Recommendations]


Query = TypeVar("Query", bound=RecommendRequest)

_ID = re.compile(r"[^\x00-\x1f\x7f-\x9f]{1,256}").fullmatch

_LISTS = ("item_ids", "exclude_item_ids", "fields", "exclude_seen", "why_not")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_SENTENCES = {
    "/context": "send an object, in the body of POST /placements/{placement}:recommend",
    "/exclude_seen": "write true, false, or a list of kinds of events",
}
"""Where a type alone does not say what to write, by pointer."""


def from_body(raw: Any) -> RecommendRequest:
    """
    Raises:
        RequestInvalid: with a pointer to each field that is wrong.
    """
    if not isinstance(raw, dict):
        raise RequestInvalid([FieldFault("", "type", "send a JSON object")])
    try:
        return RecommendRequest.model_validate(raw)
    except ValidationError as error:
        raise RequestInvalid(_faults(error, RecommendRequest)) from error


def from_query(pairs: list[tuple[str, str]], model: type[Query]) -> Query:
    """
    What a query string asks: lists are comma-separated or repeated.

    Raises:
        RequestInvalid
    """
    raw: dict[str, Any] = {}
    for name, text in pairs:
        if name in _LISTS:
            raw[name] = [*raw.get(name, []), *text.split(",")]
        elif name in raw:
            raise RequestInvalid([FieldFault(pointer_to([name]), "repeated", "name it once")])
        else:
            raw[name] = text
    seen = raw.get("exclude_seen")
    if seen is not None and len(seen) == 1 and seen[0].lower() in _BOOLEANS:
        raw["exclude_seen"] = _BOOLEANS[seen[0].lower()]
    try:
        return model.model_validate(raw, strict=False)  # everything in a query is text
    except ValidationError as error:
        raise RequestInvalid(_faults(error, model)) from error


def naming(request: RecommendRequest, given: Mapping[str, str]) -> RecommendRequest:
    """
    The same request with what the path says.

    Raises:
        RequestInvalid: where that is no id, or the query says otherwise.
    """
    for name, value in given.items():
        said = getattr(request, name)
        if said is not None and said != value:
            fault = FieldFault(pointer_to([name]), "repeated", "the path says it already")
            raise RequestInvalid([fault])
        if not _ID(value):
            from_query([(name, value)], RecommendRequest)
    return request.model_copy(update=given)


def _faults(error: ValidationError, model: type[BaseModel]) -> list[FieldFault]:
    return [
        fault._replace(detail=_SENTENCES.get(fault.pointer, fault.detail))
        for fault in field_faults(error.errors(), model.model_fields)
    ]
