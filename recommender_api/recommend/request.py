"""
What a caller asks, and what comes back: the one definition for the hot path and for OpenAPI.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from recommender_api.errors import FieldFault, RequestInvalid

LIMIT_MOST = 200
FILTER_LENGTH = 4_000
IDS_MOST = 1_000

Id = Annotated[
    str, StringConstraints(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")
]


class RecommendQuery(BaseModel):
    """What a GET may ask in its query string; every field is optional."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    user_id: Id | None = None
    item_id: Id | None = Field(default=None, description="The seed item.")
    item_ids: tuple[Id, ...] = Field(
        default=(), max_length=IDS_MOST, description="A basket, or what a session looked at."
    )
    session_id: Id | None = None
    limit: int = Field(default=10, ge=1, le=LIMIT_MOST)
    filter: str | None = Field(
        default=None, description="A condition over item attributes; see docs/rules.md."
    )
    exclude_item_ids: tuple[Id, ...] = Field(default=(), max_length=IDS_MOST)
    exclude_seen: bool | tuple[str, ...] | None = Field(
        default=None,
        description="True, false, or the kinds of events that make an item seen; "
        "left out, the placement decides.",
    )
    diversity: float = Field(default=0.0, ge=0.0, le=1.0)
    when_short: Literal["fill", "fewer"] = "fill"
    fields: tuple[str, ...] = Field(
        default=(), max_length=100, description="Attributes to return with each item."
    )
    explain: bool = False
    validate_only: bool = False


class RecommendRequest(RecommendQuery):
    """A request for recommendations; every field is optional."""

    context: dict[str, Any] = Field(
        default_factory=dict, description="Whatever filters, rules and hooks may look at."
    )


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


class Batch(BaseModel):
    """Several requests at once."""

    requests: list[BatchRequest] = Field(min_length=1, max_length=100)


class BatchAnswers(BaseModel):
    """One answer each, in order."""

    answers: list[Recommendations]


_LISTS = ("item_ids", "exclude_item_ids", "fields", "exclude_seen")


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
        raise RequestInvalid(list(_faults(error))) from error


def from_query(pairs: list[tuple[str, str]]) -> RecommendRequest:
    """
    The same from a query string: lists are comma-separated or repeated.

    Raises:
        RequestInvalid
    """
    raw: dict[str, Any] = {}
    for name, text in pairs:
        if name in _LISTS:
            raw[name] = [*raw.get(name, []), *text.split(",")]
        elif name in raw:
            fault = FieldFault(f"/{name}", "repeated", "name it once")
            raise RequestInvalid([fault])
        else:
            raw[name] = text
    seen = raw.get("exclude_seen")
    if seen is not None and len(seen) == 1 and seen[0].lower() in ("true", "false", "1", "0"):
        raw["exclude_seen"] = seen[0].lower() in ("true", "1")
    if "context" in raw:
        detail = (
            "context is an object: send it in the body of POST /placements/{placement}:recommend"
        )
        raise RequestInvalid([FieldFault("/context", "type", detail)])
    return from_body(raw)


def _faults(error: ValidationError) -> list[FieldFault]:
    faults = {}
    for one in error.errors():
        # A union reports each of its members; the field is enough.
        pointer = "/" + "/".join(str(part) for part in one["loc"][:1])
        faults.setdefault(pointer, FieldFault(pointer, str(one["type"]), _sentence(one)))
    return list(faults.values())


def _sentence(one: Any) -> str:
    if one["type"] == "extra_forbidden":
        known = ", ".join(RecommendRequest.model_fields)
        return f"there is no such field: known are {known}"
    if one["type"] == "string_pattern_mismatch":
        return "an id has no control characters"
    return str(one["msg"])
