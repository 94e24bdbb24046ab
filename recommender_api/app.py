"""
The API, wired: the only file that knows all rooms. Reads as a table of contents.
"""

from dataclasses import dataclass
from functools import partial

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPBearer
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException

from recommender_store.errors import StoreError
from recommender_store.opening import Store
from recommender_store.policies.experiment import Assigned
from recommender_store.tenants.identity import TenantId

from . import problems
from .access.caller import Doorkeeper
from .access.passes import Passes
from .access.places import Admission
from .access.quotas.allowances import Allowances
from .accounting.tallies import Tallies
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
from .admin.eraser import Eraser
from .console.application import Console
from .console.sessions import Sessions
from .errors import (
    ApiError,
    BodyMalformed,
    MethodNotAllowed,
    QuotaFull,
    RequestInvalid,
    RouteUnknown,
)
from .exchange.asgi import Receive, Scope, Send
from .exchange.field_faults import field_faults, names_in
from .front_door import Behind, FrontDoor
from .health.application import HealthApplication
from .health.readiness import Readiness
from .history.histories import Histories
from .ingest import routes as ingest
from .ingest.intakes import Intakes
from .ingest.recorder import Recorder
from .launch.choice import chosen_launcher
from .launch.jobs import Jobs
from .lifespan import lifespan
from .recommend import routes as recommend
from .refusals import told_whole
from .rules.hooks.hooks import Hooks
from .serving.dues import Dues
from .serving.live_tenant import LiveTenant
from .serving.shelf import Shelf
from .settings import ApiSettings
from .telemetry.metrics import Metrics
from .telemetry.spans import chosen_spans
from .usage.meters import Meters
from .usage.prices import read_prices
from .watch.watch import Watch, watch_over

ROUTERS: tuple[APIRouter, ...] = tuple(
    room.router
    for room in (
        *(recommend, ingest, ledger, readiness, items, policies, experiments, models),
        *(report, runs, imports, usage, quotas, keys, tenants, tenant, audit, users),
    )
)


@dataclass(frozen=True)
class Applications:
    """The public ASGI application, and the one for the internal port."""

    public: FrontDoor
    internal: HealthApplication
    documented: FastAPI
    """What stands behind the front door: the source of OpenAPI."""
    readiness: Readiness
    metrics: Metrics
    watch: Watch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.public(scope, receive, send)


def create_app(store: Store, settings: ApiSettings) -> Applications:
    """Everything that answers, over an opened store."""
    space_of = store.space
    metrics, readiness = Metrics(), Readiness()
    histories = Histories(settings, metrics)
    hooks, tallies = Hooks(metrics), Tallies()
    intakes = Intakes(tallies, metrics.ingest, _commit_wait_s(store, settings))
    recorder = Recorder(intakes, metrics)
    meters = Meters(tallies.replica, space_of)
    allowances = Allowances(
        tallies.replica, space_of, meters, histories.board("quotas"), settings.workers
    )
    dues = Dues(allowances, meters, metrics, settings.shelf_bytes)

    def equip(tenant: LiveTenant) -> None:
        dues.equip(tenant)
        tenant.hooks = hooks.of(tenant.space.tenant_id)
        tenant.traces = recorder.of(tenant)
        tenant.tell_variant_failed = partial(_count_variant_fault, metrics, tenant.space.tenant_id)

    def may_leave(tenant: LiveTenant) -> bool:
        return recorder.is_done_with(tenant) and intakes.let_go(tenant.space.tenant_id)

    shelf = Shelf(space_of, store.cache, histories.of, settings.shelf_bytes, metrics, equip)
    shelf.may_leave = may_leave
    meters.sizes = shelf.sizes
    doorkeeper = Doorkeeper(space_of, store.signing, settings.admin_tokens, is_open=settings.dev)
    app = _documented()
    app.state.store, app.state.space_of, app.state.shelf = store, space_of, shelf
    app.state.intakes, app.state.doorkeeper, app.state.readiness = intakes, doorkeeper, readiness
    app.state.histories, app.state.hooks = histories, hooks
    app.state.tallies, app.state.recorder, app.state.eraser = tallies, recorder, Eraser(store)
    app.state.prices, app.state.jobs = read_prices(settings.prices), _jobs(store, settings)
    app.state.meters, app.state.allowances, app.state.dues = meters, allowances, dues
    app.state.metrics, app.state.spans = metrics, chosen_spans(settings.otel_share)
    public = FrontDoor(
        Behind(app, Console(app.state, _sessions(store, settings, doorkeeper))),
        doorkeeper,
        shelf,
        intakes,
        metrics,
        Admission(settings),
        dues,
        app.state.spans,
    )
    internal = HealthApplication(metrics, readiness)
    return Applications(
        public, internal, app, readiness, metrics, _watch(store, settings, app, metrics)
    )


def _watch(store: Store, settings: ApiSettings, app: FastAPI, metrics: Metrics) -> Watch:
    """Run by the one process of a replica; of several workers their parent has one of its own."""
    watch = watch_over(store.tenant_ids, store.space, store.settings)
    app.state.watch = watch if settings.workers == 1 else None
    if app.state.watch is not None:
        metrics.registry.register(watch)
    return watch


def _jobs(store: Store, settings: ApiSettings) -> Jobs:
    return Jobs(chosen_launcher(settings.launcher, store.settings))


def _sessions(store: Store, settings: ApiSettings, doorkeeper: Doorkeeper) -> Sessions:
    tokens, is_open = settings.admin_tokens, settings.dev
    passes = Passes(doorkeeper, store.space, store.signing, tokens, is_open=is_open)
    return Sessions(store.signing, passes, store.sign_outs)


def _documented() -> FastAPI:
    # Its pages bring their own script and style: they open on a closed network too.
    app = FastAPIOffline(
        static_url="/docs/assets",
        title="Recommender Platform",
        version="1",
        summary="Events in, recommendations out.",
        lifespan=lifespan,
        redirect_slashes=False,
    )
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


def _commit_wait_s(store: Store, settings: ApiSettings) -> float:
    """On a bucket each write is a request that is paid for; a folder is written at once."""
    is_bucket = store.settings.folder is None and not store.settings.url.startswith("memory:")
    return settings.commit_wait_ms / 1000 if is_bucket else 0.0


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
        return RequestInvalid([*field_faults(inside, names_in(request.scope["route"], place))])
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


def _count_variant_fault(metrics: Metrics, tenant_id: TenantId, failed: Assigned) -> None:
    metrics.answers.count_variant_fault(tenant_id, *failed.names)
