"""
The recommend routes, from what the path, the query and the body say to an answer.

Live history is asked here, once a request and side by side for a batch; from there on nothing
waits but for a tenant's hooks.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from recommender_api.errors import FieldFault, PathMalformed, RequestInvalid
from recommender_api.exchange.asgi import parse_json
from recommender_api.exchange.laps import reached
from recommender_api.history.protocol import Recollection
from recommender_api.serving.live_tenant import LiveTenant
from recommender_api.serving.loaded import Loaded
from recommender_api.serving.remembered import Question, Told
from recommender_api.tracing.ids import new_id
from recommender_api.tracing.traces import falls

from .answer import Answer, headed, write_answer
from .answered import Answered
from .pipeline import Outcome, recommended
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
_IN_PATH = {"similar": "item_id", "for_you": "user_id"}
"""Placement of a GET → what its path names."""


def _ask_nobody(count: int) -> None:
    """Where no quota is to be asked."""


def question_in_query(placement: str, query: bytes, given: Mapping[str, str]) -> Question:
    """What a GET asks, as answers are remembered."""
    return ("query", placement, query, *given.values())


def question_in_body(placement: str, body: bytes) -> Question:
    return ("body", placement, body)


def known(tenant: LiveTenant, question: Question) -> Answer | None:
    """A remembered answer, under an id of its own; None where none is remembered."""
    told = tenant.loaded.remembered.get(question, time.time())
    if told is None:
        return None
    rest, tier, outcome = told
    tenant.account.meter.count_answer(tier)
    tenant.account.tell_answer(tier, outcome)
    if falls(tenant.trace_share):
        asked = as_held(tenant, _asked_in(question))
        return _written_down(tenant, asked, rest, tier, is_sampled=True)
    return Answer(headed(new_id(tenant.writer, is_kept=False), rest), tier)


async def answer_get(
    tenant: LiveTenant, placement: str, query: bytes, given: Mapping[str, str]
) -> Answer:
    """
    A GET: `given` is what the path says (`item_id` or `user_id`).

    Raises:
        PathMalformed, RequestInvalid.
    """
    question = question_in_query(placement, query, given)
    asked = _asked_by_get(placement, query, given)
    if isinstance(asked, PopularRequest) and asked.trend:
        placement = "trending"
    return await answer(tenant, placement, asked, question)


async def answer_post(tenant: LiveTenant, placement: str, body: bytes) -> Answer:
    """
    Raises:
        BodyMalformed, RequestInvalid, PlacementUnknown.
    """
    question = question_in_body(placement, body)
    return await answer(tenant, placement, _asked_by_post(body), question)


async def answer_batch(
    tenant: LiveTenant, body: bytes, ask: Callable[[int], None] = _ask_nobody
) -> bytes:
    """
    Up to `BATCH_LIMIT` bodies, each with its `placement`; one answer each, in order. The first is
    let in with the request; `ask` is told how many more there are.

    Raises:
        BodyMalformed, RequestInvalid, PlacementUnknown: for the first that is wrong.
    """
    raw = parse_json(body, wanted='{"requests": […]}')
    requests = raw.get("requests") if isinstance(raw, dict) else None
    if not isinstance(requests, list) or not 1 <= len(requests) <= BATCH_LIMIT or len(raw) > 1:
        detail = f'send {{"requests": [...]}} with 1 to {BATCH_LIMIT} requests and nothing else'
        raise RequestInvalid([FieldFault("/requests", "type", detail)])
    asked = [one_of_batch(at, one) for at, one in enumerate(requests)]
    if len(asked) > 1:
        ask(len(asked) - 1)
    asked = [(placement, as_held(tenant, request)) for placement, request in asked]
    answers = await _answers(tenant, asked)
    return b'{"answers":[%b]}' % b",".join(one.body for one in answers)


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
) -> Answer:
    """
    The answer to one request, as JSON; remembered under `question` and what is known of who asks.

    Raises:
        PlacementUnknown, RequestInvalid.
    """
    request = as_held(tenant, request)
    if question is None or _is_nobodys(request):
        recalled = await recall(tenant, request)
    else:
        recalled = await tenant.recent(request.user_id, request.session_id)
        question = None if recalled.read_from is None else (*question, *recalled.read_from)
        told_before = None if question is None else known(tenant, question)
        if told_before is not None:
            return told_before
        tenant.hear_of(recalled)
        recalled = await tenant.with_shown(recalled, request.user_id, request.session_id)
    question = question if recalled.fault is None else None
    reached("history")
    loaded = tenant.loaded
    outcome = await recommended(request, placement, loaded, recalled, hooks=tenant.hooks)
    return await _answered(tenant, loaded, outcome, question)


async def _answered(
    tenant: LiveTenant, loaded: Loaded, outcome: Outcome, question: Question | None = None
) -> Answer:
    asked, account = outcome.question, tenant.account
    tier, came_of = outcome.served_by, outcome.came_of
    account.meter.count_answer(tier)
    if not asked.request.validate_only:
        account.tell_answer(tier, came_of)
        account.tell_candidates(outcome.picked.candidates)
    if outcome.failed is not None:
        tenant.tell_variant_failed(outcome.failed)
        question = None
    if asked.request.why_not:
        # It may take a look at every candidate there is: others come in between.
        rest = await asyncio.to_thread(write_answer, outcome)
    else:
        rest = write_answer(outcome)
    reached("answer", came_of)
    if question is not None:
        until_s = asked.holds_until_s
        if until_s > asked.now_s:
            loaded.remembered.keep(question, Told(rest, tier, came_of), until_s)
    is_sampled = falls(tenant.trace_share)
    if is_sampled or asked.request.explain:
        return _written_down(tenant, asked.request, rest, tier, is_sampled=is_sampled)
    return Answer(headed(new_id(tenant.writer, is_kept=False), rest), tier)


def _written_down(
    tenant: LiveTenant, request: RecommendRequest, rest: bytes, tier: str, *, is_sampled: bool
) -> Answer:
    """The answer, on its way into the log too, if there is room; its id tells."""
    traces = tenant.traces
    if traces is None or request.validate_only or not traces.has_room(len(rest)):
        return Answer(headed(new_id(tenant.writer, is_kept=False), rest), tier)
    recommendation_id = new_id(tenant.writer, is_kept=True)
    traces.keep(Answered(recommendation_id, request, rest, tenant.policies_number, is_sampled))
    return Answer(headed(recommendation_id, rest), tier, recommendation_id)


async def _answers(
    tenant: LiveTenant, asked: Sequence[tuple[str, RecommendRequest]]
) -> list[Answer]:
    """All from one state of the tenant, their histories read in one go."""
    recalled = await asyncio.gather(*(recall(tenant, request) for _, request in asked))
    reached("history")
    loaded = tenant.loaded
    return [
        await _answered(
            tenant,
            loaded,
            await recommended(request, placement, loaded, known, hooks=tenant.hooks),
        )
        for (placement, request), known in zip(asked, recalled, strict=True)
    ]


def as_held(tenant: LiveTenant, request: RecommendRequest) -> RecommendRequest:
    """The request of who asks as everything is held of them; not to be done twice."""
    if request.user_id is None or not tenant.names.are_pseudonyms:
        return request
    return request.model_copy(update={"user_id": tenant.names.held_as(request.user_id)})


async def recall(tenant: LiveTenant, request: RecommendRequest) -> Recollection:
    """What is remembered of who asks."""
    if _is_nobodys(request):
        return NOBODY
    return await tenant.recall(request.user_id, request.session_id)


def _is_nobodys(request: RecommendRequest) -> bool:
    return request.user_id is None and request.session_id is None


def _asked_in(question: Question) -> RecommendRequest:
    """The request behind an answer that is remembered: what was valid is read again."""
    match question:
        case ("query", str(placement), bytes(query), *more):
            name = _IN_PATH.get(placement)
            return _asked_by_get(placement, query, {name: str(more[0])} if name else {})
        case ("body", _, bytes(body), *_):
            return _asked_by_post(body)
    raise ValueError(f"nothing is remembered for a question of the kind {question[0]!r}")


def _asked_by_get(placement: str, query: bytes, given: Mapping[str, str]) -> RecommendRequest:
    if placement == "popular":
        return _asked(query, PopularRequest)
    return naming(_asked(query, RecommendRequest), given)


def _asked_by_post(body: bytes) -> RecommendRequest:
    return from_body(parse_json(body) if body else {})


def _asked(query: bytes, model: type[Query]) -> Query:
    """What a query string says; most are short, and say the same."""
    read = _read if len(query) > KEPT_QUERY_BYTES else _read_once
    return read(query, model)


def _read(query: bytes, model: type[Query]) -> Query:
    return from_query(query_pairs(query) if query else [], model)


_read_once = lru_cache(maxsize=QUERIES_KEPT)(_read)


def query_pairs(query: bytes) -> list[tuple[str, str]]:
    """
    Raises:
        PathMalformed.
    """
    try:
        return parse_qsl(query.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError as error:
        raise PathMalformed from error
