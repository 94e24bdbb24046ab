"""
The recommend routes as OpenAPI shows them. The front door answers them before they get here; these
answer the same, from the same functions.
"""

from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import APIRouter, Query, Request

from recommender_api.access.current import CurrentTenant
from recommender_api.serving.live_tenant import LiveTenant
from recommender_store.tenant_space import TenantSpace

from . import endpoint
from .request import Batch, BatchAnswers, Recommendations, RecommendQuery, RecommendRequest

router = APIRouter(prefix="/v1/tenants/{tenant}", tags=["recommend"])

Asked = Annotated[RecommendQuery, Query()]


async def _live(request: Request, space: TenantSpace) -> LiveTenant:
    live: LiveTenant = await request.app.state.shelf.get(space.tenant_id)
    return live


def _query(request: Request) -> bytes:
    return str(request.url.query).encode()


@router.get("/items/{item_id}/similar", response_model=Recommendations)
async def similar(
    tenant: str,  # noqa: ARG001 - stands in the path; the space is given
    item_id: str,
    asked: Asked,  # noqa: ARG001 - for the documents; read from the query as it was sent
    request: Request,
    space: CurrentTenant,
) -> dict[str, Any]:
    """Item-to-item: those who looked at this also looked at."""
    live = await _live(request, space)
    return endpoint.answer_get(live, "similar", _query(request), {"item_id": unquote(item_id)})


@router.get("/users/{user_id}/recommendations", response_model=Recommendations)
async def for_you(
    tenant: str,  # noqa: ARG001 - stands in the path; the space is given
    user_id: str,
    asked: Asked,  # noqa: ARG001 - for the documents; read from the query as it was sent
    request: Request,
    space: CurrentTenant,
) -> dict[str, Any]:
    """User-to-item: for you."""
    live = await _live(request, space)
    return endpoint.answer_get(live, "for_you", _query(request), {"user_id": unquote(user_id)})


@router.get("/popular", response_model=Recommendations)
async def popular(
    tenant: str,  # noqa: ARG001 - stands in the path; the space is given
    asked: Asked,  # noqa: ARG001 - for the documents; read from the query as it was sent
    request: Request,
    space: CurrentTenant,
    trend: bool = False,  # noqa: ARG001, FBT001, FBT002 - for the documents, as in `asked`
) -> dict[str, Any]:
    """Most popular, or rising with `trend=true`."""
    return endpoint.answer_get(await _live(request, space), "popular", _query(request), {})


@router.post("/placements/{placement}:recommend", response_model=Recommendations)
async def recommend(
    tenant: str,  # noqa: ARG001 - stands in the path; the space is given
    placement: str,
    asked: RecommendRequest,  # noqa: ARG001 - for the documents; read from the body as it was sent
    request: Request,
    space: CurrentTenant,
) -> dict[str, Any]:
    """Everything at once: the placement names defaults, rules and experiment."""
    live = await _live(request, space)
    return endpoint.answer_post(live, unquote(placement), await request.body())


@router.post("/recommendations:batch", response_model=BatchAnswers)
async def batch(
    tenant: str,  # noqa: ARG001 - stands in the path; the space is given
    asked: Batch,  # noqa: ARG001 - for the documents; read from the body as it was sent
    request: Request,
    space: CurrentTenant,
) -> dict[str, Any]:
    """Up to 100 requests; one answer each, in order."""
    return endpoint.answer_batch(await _live(request, space), await request.body())
