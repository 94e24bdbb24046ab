"""
The one outermost ASGI callable: who may come in is decided here, for every route.

It splits the raw path before percent-decoding (`%2F` belongs to an id), decides key, scope,
tenant, quota and declared size before the first body byte, answers the hot routes itself and
hands the rest to FastAPI with the caller and the tenant's id in its scope, routed by the path as
it was sent.
"""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import msgspec
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp

from loggers_sdk.events import BATCH_BYTES_LIMIT
from loggers_sdk.wire import SDK_HEADER
from recommender_store.errors import StoreError
from recommender_store.tenants.identity import parse_tenant_id

from .access.caller import Caller, Doorkeeper, allow
from .access.places import Admission, Places
from .access.scopes import ADMIN, UNLISTED, scope_of
from .errors import ApiError, DeadlinePassed, QuotaExceeded, RouteUnknown
from .exchange.asgi import (
    Receive,
    Scope,
    Send,
    declared_size,
    header,
    read_body,
    replayed,
    respond,
)
from .exchange.laps import reached
from .exchange.paths import as_sent, parts_of, secret_in
from .exchange.visit import Visit, visiting
from .ingest.endpoint import Intake
from .ingest.identify import BODY_LIMIT_BYTES as JOIN_LIMIT_BYTES
from .ingest.identify import is_identify, session_in
from .ingest.intakes import Intakes
from .ingest.query import reads_validate_only
from .late import Late
from .problems import problem
from .recommend import endpoint
from .recommend.answer import kept_id, tier_of
from .serving.dues import Dues
from .serving.live_tenant import LiveTenant
from .serving.remembered import Question
from .serving.shelf import Shelf
from .telemetry.metrics import Metrics
from .telemetry.spans import Spans

if TYPE_CHECKING:
    from .console.application import Console

ANSWERS = frozenset({"similar", "for_you", "popular", "placement"})
"""Routes of one answer each."""
OTHER_BODY_LIMIT_BYTES = 16 * 2**20

CONSOLE = "console"

