"""
The recommend routes, from what the path, the query and the body say to an answer.

Live history is asked here, once a request and side by side for a batch; from there on nothing
waits.
"""

import asyncio
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

from recommender_api.errors import FieldFault, PathMalformed, RequestInvalid, pointer_to
from recommender_api.exchange.asgi import parse_json
from recommender_api.history.protocol import Recollection
from recommender_api.serving.live_tenant import LiveTenant

from .answer import write_answer
from .pipeline import recommend
from .request import (
    BATCH_LIMIT,
    PopularRequest,
    RecommendRequest,
    from_body,
    from_query,
)

BODY_LIMIT_BYTES = 256 * 1024


async def answer_get(
    tenant: LiveTenant, placement: str, query: bytes, given: dict[str, str]
) -> dict[str, Any]:
    """
    A GET: `given` is what the path says (`item_id` or `user_id`).

    Raises:
        PathMalformed, RequestInvalid.
    """
    pairs = _pairs(query) if query else []
    for name, value in pairs:
        if name in given and value != given[name]:
            fault = FieldFault(pointer_to([name]), "repeated", "the path says it already")
            raise RequestInvalid([fault])
    pairs = [*(pair for pair in pairs if pair[0] not in given), *given.items()]
    if placement != "popular":
        return await answer(tenant, placement, from_query(pairs, RecommendRequest))
    asked = from_query(pairs, PopularRequest)
    placement = "trending" if asked.trend else "popular"
    return await answer(tenant, placement, asked)


async def answer_post(tenant: LiveTenant, placement: str, body: bytes) -> dict[str, Any]:
    """
    Raises:
        BodyMalformed, RequestInvalid, PlacementUnknown.
    """
    return await answer(tenant, placement, from_body(parse_json(body) if body else {}))


async def answer_batch(tenant: LiveTenant, body: bytes) -> dict[str, Any]:
    """
    Up to `BATCH_LIMIT` bodies, each with its `placement`; one answer each, in order.

    Raises:
        BodyMalformed, RequestInvalid, PlacementUnknown: for the first that is wrong.
    """
    raw = parse_json(body, wanted='{"requests": […]}')
    requests = raw.get("requests") if isinstance(raw, dict) else None
    if not isinstance(requests, list) or not 1 <= len(requests) <= BATCH_LIMIT or len(raw) > 1:
        detail = f'send {{"requests": [...]}} with 1 to {BATCH_LIMIT} requests and nothing else'
        raise RequestInvalid([FieldFault("/requests", "type", detail)])
    asked = [one_of_batch(at, one) for at, one in enumerate(requests)]
    return {"answers": await _answers(tenant, asked)}


def one_of_batch(at: int, raw: Any) -> tuple[str, RecommendRequest]:
    """
    A body that names its placement, the so-many-th of `requests`.

    Raises:
        RequestInvalid
    """
    if not isinstance(raw, dict) or not isinstance(raw.get("placement"), str):
        fault = FieldFault(f"/requests/{at}/placement", "missing", "name the placement")
        raise RequestInvalid([fault])
    rest = {name: value for name, value in raw.items() if name != "placement"}
    try:
        return raw["placement"], from_body(rest)
    except RequestInvalid as error:
        faults = [
            fault._replace(pointer=f"/requests/{at}{fault.pointer}") for fault in error.faults
        ]
        raise RequestInvalid(faults) from error


async def answer(tenant: LiveTenant, placement: str, request: RecommendRequest) -> dict[str, Any]:
    """
    The answer to one request.

    Raises:
        PlacementUnknown, RequestInvalid.
    """
    recalled = await recall(tenant, request)
    return write_answer(recommend(request, placement, tenant.loaded, recalled))


async def _answers(
    tenant: LiveTenant, asked: Sequence[tuple[str, RecommendRequest]]
) -> list[dict[str, Any]]:
    """All from one state of the tenant, their histories read in one go."""
    recalled = await asyncio.gather(*(recall(tenant, request) for _, request in asked))
    loaded = tenant.loaded
    return [
        write_answer(recommend(request, placement, loaded, known))
        for (placement, request), known in zip(asked, recalled, strict=True)
    ]


async def recall(tenant: LiveTenant, request: RecommendRequest) -> Recollection:
    """What is remembered of who asks."""
    if request.user_id is None and request.session_id is None:
        return Recollection([])
    return await tenant.recall(request.user_id, request.session_id)


def _pairs(query: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError as error:
        raise PathMalformed from error
