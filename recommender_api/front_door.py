"""
The one outermost ASGI callable: who may come in is decided here, for every route.

It splits the raw path before percent-decoding (`%2F` belongs to an id), decides key, scope, tenant
and declared size before the first body byte, answers the hot routes itself and hands the rest to
FastAPI with the caller and the tenant's space already in its scope.
"""

import secrets
import time
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote

import msgspec

from loggers_sdk.events import BATCH_BYTES_LIMIT
from recommender_store.tenants.identity import TenantId, parse_tenant_id

from .access.caller import Caller, Doorkeeper, allow, allow_admin
from .access.scopes import ADMIN, scope_of
from .errors import MethodNotAllowed, RouteUnknown
from .exchange import Receive, Scope, Send, check_declared_size, header, read_body, respond
from .ingest.intakes import Intakes
from .problems import problem
from .recommend import endpoint
from .serving.live_tenant import LiveTenant
from .serving.shelf import Shelf
from .telemetry.metrics import Metrics

OTHER_BODY_LIMIT_BYTES = 16 * 2**20
PUBLIC = ("/docs", "/redoc", "/openapi.json")
"""What anybody may read."""

_encode = msgspec.json.Encoder().encode


class Application(Protocol):
    """What stands behind the door."""

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
            if visit.status is None:
                told = problem(error, visit.request_id)
                await respond(visit.send, told.status, told.body, told.headers)
            else:
                problem(error, visit.request_id)
        self._metrics.observe(
            visit.route, visit.tenant_id or "", visit.status or 500, visit.elapsed_s
        )

    async def _enter(self, scope: Scope, receive: Receive, visit: "_Visit") -> None:
        method, path = scope["method"], scope["raw_path"].split(b"?")[0]
        parts = [unquote(part.decode("latin-1"), errors="strict") for part in path.split(b"/")[1:]]
        if scope["path"] in PUBLIC or parts[:2] != ["v1", "tenants"]:
            await self._admit_elsewhere(scope, parts)
            await self._behind(scope, receive, visit.send)
            return
        caller = await self._doorkeeper.caller(_secret(scope))
        rest = parts[3:]
        if len(parts) < 3 or not parts[2]:
            allow_admin(caller)
            await self._hand_on(scope, receive, visit, caller)
            return
        needed = scope_of(method, rest)
        if needed == ADMIN:
            allow_admin(caller)
        else:
            allow(caller, parts[2], needed)
        visit.tenant_id = caller.tenant_id or parse_tenant_id(parts[2])
        answer = await self._answer_hot(scope, receive, visit, caller, rest)
        if answer is None:
            await self._hand_on(scope, receive, visit, caller)
        else:
            await respond(visit.send, answer[0], _encode(answer[1]))

    async def _admit_elsewhere(self, scope: Scope, parts: list[str]) -> None:
        """Everything below `/v1` that is not a tenant's is the admins'."""
        if parts[:1] == ["v1"]:
            allow_admin(await self._doorkeeper.caller(_secret(scope)))

    async def _hand_on(
        self, scope: Scope, receive: Receive, visit: "_Visit", caller: Caller
    ) -> None:
        check_declared_size(scope, OTHER_BODY_LIMIT_BYTES)
        scope["state"] = {**scope.get("state", {}), "caller": caller, "tenant_id": visit.tenant_id}
        # Routed by the path as it was sent: an id that holds a slash stays one segment.
        scope["path"] = scope["raw_path"].split(b"?")[0].decode("latin-1")
        await self._behind(scope, receive, visit.send)

    async def _answer_hot(
        self, scope: Scope, receive: Receive, visit: "_Visit", caller: Caller, rest: list[str]
    ) -> tuple[int, Any] | None:
        """Status and body of a hot route, None where the route is another."""
        match scope["method"], rest:
            case "GET", ["items", item_id, "similar"]:
                visit.route, given = "similar", {"item_id": item_id}
                return await self._get(scope, visit, "similar", given)
            case "GET", ["users", user_id, "recommendations"]:
                visit.route, given = "for_you", {"user_id": user_id}
                return await self._get(scope, visit, "for_you", given)
            case "GET", ["popular"]:
                visit.route = "popular"
                return await self._get(scope, visit, "popular", {})
            case "POST", ["placements", name] if name.endswith(":recommend"):
                visit.route = "placement"
                body = await read_body(scope, receive, endpoint.BODY_LIMIT_BYTES)
                tenant = await self._tenant(visit)
                placement = name.removesuffix(":recommend")
                return 200, endpoint.answer_post(tenant, placement, body)
            case "POST", ["recommendations:batch"]:
                visit.route = "batch"
                body = await read_body(scope, receive, endpoint.BODY_LIMIT_BYTES)
                return 200, endpoint.answer_batch(await self._tenant(visit), body)
            case "POST", ["events"]:
                visit.route = "events"
                return await self._take_events(scope, receive, visit)
            case _, ["events"]:
                raise MethodNotAllowed(["POST"])
        return None

    async def _get(
        self, scope: Scope, visit: "_Visit", placement: str, given: dict[str, str]
    ) -> tuple[int, Any]:
        tenant = await self._tenant(visit)
        return 200, endpoint.answer_get(tenant, placement, scope["query_string"], given)

    async def _take_events(
        self, scope: Scope, receive: Receive, visit: "_Visit"
    ) -> tuple[int, Any]:
        body = await read_body(scope, receive, BATCH_BYTES_LIMIT)
        query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        intake = self._intakes.of(await self._tenant(visit))
        validate_only = query.get("validate_only", "").lower() in ("true", "1")
        verdicts = await intake.accept(body, validate_only=validate_only)
        self._metrics.count_events(str(visit.tenant_id), verdicts)
        return 202, verdicts

    async def _tenant(self, visit: "_Visit") -> LiveTenant:
        if visit.tenant_id is None:
            raise RouteUnknown
        return await self._shelf.get(visit.tenant_id)


class _Visit:
    """One request: its id, its clock, and what was answered."""

    def __init__(self, scope: Scope, send: Send) -> None:
        asked = header(scope, b"x-request-id")
        self.request_id = (
            asked if asked and len(asked) <= 128 and asked.isprintable() else secrets.token_hex(8)
        )
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
            message["headers"] = [
                *message["headers"],
                (b"x-request-id", self.request_id.encode("latin-1", "replace")),
            ]
        await self._send(message)


def _secret(scope: Scope) -> str | None:
    """The key or token that a request shows."""
    shown = header(scope, b"authorization")
    if shown is not None:
        kind, _, secret = shown.partition(" ")
        return secret.strip() if kind.lower() == "bearer" else shown
    return header(scope, b"x-api-key")