_SDK_HEADER = SDK_HEADER.lower().encode()
_encode = msgspec.json.Encoder().encode


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
        self._shelf = shelf
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
            from .console.pages import refused

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
        answer = await self._answer_hot(scope, receive, visit, rest)
        if answer is None:
            await self._hand_on(scope, receive, visit, caller)
            return
        if visit.route in ANSWERS:
            visit.tier = tier_of(answer[1])
            recommendation_id = kept_id(answer[1])
            if recommendation_id is not None and visit.exemplar is None:
                visit.exemplar = {"recommendation_id": recommendation_id}
        await respond(visit.send, *answer)

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
            body = await self._body(scope, receive, visit, limit_bytes)
            scope["state"] = {**scope["state"], "caller": caller, "tenant_id": visit.tenant_id}
            sent = as_sent(scope)
            await self._admission.others.see_through(
                visit.owner, lambda: behind(sent, replayed(body, receive), visit.send)
            )

    async def _answer_hot(
        self, scope: Scope, receive: Receive, visit: Visit, rest: list[str]
    ) -> tuple[int, bytes] | None:
        """Status and body of a hot route, None where the route is another."""
        match scope["method"], rest:
            case "GET", _ if (asked := _hot_get(rest)) is not None:
                visit.route, given = asked
                query = scope["query_string"]
                known = self._known(visit, endpoint.question_in_query(visit.route, query, given))
                return 200, known or await self._answer_get(query, visit, given)
            case "POST", ["placements", name] if name.endswith(":recommend"):
                visit.route, placement = "placement", name.removesuffix(":recommend")
                body = await self._body(scope, receive, visit, endpoint.BODY_LIMIT_BYTES)
                known = self._known(visit, endpoint.question_in_body(placement, body))
                return 200, known or await self._answer_post(placement, visit, body)
            case "POST", ["recommendations:batch"]:
                visit.route = "batch"
                body = await self._body(scope, receive, visit, endpoint.BODY_LIMIT_BYTES)
                return 200, await self._answer_batch(visit, body)
            case "POST", ["events"]:
                visit.route = "events"
                return 202, _encode(await self._take_events(scope, receive, visit))
            case "POST", _ if is_identify(rest):
                visit.route = "identify"
                verdicts = await self._take_join(scope, receive, visit, session_in(rest))
                return 202, _encode(verdicts)
        return None

    def _known(self, visit: Visit, question: Question) -> bytes | None:
        """What is remembered is answered at once, and takes no place."""
        tenant = None if visit.tenant_id is None else self._shelf.loaded(visit.tenant_id)
        return None if tenant is None else endpoint.known(tenant, question)

    async def _answer_get(self, query: bytes, visit: Visit, given: dict[str, str]) -> bytes:
        tenant = await self._tenant(visit, self._admission.answers)
        return await self._admission.answers.admit(
            visit.owner, lambda: endpoint.answer_get(tenant, visit.route, query, given)
        )

    async def _answer_post(self, placement: str, visit: Visit, body: bytes) -> bytes:
        tenant = await self._tenant(visit, self._admission.answers)
        return await self._admission.answers.admit(
            visit.owner, lambda: endpoint.answer_post(tenant, placement, body)
        )

    async def _answer_batch(self, visit: Visit, body: bytes) -> bytes:
        tenant = await self._tenant(visit, self._admission.answers)

        def ask(count: int) -> None:
            if visit.is_limited:
                self._dues.ask_more(tenant, count)

        return await self._admission.answers.admit(
            visit.owner, lambda: endpoint.answer_batch(tenant, body, ask)
        )

    async def _take_events(self, scope: Scope, receive: Receive, visit: Visit) -> Any:
        validate_only = reads_validate_only(scope["query_string"])
        body = await self._brought(scope, receive, visit, BATCH_BYTES_LIMIT, is_trial=validate_only)
        sdk = header(scope, _SDK_HEADER)

        async def accept() -> dict[str, Any]:
            intake = await self._intake(visit)
            return await intake.accept(body, validate_only=validate_only, sdk=sdk)

        verdicts = await self._admission.events.admit(visit.owner, accept)
        if not validate_only:
            self._metrics.ingest.count_events(visit.owner, verdicts)
        return verdicts

    async def _take_join(
        self, scope: Scope, receive: Receive, visit: Visit, session_id: str | None
    ) -> Any:
        validate_only = reads_validate_only(scope["query_string"])
        body = await self._brought(scope, receive, visit, JOIN_LIMIT_BYTES, is_trial=validate_only)

        async def identify() -> dict[str, Any]:
            intake = await self._intake(visit)
            return await intake.identify(body, session_id, validate_only=validate_only)

        verdicts = await self._admission.events.admit(visit.owner, identify)
        if not validate_only:
            self._metrics.ingest.count_events(visit.owner, verdicts)
        return verdicts

    async def _brought(
        self,
        scope: Scope,
        receive: Receive,
        visit: Visit,
        limit_bytes: int,
        *,
        is_trial: bool,
    ) -> bytes:
        """A body for the log; its bytes count from the first one on."""
        tenant = await self._tenant(visit, self._admission.events)
        size_bytes = declared_size(scope, limit_bytes)
        if not is_trial:
            tenant.account.allowance.expect_events()
        with self._intakes.of(tenant).room_for(size_bytes):
            return await self._body(scope, receive, visit, limit_bytes)

    async def _intake(self, visit: Visit) -> Intake:
        """Asked for again once the body is there: the tenant may have left the shelf meanwhile."""
        if visit.tenant_id is None:
            raise RouteUnknown
        return self._intakes.of(await self._shelf.get(visit.tenant_id))

    async def _body(self, scope: Scope, receive: Receive, visit: Visit, limit_bytes: int) -> bytes:
        """The whole body; until it is there, its sender holds a place among senders alone."""
        owner, bodies = visit.owner, self._admission.bodies
        bodies.take(owner)
        try:
            return await read_body(scope, receive, limit_bytes)
        finally:
            bodies.give_back(owner)
            reached("body")

    async def _tenant(self, visit: Visit, places: Places) -> LiveTenant:
        if visit.tenant_id is None:
            raise RouteUnknown
        tenant_id = visit.tenant_id
        known = self._shelf.loaded(tenant_id)
        if known is not None:
            return known
        return await places.admit(tenant_id, lambda: self._shelf.get(tenant_id))


def _is_verb(parts: list[str]) -> bool:
    """`/v1/tenants/shop:restore` is said to the platform: the tenant is not there."""
    return len(parts) == 3 and ":" in parts[2]


def _hot_get(rest: list[str]) -> tuple[str, dict[str, str]] | None:
    """The placement that a hot GET asks, and what its path says."""
    match rest:
        case ["items", item_id, "similar"]:
            return "similar", {"item_id": item_id}
        case ["users", user_id, "recommendations"]:
            return "for_you", {"user_id": user_id}
        case ["popular"]:
            return "popular", {}
    return None
