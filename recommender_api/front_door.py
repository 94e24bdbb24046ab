"""
The one outermost ASGI callable: who may come in is decided here, for every route.

It splits the raw path before percent-decoding (`%2F` belongs to an id), decides key, scope, tenant
and declared size before the first body byte, answers the hot routes itself and hands the rest to
FastAPI with the caller and the tenant's id in its scope, routed by the path as it was sent.
"""

import secrets
import time
from collections.abc import Sequence
from typing import Any, Protocol
from urllib.parse import quote, unquote_to_bytes

import msgspec
from starlette.routing import BaseRoute, Match

from loggers_sdk.events import BATCH_BYTES_LIMIT
from loggers_sdk.wire import SDK_HEADER
from recommender_store.tenants.identity import TenantId, parse_tenant_id

from .access.caller import Caller, Doorkeeper, allow
from .access.scopes import ADMIN, UNLISTED, scope_of
from .errors import PathMalformed, RouteUnknown
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
from .ingest.identify import BODY_LIMIT_BYTES as JOIN_LIMIT_BYTES
from .ingest.identify import is_identify, session_in
from .ingest.intakes import Intakes
from .ingest.query import reads_validate_only
from .problems import problem
from .recommend import endpoint
from .serving.live_tenant import LiveTenant
from .serving.shelf import Shelf
from .telemetry.metrics import Metrics

OTHER_BODY_LIMIT_BYTES = 16 * 2**20
REQUEST_ID_LENGTH = 128

_SDK_HEADER = SDK_HEADER.lower().encode()
_ASCII = "".join(map(chr, range(0x21, 0x7F)))
_encode = msgspec.json.Encoder().encode


class Application(Protocol):
    """What stands behind the door."""

    @property
    def routes(self) -> Sequence[BaseRoute]: ...

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...


class FrontDoor:
    """Answers what is hot, hands on what is not, refuses what may not come in."""

    def __init__(
        self,
        behind: Application,
        doorkeeper: Doorkeeper,
        shelf: Shelf,
        intakes: Intakes,
        metrics: Metrics,
    ) -> None:
        self._behind = behind
        self._doorkeeper = doorkeeper
        self._shelf = shelf
        self._intakes = intakes
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._behind(scope, receive, send)
            return
        visit = _Visit(scope, send)
        try:
            await self._enter(scope, receive, visit)
        except Exception as error:  # noqa: BLE001 - the edge: every error becomes an answer
            told = problem(error, visit.request_id)
            if visit.status is None:
                await respond(visit.send, told.status, told.body, told.headers)
        self._metrics.observe(
            visit.route, visit.tenant_id or "", visit.status or 500, visit.elapsed_s
        )

    async def _enter(self, scope: Scope, receive: Receive, visit: "_Visit") -> None:
        parts = _parts(scope)
        if parts[:1] != ["v1"]:
            await self._behind(_as_sent(scope), receive, visit.send)
        elif parts[1:2] != ["tenants"] or len(parts) < 3 or not parts[2]:
            caller = await self._doorkeeper.admin(_secret(scope))
            await self._hand_on(scope, receive, visit, caller)
        else:
            await self._enter_tenant(scope, receive, visit, parts[2], parts[3:])

    async def _enter_tenant(
        self, scope: Scope, receive: Receive, visit: "_Visit", tenant: str, rest: list[str]
    ) -> None:
        needed = scope_of(rest)
        if needed == ADMIN:
            caller = await self._doorkeeper.admin(_secret(scope))
        else:
            caller = await self._doorkeeper.caller(_secret(scope))
            # Whose key it is learns of a mistyped path; nobody else learns what there is.
            if needed == UNLISTED and caller.tenant_id == tenant and not self._leads(scope):
                raise RouteUnknown
            allow(caller, tenant, needed)
        visit.tenant_id = caller.tenant_id or parse_tenant_id(tenant)
        answer = await self._answer_hot(scope, receive, visit, rest)
        if answer is None:
            await self._hand_on(scope, receive, visit, caller)
        else:
            await respond(visit.send, *answer)

    def _leads(self, scope: Scope) -> bool:
        """Whether there is a route with this path, whatever its methods."""
        sent = _as_sent(scope)
        return any(route.matches(sent)[0] is not Match.NONE for route in self._behind.routes)

    async def _hand_on(
        self, scope: Scope, receive: Receive, visit: "_Visit", caller: Caller
    ) -> None:
        body = await read_body(scope, receive, OTHER_BODY_LIMIT_BYTES)
        scope["state"] = {**scope["state"], "caller": caller, "tenant_id": visit.tenant_id}
        await self._behind(_as_sent(scope), replayed(body, receive), visit.send)

    async def _answer_hot(
        self, scope: Scope, receive: Receive, visit: "_Visit", rest: list[str]
    ) -> tuple[int, bytes] | None:
        """Status and body of a hot route, None where the route is another."""
        match scope["method"], rest:
            case "GET", _ if (asked := _hot_get(rest)) is not None:
                visit.route, given = asked
                tenant = await self._tenant(visit)
                return 200, await endpoint.answer_get(
                    tenant, visit.route, scope["query_string"], given
                )
            case "POST", ["placements", name] if name.endswith(":recommend"):
                visit.route = "placement"
                body = await read_body(scope, receive, endpoint.BODY_LIMIT_BYTES)
                tenant = await self._tenant(visit)
                return 200, await endpoint.answer_post(
                    tenant, name.removesuffix(":recommend"), body
                )
            case "POST", ["recommendations:batch"]:
                visit.route = "batch"
                body = await read_body(scope, receive, endpoint.BODY_LIMIT_BYTES)
                return 200, await endpoint.answer_batch(await self._tenant(visit), body)
            case "POST", ["events"]:
                visit.route = "events"
                return 202, _encode(await self._take_events(scope, receive, visit))
            case "POST", _ if is_identify(rest):
                visit.route = "identify"
                verdicts = await self._take_join(scope, receive, visit, session_in(rest))
                return 202, _encode(verdicts)
        return None

    async def _take_events(self, scope: Scope, receive: Receive, visit: "_Visit") -> Any:
        validate_only = reads_validate_only(scope["query_string"])
        intake = self._intakes.of(await self._tenant(visit))
        with intake.room_for(declared_size(scope, BATCH_BYTES_LIMIT)):
            body = await read_body(scope, receive, BATCH_BYTES_LIMIT)
        sdk = header(scope, _SDK_HEADER)
        verdicts = await intake.accept(body, validate_only=validate_only, sdk=sdk)
        if not validate_only:
            self._metrics.count_events(str(visit.tenant_id), verdicts)
        return verdicts

    async def _take_join(
        self, scope: Scope, receive: Receive, visit: "_Visit", session_id: str | None
    ) -> Any:
        validate_only = reads_validate_only(scope["query_string"])
        intake = self._intakes.of(await self._tenant(visit))
        with intake.room_for(declared_size(scope, JOIN_LIMIT_BYTES)):
            body = await read_body(scope, receive, JOIN_LIMIT_BYTES)
        verdicts = await intake.identify(body, session_id, validate_only=validate_only)
        if not validate_only:
            self._metrics.count_events(str(visit.tenant_id), verdicts)
        return verdicts

    async def _tenant(self, visit: "_Visit") -> LiveTenant:
        if visit.tenant_id is None:
            raise RouteUnknown
        return await self._shelf.get(visit.tenant_id)


