"""
One request at the door: its id, its clock, and what was answered.
"""

import random
import time
from contextvars import ContextVar
from typing import Any

from recommender_store.tenants.identity import TenantId

from .asgi import JSON, Scope, Send, header
from .traceparent import NAME as TRACEPARENT
from .traceparent import TraceParent, read_traceparent

REQUEST_ID_LENGTH = 128
_JSON = (b"content-type", JSON)

_chance = random.SystemRandom().getrandbits(64)
_bits = random.Random(_chance).getrandbits  # noqa: S311 - to tell requests apart, not to keep a secret


class Visit:
    """What the door knows of a request."""

    def __init__(self, scope: Scope, send: Send) -> None:
        asked = header(scope, b"x-request-id")
        is_fine = asked is not None and 0 < len(asked) <= REQUEST_ID_LENGTH and asked.isprintable()
        self.request_id = asked if asked is not None and is_fine else f"{_bits(64):016x}"
        self.route = "other"
        self.tier = ""
        """Who gave the answer; '' for what is no single answer."""
        self.exemplar: dict[str, str] | None = None
        """By what this very request can be found again, where it can."""
        self.tenant_id: TenantId | None = None
        self.is_limited = False
        """Whether it counts for the tenant's quota of requests."""
        self.status: int | None = None
        self.is_over = False
        """Once a refusal was sent: what work that went on in spite of it says is dropped."""
        self._scope = scope
        self._send = send
        self._started = time.perf_counter()
        scope["state"] = {**scope.get("state", {}), "request_id": self.request_id}

    @property
    def owner(self) -> str:
        """Whose request it is; '' for the platform."""
        return self.tenant_id or ""

    @property
    def method(self) -> str:
        return str(self._scope["method"])

    @property
    def sent_from(self) -> TraceParent | None:
        """The trace that it belongs to, where its sender says so."""
        return read_traceparent(header(self._scope, TRACEPARENT))

    @property
    def elapsed_s(self) -> float:
        return time.perf_counter() - self._started

    async def send(self, message: Any) -> None:
        if self.is_over:
            return
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message["headers"], self._echoed]
        await self._send(message)

    async def answer(self, status: int, body: bytes) -> None:
        """Send a whole answer, as JSON."""
        if self.is_over:
            return
        self.status = status
        headers = [_JSON, (b"content-length", b"%d" % len(body)), self._echoed]
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})

    @property
    def _echoed(self) -> tuple[bytes, bytes]:
        return b"x-request-id", self.request_id.encode("latin-1")


visiting: ContextVar[Visit | None] = ContextVar("visiting", default=None)
"""The request that is worked at, for log lines."""
