"""
The API, wired: the only file that knows all rooms. Reads as a table of contents.
"""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.datastructures import State

from recommender_store.opening import Store
from recommender_store.policies.experiment import Assigned
from recommender_store.tenants.identity import TenantId

from .access.caller import Doorkeeper
from .access.passes import Passes
from .access.places import Admission
from .access.quotas.allowances import Allowances
from .accounting.tallies import Tallies
from .admin.eraser import Eraser
from .console.access.sessions import Sessions
from .exchange.asgi import Receive, Scope, Send
from .front_door import Behind, FrontDoor
from .health.application import HealthApplication
from .health.readiness import Readiness
from .history.histories import Histories
from .ingest.intakes import Intakes
from .ingest.recorder import Recorder
from .late import Late
from .launch.choice import chosen_launcher
from .launch.jobs import Jobs
from .lifespan import lifespan
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

if TYPE_CHECKING:
    from fastapi import FastAPI

    from .console.application import Console


@dataclass(frozen=True)
class Applications:
    """The public ASGI application, and the one for the internal port."""

    public: FrontDoor
    internal: HealthApplication
    api: "Late[FastAPI]"
    console: "Late[Console]"
    readiness: Readiness
    metrics: Metrics
    watch: Watch

    @property
    def documented(self) -> "FastAPI":
        """What stands behind the front door: the source of OpenAPI."""
        return self.api.now()

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
    state = State({"histories": histories, "hooks": hooks})
    state.store, state.space_of, state.shelf = store, space_of, shelf
    state.intakes, state.doorkeeper, state.readiness = intakes, doorkeeper, readiness
    state.sessions = _sessions(store, settings, doorkeeper)
    state.tallies, state.recorder, state.eraser = tallies, recorder, Eraser(store)
    state.prices, state.jobs = read_prices(settings.prices), _jobs(store, settings)
    state.meters, state.allowances, state.dues = meters, allowances, dues
    state.metrics, state.spans = metrics, chosen_spans(settings.otel_share)
    public = FrontDoor(
        _behind(state),
        doorkeeper,
        shelf,
        intakes,
        metrics,
        Admission(settings),
        dues,
        state.spans,
    )
    internal, watch = HealthApplication(metrics, readiness), _watch(store, settings, state, metrics)
    return Applications(public, internal, state.api, state.console, readiness, metrics, watch)


def _watch(store: Store, settings: ApiSettings, state: State, metrics: Metrics) -> Watch:
    """Run by the one process of a replica; of several workers their parent has one of its own."""
    watch = watch_over(store.tenant_ids, store.space, store.settings)
    state.watch = watch if settings.workers == 1 else None
    if state.watch is not None:
        metrics.registry.register(watch)
    return watch


def _jobs(store: Store, settings: ApiSettings) -> Jobs:
    return Jobs(chosen_launcher(settings.launcher, store.settings))


def _sessions(store: Store, settings: ApiSettings, doorkeeper: Doorkeeper) -> Sessions:
    tokens, is_open = settings.admin_tokens, settings.dev
    passes = Passes(doorkeeper, store.space, store.signing, tokens, is_open=is_open)
    return Sessions(store.signing, passes, store.sign_outs)


def _documented(state: State) -> "FastAPI":
    from .documented import documented

    return documented(state)


def _console(state: State) -> "Console":
    from .console.application import Console

    return Console(state)


def _behind(state: State) -> Behind:
    """What stands behind the door, made behind the first requests; and who begins and ends."""
    state.api, state.console = Late(partial(_documented, state)), Late(partial(_console, state))
    life = Starlette(lifespan=lifespan)
    life.state = state
    return Behind(state.api, state.console, life)


def _commit_wait_s(store: Store, settings: ApiSettings) -> float:
    """On a bucket each write is a request that is paid for; a folder is written at once."""
    is_bucket = store.settings.folder is None and not store.settings.url.startswith("memory:")
    return settings.commit_wait_ms / 1000 if is_bucket else 0.0


def _count_variant_fault(metrics: Metrics, tenant_id: TenantId, failed: Assigned) -> None:
    metrics.answers.count_variant_fault(tenant_id, *failed.names)