class _Visit:
    """One request: its id, its clock, and what was answered."""

    def __init__(self, scope: Scope, send: Send) -> None:
        asked = header(scope, b"x-request-id")
        is_fine = asked is not None and 0 < len(asked) <= REQUEST_ID_LENGTH and asked.isprintable()
        self.request_id = asked if asked is not None and is_fine else secrets.token_hex(8)
        self.route = "other"
        self.tenant_id: TenantId | None = None
        self.status: int | None = None
        self._send = send
        self._started = time.perf_counter()
        scope["state"] = {**scope.get("state", {}), "request_id": self.request_id}

    @property
    def elapsed_s(self) -> float:
        return time.perf_counter() - self._started

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            echoed = (b"x-request-id", self.request_id.encode("latin-1"))
            message["headers"] = [*message["headers"], echoed]
        await self._send(message)


def _as_sent(scope: Scope) -> Scope:
    """
    Routed by the path as it was sent: an id that holds a slash stays one segment, and what was
    decided here about a path holds for the route that it leads to.
    """
    scope["path"] = quote(_raw_path(scope), safe=_ASCII)
    return scope


def _raw_path(scope: Scope) -> bytes:
    raw: bytes = scope["raw_path"]
    return raw.split(b"?")[0]


def _parts(scope: Scope) -> list[str]:
    """
    The path's segments, split first and decoded then.

    Raises:
        PathMalformed: where one of them is not UTF-8.
    """
    raw = _raw_path(scope)
    try:
        if b"%" not in raw:
            return raw.decode().split("/")[1:]
        return [unquote_to_bytes(part).decode() for part in raw.split(b"/")[1:]]
    except UnicodeDecodeError as error:
        raise PathMalformed from error


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


def _secret(scope: Scope) -> str | None:
    """The key or token that a request shows."""
    shown = header(scope, b"authorization")
    if shown is not None:
        kind, _, secret = shown.partition(" ")
        return secret.strip() if kind.lower() == "bearer" else shown
    return header(scope, b"x-api-key")
