"""
One request at the door: its id, its clock, and what was answered.
"""

import secrets
import time
from typing import Any

from recommender_store.tenants.identity import TenantId

from .asgi import Scope, Send, header

REQUEST_ID_LENGTH = 128


class Visit:
    """What the door knows of a request."""

    def __init__(self, scope: Scope, send: Send) -> None:
        asked = header(scope, b"x-request-id")
        is_fine = asked is not None and 0 < len(asked) <= REQUEST_ID_LENGTH and asked.isprintable()
        self.request_id = asked if asked is not None and is_fine else secrets.token_hex(8)
        self.route = "other"
        self.tenant_id: TenantId | None = None
        self.is_limited = False
        """Whether it counts for the tenant's quota of requests."""
        self.status: int | None = None
        self.is_over = False
        """Once a refusal was sent: what work that went on in spite of it says is dropped."""
        self._send = send
        self._started = time.perf_counter()
        scope["state"] = {**scope.get("state", {}), "request_id": self.request_id}

    @property
    def owner(self) -> str:
        """Whose request it is; '' for the platform."""
        return self.tenant_id or ""

    @property
    def elapsed_s(self) -> float:
        return time.perf_counter() - self._started

    async def send(self, message: Any) -> None:
        if self.is_over:
            return
        if message["type"] == "http.response.start":
            self.status = message["status"]
            echoed = (b"x-request-id", self.request_id.encode("latin-1"))
            message["headers"] = [*message["headers"], echoed]
        await self._send(message)
