"""
What stands behind the front door: FastAPI with every route, the source of OpenAPI.

The hot routes stand here too, with the models that their answers are held to. To import the rooms'
routes and their models takes a third of what a server takes to start, so the door opens before.
"""

from typing import get_args

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from fastapi_offline import FastAPIOffline
from starlette.datastructures import State
from starlette.exceptions import HTTPException

from recommender_store.errors import StoreError

from . import problems
from .admin import (
    audit,
    experiments,
    imports,
    items,
    keys,
    ledger,
    models,
    policies,
    quotas,
    readiness,
    report,
    runs,
    tenant,
    tenants,
    usage,
    users,
)
from .errors import (
    ApiError,
    BodyMalformed,
    MethodNotAllowed,
    QuotaFull,
    RequestInvalid,
    RouteUnknown,
)
from .exchange.field_faults import field_faults
from .ingest import routes as ingest
from .recommend import routes as recommend
from .refusals import told_whole

ROUTERS: tuple[APIRouter, ...] = tuple(
    room.router
    for room in (
        *(recommend, ingest, ledger, readiness, items, policies, experiments, models),
        *(report, runs, imports, usage, quotas, keys, tenants, tenant, audit, users),
    )
)


def documented(state: State) -> FastAPI:
    """The application, over what is wired in `state`."""
    # Its pages bring their own script and style: they open on a closed network too.
    app = FastAPIOffline(
        static_url="/docs/assets",
        title="Recommender Platform",
        version="1",
        summary="Events in, recommendations out.",
        redirect_slashes=False,
    )
    app.state = state
    key = HTTPBearer(auto_error=False, description="A tenant's API key, or an admin's token.")
    told = {"model": problems.ProblemBody, "description": "What is wrong, and what to do."}
    for router in ROUTERS:
        app.include_router(
            router, dependencies=[Depends(key)], responses={"4XX": told, "503": told}
        )
    for error in (ApiError, StoreError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(error, _answer_problem)
    tell = app.openapi
    app.openapi = lambda: told_whole(tell())  # type: ignore[method-assign]  # as FastAPI documents
    return app


async def _answer_problem(request: Request, error: Exception) -> Response:
    ours = _ours(error, request)
    if isinstance(ours, QuotaFull):
        request.app.state.dues.count_refused(request.state.tenant_id, ours.kind)
    told = problems.problem(ours, getattr(request.state, "request_id", ""))
    if isinstance(ours, StoreError) and told.status >= 500:
        request.app.state.metrics.count_store_fault(ours.code)
    headers = {name.decode(): value.decode() for name, value in told.headers}
    return Response(told.body, status_code=told.status, headers=headers)


def _ours(error: Exception, request: Request) -> Exception:
    """Starlette's and FastAPI's own errors as ours."""
    if isinstance(error, RequestValidationError):
        place = error.errors()[0]["loc"][0]
        inside = [{**one, "loc": one["loc"][1:]} for one in error.errors()]
        return RequestInvalid([*field_faults(inside, _names_in(request.scope["route"], place))])
    if not isinstance(error, HTTPException):
        return error
    if isinstance(error.__cause__, ApiError):
        return error.__cause__
    if error.status_code == 400:
        return BodyMalformed("it is not valid JSON")
    if error.status_code == 405:
        return MethodNotAllowed(_allowed(request.scope["path"]))
    return RouteUnknown()


def _allowed(path: str) -> list[str]:
    """The methods of every route with this path; FastAPI itself names those of the first."""
    allowed = {
        method
        for router in ROUTERS
        for route in router.routes
        if route.path_regex.fullmatch(path)  # type: ignore[attr-defined]  # these are API routes
        for method in route.methods  # type: ignore[attr-defined]
    }
    return sorted(allowed) or ["GET"]


def _names_in(route: APIRoute, place: str) -> list[str]:
    """The names that a route knows in its `body`, or in its `query`."""
    forms = [route.body_field] if place == "body" else route.dependant.query_params
    kinds = [form.field_info.annotation for form in forms if form is not None]
    models = [model for kind in kinds for model in (get_args(kind) or (kind,))]
    return [name for model in models for name in getattr(model, "model_fields", ())]
