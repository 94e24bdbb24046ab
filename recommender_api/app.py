"""
The API, wired: the only file that knows all rooms. Reads as a table of contents.
"""

from dataclasses import dataclass

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from recommender_store.errors import StoreError
from recommender_store.opening import Store

from . import problems
from .access.caller import Doorkeeper
from .admin import items, models, tenants
from .errors import ApiError, FieldFault, MethodNotAllowed, RequestInvalid, RouteUnknown
from .exchange import Receive, Scope, Send
from .front_door import FrontDoor
from .health.application import HealthApplication
from .ingest import routes as ingest
from .ingest.intakes import Intakes
from .lifespan import lifespan
from .recommend import routes as recommend
from .serving.shelf import Shelf
from .settings import ApiSettings
from .telemetry.metrics import Metrics


@dataclass(frozen=True)
class Applications:
    """The public ASGI application, and the one for the internal port."""

    public: FrontDoor
    internal: HealthApplication
    documented: FastAPI
    """What stands behind the front door: the source of OpenAPI."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.public(scope, receive, send)


def create_app(store: Store, settings: ApiSettings) -> Applications:
    """Everything that answers, over an opened store."""
    metrics = Metrics()
    shelf = Shelf(store.space, store.cache)
    intakes = Intakes()
    doorkeeper = Doorkeeper(store.space, store.signing, settings.admin_tokens, is_open=settings.dev)
    app = FastAPI(
        title="Recommender Platform",
        version="1",
        summary="Events in, recommendations out.",
        lifespan=lifespan,
        redirect_slashes=False,
    )
    app.state.store, app.state.shelf = store, shelf
    app.state.intakes, app.state.doorkeeper = intakes, doorkeeper
    for router in (recommend, ingest, items, models, tenants):
        app.include_router(router.router)
    for error in (ApiError, StoreError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(error, _answer_problem)
    public = FrontDoor(app, doorkeeper, shelf, intakes, metrics)
    return Applications(public, HealthApplication(metrics, lambda: True), app)


async def _answer_problem(request: Request, error: Exception) -> Response:
    told = problems.problem(_ours(error), getattr(request.state, "request_id", ""))
    headers = {name.decode(): value.decode() for name, value in told.headers}
    return Response(told.body, status_code=told.status, headers=headers)


def _ours(error: Exception) -> Exception:
    """Starlette's and FastAPI's own errors as ours."""
    if isinstance(error, RequestValidationError):
        return RequestInvalid(
            [
                FieldFault("/" + "/".join(map(str, one["loc"][1:])), one["type"], one["msg"])
                for one in error.errors()
            ]
        )
    if isinstance(error, HTTPException):
        if error.status_code == 405:
            allowed = (error.headers or {}).get("Allow", "another method")
            return MethodNotAllowed(allowed.split(", "))
        return RouteUnknown()
    return error
