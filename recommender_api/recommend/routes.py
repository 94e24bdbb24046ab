"""
The recommend routes as OpenAPI shows them. The front door answers them before they get here; these
answer the same, from the same functions.
"""

from collections.abc import Sequence

from fastapi import APIRouter, Request, Response

from recommender_api.access.current import (
    CurrentTenant,
    PathItemId,
    PathPlacement,
    PathRecommendationId,
    PathUserId,
)
from recommender_api.exchange.asgi import parse_json
from recommender_api.exchange.documented import body_of, body_of_many, query_of
from recommender_api.serving.live_tenant import LiveTenant
from recommender_api.tracing.ids import RecommendationId
from recommender_store.tenant_space import TenantSpace

from . import endpoint
from .lookup import LookupBody, LookupQuery, Served, kept_id, look_up, read_body, read_query
from .request import (
    BATCH_LIMIT,
    BatchAnswers,
    BatchRequest,
    PopularRequest,
    Recommendations,
    RecommendRequest,
)

router = APIRouter(prefix="/v1/tenants/{tenant}", tags=["recommend"])


async def _live(request: Request, space: TenantSpace) -> LiveTenant:
    live: LiveTenant = await request.app.state.shelf.get(space.tenant_id)
    return live


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")


def _query(request: Request) -> bytes:
    query: bytes = request.scope["query_string"]
    return query


@router.get(
    "/items/{item_id}/similar",
    response_model=Recommendations,
    openapi_extra=query_of(RecommendRequest, besides=("item_id", "context")),
)
async def similar(item_id: PathItemId, request: Request, space: CurrentTenant) -> Response:
    """Item-to-item: those who looked at this also looked at."""
    live = await _live(request, space)
    given = {"item_id": item_id}
    return _json((await endpoint.answer_get(live, "similar", _query(request), given)).body)


@router.get(
    "/users/{user_id}/recommendations",
    response_model=Recommendations,
    openapi_extra=query_of(RecommendRequest, besides=("user_id", "context")),
)
async def for_you(user_id: PathUserId, request: Request, space: CurrentTenant) -> Response:
    """User-to-item: for you."""
    live = await _live(request, space)
    given = {"user_id": user_id}
    return _json((await endpoint.answer_get(live, "for_you", _query(request), given)).body)


@router.get(
    "/popular",
    response_model=Recommendations,
    openapi_extra=query_of(PopularRequest, besides=("context",)),
)
async def popular(request: Request, space: CurrentTenant) -> Response:
    """Most popular, or rising with `trend=true`."""
    live = await _live(request, space)
    return _json((await endpoint.answer_get(live, "popular", _query(request), {})).body)


@router.post(
    "/placements/{placement}:recommend",
    response_model=Recommendations,
    openapi_extra=body_of(RecommendRequest),
)
async def recommend(placement: PathPlacement, request: Request, space: CurrentTenant) -> Response:
    """Everything at once: the placement names defaults, rules and experiment."""
    live = await _live(request, space)
    return _json((await endpoint.answer_post(live, placement, await request.body())).body)


@router.post(
    "/recommendations:batch",
    response_model=BatchAnswers,
    openapi_extra=body_of_many("requests", BatchRequest, BATCH_LIMIT, least=1),
)
async def batch(request: Request, space: CurrentTenant) -> Response:
    """Up to 100 requests; one answer each, in order."""
    return _json(await endpoint.answer_batch(await _live(request, space), await request.body()))


@router.get(
    "/recommendations/{recommendation_id}",
    openapi_extra=query_of(LookupQuery),
)
async def show_answer(
    recommendation_id: PathRecommendationId, request: Request, space: CurrentTenant
) -> Served:
    """What was answered, with which model, rules and variant; and why without these items."""
    asked = read_query(_query(request))
    return await _looked_up(request, space, kept_id(recommendation_id), asked.why_not)


@router.post("/recommendations:lookup", openapi_extra=body_of(LookupBody))
async def look_answer_up(request: Request, space: CurrentTenant) -> Served:
    """The same, with the answer's id in the body."""
    asked = read_body(parse_json(await request.body()))
    return await _looked_up(request, space, kept_id(asked.recommendation_id), asked.why_not)


async def _looked_up(
    request: Request, space: TenantSpace, asked: RecommendationId, why_not: Sequence[str]
) -> Served:
    live = await _live(request, space)
    await request.app.state.recorder.write(live)  # an answer of just now is found here at once
    return await look_up(live, asked, why_not)
