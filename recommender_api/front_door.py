"""
The one outermost ASGI callable: who may come in is decided here, for every route.

It splits the raw path before percent-decoding (`%2F` belongs to an id), decides key, scope,
tenant, quota and declared size before the first body byte, answers the hot routes itself and
hands the rest to FastAPI with the caller and the tenant's id in its scope, routed by the path as
it was sent.
"""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp

from recommender_store.errors import StoreError
from recommender_store.tenants.identity import parse_tenant_id

from .access.caller import Caller, Doorkeeper, allow
from .access.places import Admission
from .access.scopes import ADMIN, UNLISTED, scope_of
from .bodies import Bodies
from .errors import ApiError, DeadlinePassed, QuotaExceeded, RouteUnknown
from .exchange.asgi import (
    Receive,
    Scope,
    Send,
    declared_size,
    replayed,
    respond,
)
from .exchange.laps import reached
from .exchange.paths import as_sent, parts_of, secret_in
from .exchange.visit import Visit, visiting
from .hot_routes import HotRoutes
from .ingest.intakes import Intakes
from .late import Late
from .problems import problem
from .serving.dues import Dues
from .serving.shelf import Shelf
from .telemetry.metrics import Metrics
from .telemetry.spans import Spans

if TYPE_CHECKING:
    from .console.application import Console

OTHER_BODY_LIMIT_BYTES = 16 * 2**20

CONSOLE = "console"


class Application(Protocol):
    """What stands behind the door."""

    @property
    def routes(self) -> Sequence[BaseRoute]: ...

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...


class Behind(NamedTuple):
    """What requests are handed on to, and what begins and ends with the process."""

    api: "Late[Application]"
    console: "Late[Console]"
    life: ASGIApp


class FrontDoor:
    """Answers what is hot, hands on what is not, refuses what may not come in."""

    def __init__(  # noqa: PLR0913, PLR0917 the rooms that the door leads to, each handed in
        self,
        behind: Behind,
        doorkeeper: Doorkeeper,
        shelf: Shelf,
        intakes: Intakes,
        metrics: Metrics,
        admission: Admission,
        dues: Dues,
        spans: Spans | None = None,
    ) -> None:
        self._api, self._console, self._life = behind
        self._doorkeeper = doorkeeper
        self._bodies = Bodies(admission.bodies)
        self._hot = HotRoutes(shelf, intakes, metrics, admission, self._bodies, dues)
        self._intakes = intakes
        self._metrics = metrics
        self._admission = admission
        self._dues = dues
        self._spans = spans
        """None: nobody takes traces."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._life(scope, receive, send)
            return
        visit = Visit(scope, send)
        if scope["path"].split("/", 2)[1:2] == [CONSOLE]:
            visit.route = CONSOLE  # before anything can be wrong: people are answered with pages
        visiting.set(visit)
        laps = None if self._spans is None else self._spans.begin(visit)
        try:
            await self._enter(scope, receive, visit)
        except asyncio.CancelledError:
            # The process ends and has waited for long enough: it says so, rather than hang up.
            await self._refuse(visit, DeadlinePassed(visit.elapsed_s))
            raise
        except Exception as error:  # noqa: BLE001 - the edge: every error becomes an answer
            await self._refuse(visit, error)
        self._metrics.observe(visit)
        if laps is not None and self._spans is not None:
            self._spans.end(visit, laps)

    async def _refuse(self, visit: Visit, error: BaseException) -> None:
        if isinstance(error, ApiError) and error.shed is not None:
            self._metrics.count_shed(visit.owner, error.shed)
        if isinstance(error, QuotaExceeded) and visit.tenant_id is not None:
            self._dues.count_refused(visit.tenant_id, error.kind)
        told = problem(error, visit.request_id)
        if isinstance(error, StoreError) and told.status >= 500:
            self._metrics.count_store_fault(error.code)
        if visit.route == CONSOLE:
            from .console.look.pages import refused

            told = refused(told)
        if visit.status is None:
            await respond(visit.send, told.status, told.body, told.headers)
        visit.is_over = True

    async def _enter(self, scope: Scope, receive: Receive, visit: Visit) -> None:
        parts = parts_of(scope)
        if visit.route == CONSOLE:
            await self._enter_console(scope, receive, visit)
        elif parts[:1] != ["v1"]:
            api = await self._api.soon()
            await api(as_sent(scope), receive, visit.send)
        elif parts[1:2] != ["tenants"] or len(parts) < 3 or not parts[2] or _is_verb(parts):
            caller = await self._doorkeeper.admin(secret_in(scope))
            await self._hand_on(scope, receive, visit, caller)
        else:
            await self._enter_tenant(scope, receive, visit, parts[2], parts[3:])

    async def _enter_console(self, scope: Scope, receive: Receive, visit: Visit) -> None:
        """People come with a cookie; what they may see of which tenant, each page asks."""
        console = await self._console.soon()
        caller = await console.recognise(as_sent(scope))
        visit.tenant_id = None if caller is None else caller.tenant_id
        if visit.tenant_id is not None and not console.is_open(scope["path"]):
            await self._dues.ask(visit.tenant_id)
        await self._hand_on(scope, receive, visit, caller, console, console.body_limit_bytes)

    async def _enter_tenant(
        self, scope: Scope, receive: Receive, visit: Visit, tenant: str, rest: list[str]
    ) -> None:
        needed = scope_of(rest)
        if needed == ADMIN:
            caller = await self._doorkeeper.admin(secret_in(scope))
        else:
            caller = await self._doorkeeper.caller(secret_in(scope))
            # Whose key it is learns of a mistyped path; nobody else learns what there is.
            if needed == UNLISTED and caller.tenant_id == tenant and not await self._leads(scope):
                raise RouteUnknown
            allow(caller, tenant, needed)
        visit.tenant_id = tenant_id = caller.tenant_id or parse_tenant_id(tenant)
        if not caller.is_admin:  # who else would raise a quota
            visit.is_limited = True
            await self._dues.ask(tenant_id)
        reached("door")
        answer = await self._hot.answer(scope, receive, visit, rest)
        if answer is None:
            await self._hand_on(scope, receive, visit, caller)
        else:
            await visit.answer(*answer)

    async def _leads(self, scope: Scope) -> bool:
        """Whether there is a route with this path, whatever its methods."""
        sent = as_sent(scope)
        routes = (await self._api.soon()).routes
        return any(route.matches(sent)[0] is not Match.NONE for route in routes)

    async def _hand_on(
        self,
        scope: Scope,
        receive: Receive,
        visit: Visit,
        caller: Caller | None,
        to: "Application | Console | None" = None,
        limit_bytes: int = OTHER_BODY_LIMIT_BYTES,
    ) -> None:
        behind = to or await self._api.soon()
        with self._intakes.other_bodies.holding(visit.owner, declared_size(scope, limit_bytes)):
            body = await self._bodies.read(scope, receive, visit, limit_bytes)
            scope["state"] = {**scope["state"], "caller": caller, "tenant_id": visit.tenant_id}
            sent = as_sent(scope)
            await self._admission.others.see_through(
                visit.owner, lambda: behind(sent, replayed(body, receive), visit.send)
            )


def _is_verb(parts: list[str]) -> bool:
    """`/v1/tenants/shop:restore` is said to the platform: the tenant is not there."""
    return len(parts) == 3 and ":" in parts[2]
