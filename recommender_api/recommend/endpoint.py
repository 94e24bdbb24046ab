"""
The recommend routes, from what the path, the query and the body say to an answer.

Live history is asked here, once a request and side by side for a batch; from there on nothing
waits.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from recommender_api.errors import FieldFault, PathMalformed, RequestInvalid
from recommender_api.exchange.asgi import parse_json
from recommender_api.history.protocol import Recollection
from recommender_api.serving.live_tenant import LiveTenant, Loaded
from recommender_api.serving.remembered import Question

from .answer import headed, write_answer
from .pipeline import recommend
from .request import (
    BATCH_LIMIT,
    PopularRequest,
    Query,
    RecommendRequest,
    from_body,
    from_query,
    naming,
)

BODY_LIMIT_BYTES = 256 * 1024
QUERIES_KEPT, KEPT_QUERY_BYTES = 4096, 256
NOBODY = Recollection([])


def question_in_query(placement: str, query: bytes, given: Mapping[str, str]) -> Question:
    """What a GET asks, as answers are remembered."""
    return ("query", placement, query, *given.values())


def question_in_body(placement: str, body: bytes) -> Question:
    return ("body", placement, body)


def known(tenant: LiveTenant, question: Question) -> bytes | None:
    """An answer that everybody gets, under an id of its own; None where none is remembered."""
    rest = tenant.loaded.remembered.get(question, time.time())
    return None if rest is None else headed(rest)


async def answer_get(
    tenant: LiveTenant, placement: str, query: bytes, given: Mapping[str, str]
) -> bytes:
    """
    A GET: `given` is what the path says (`item_id` or `user_id`).

    Raises:
        PathMalformed, RequestInvalid.
    """
    question = question_in_query(placement, query, given)
    if placement != "popular":
        asked = naming(_asked(query, RecommendRequest), given)
        return await answer(tenant, placement, asked, question)
    asked = _asked(query, PopularRequest)
    return await answer(tenant, "trending" if asked.trend else "popular", asked, question)


async def answer_post(tenant: LiveTenant, placement: str, body: bytes) -> bytes:
    """
    Raises:
        BodyMalformed, RequestInvalid, PlacementUnknown.
    """
    question = question_in_body(placement, body)
    return await answer(tenant, placement, from_body(parse_json(body) if body else {}), question)


async def answer_batch(tenant: LiveTenant, body: bytes) -> bytes:
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
    return b'{"answers":[%b]}' % b",".join(await _answers(tenant, asked))


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


async def answer(
    tenant: LiveTenant,
    placement: str,
    request: RecommendRequest,
    question: Question | None = None,
) -> bytes:
    """
    The answer to one request, as JSON; remembered under `question` where everybody gets the same.

    Raises:
        PlacementUnknown, RequestInvalid.
    """
    recalled = await recall(tenant, request)
    return _answered(request, placement, tenant.loaded, recalled, question)


def _answered(
    request: RecommendRequest,
    placement: str,
    loaded: Loaded,
    recalled: Recollection,
    question: Question | None = None,
) -> bytes:
    outcome = recommend(request, placement, loaded, recalled)
    rest = write_answer(outcome)
    if question is not None and recalled is NOBODY:
        until_s = outcome.question.holds_until_s
        if until_s > outcome.question.now_s:
            loaded.remembered.keep(question, rest, until_s)
    return headed(rest)


async def _answers(
    tenant: LiveTenant, asked: Sequence[tuple[str, RecommendRequest]]
) -> list[bytes]:
    """All from one state of the tenant, their histories read in one go."""
    recalled = await asyncio.gather(*(recall(tenant, request) for _, request in asked))
    loaded = tenant.loaded
    return [
        _answered(request, placement, loaded, known)
        for (placement, request), known in zip(asked, recalled, strict=True)
    ]


async def recall(tenant: LiveTenant, request: RecommendRequest) -> Recollection:
    """What is remembered of who asks."""
    if request.user_id is None and request.session_id is None:
        return NOBODY
    return await tenant.recall(request.user_id, request.session_id)


def _asked(query: bytes, model: type[Query]) -> Query:
    """What a query string says; most are short, and say the same."""
    read = _read if len(query) > KEPT_QUERY_BYTES else _read_once
    return read(query, model)


def _read(query: bytes, model: type[Query]) -> Query:
    return from_query(_pairs(query) if query else [], model)


_read_once = lru_cache(maxsize=QUERIES_KEPT)(_read)


def _pairs(query: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError as error:
        raise PathMalformed from error
