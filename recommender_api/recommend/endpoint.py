"""
The recommend routes, from what the path and the query say to an answer.
"""

from typing import Any
from urllib.parse import parse_qsl

from recommender_api.errors import FieldFault, RequestInvalid
from recommender_api.exchange import parse_json
from recommender_api.serving.live_tenant import LiveTenant

from .answer import write_answer
from .pipeline import recommend
from .request import RecommendRequest, from_body, from_query

BODY_LIMIT_BYTES = 256 * 1024
BATCH_LIMIT = 100


def answer_get(
    tenant: LiveTenant, placement: str, query: bytes, given: dict[str, str]
) -> dict[str, Any]:
    """
    A GET: `given` is what the path says (`item_id` or `user_id`).

    Raises:
        RequestInvalid, PlacementUnknown.
    """
    pairs = parse_qsl(query.decode("utf-8", "replace"), keep_blank_values=True)
    for name, value in pairs:
        if name in given and value != given[name]:
            raise RequestInvalid([FieldFault(f"/{name}", "repeated", "the path says it already")])
    pairs = [(name, value) for name, value in pairs if name not in given]
    if placement == "popular":
        placement = _popular_or_trending(pairs)
    return _answer(tenant, placement, from_query([*pairs, *given.items()]))


def answer_post(tenant: LiveTenant, placement: str, body: bytes) -> dict[str, Any]:
    """
    Raises:
        BodyMalformed, RequestInvalid, PlacementUnknown.
    """
    return _answer(tenant, placement, from_body(parse_json(body) if body else {}))


def answer_batch(tenant: LiveTenant, body: bytes) -> dict[str, Any]:
    """
    Up to `BATCH_LIMIT` bodies, each with its `placement`; one answer each, in order.

    Raises:
        BodyMalformed, RequestInvalid, PlacementUnknown: for the first that is wrong.
    """
    raw = parse_json(body)
    requests = raw.get("requests") if isinstance(raw, dict) else None
    if not isinstance(requests, list) or not 1 <= len(requests) <= BATCH_LIMIT:
        detail = f'send {{"requests": [...]}} with 1 to {BATCH_LIMIT} requests'
        raise RequestInvalid([FieldFault("/requests", "type", detail)])
    return {"answers": [_one_of_batch(tenant, at, one) for at, one in enumerate(requests)]}


def _one_of_batch(tenant: LiveTenant, at: int, raw: Any) -> dict[str, Any]:
    if not isinstance(raw, dict) or not isinstance(raw.get("placement"), str):
        fault = FieldFault(f"/requests/{at}/placement", "missing", "name the placement")
        raise RequestInvalid([fault])
    rest = {name: value for name, value in raw.items() if name != "placement"}
    try:
        return _answer(tenant, raw["placement"], from_body(rest))
    except RequestInvalid as error:
        faults = [
            fault._replace(pointer=f"/requests/{at}{fault.pointer}") for fault in error.faults
        ]
        raise RequestInvalid(faults) from error


def _answer(tenant: LiveTenant, placement: str, request: RecommendRequest) -> dict[str, Any]:
    return write_answer(recommend(request, placement, tenant))


def _popular_or_trending(pairs: list[tuple[str, str]]) -> str:
    for pair in [pair for pair in pairs if pair[0] == "trend"]:
        pairs.remove(pair)
        if pair[1].lower() in ("true", "1"):
            return "trending"
    return "popular"
