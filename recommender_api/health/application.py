"""
`GET /livez`, `/readyz` and `/metrics` on the internal port.
"""

import msgspec

from recommender_api.exchange.asgi import Receive, Scope, Send, respond
from recommender_api.telemetry.exposition import tell_metrics
from recommender_api.telemetry.metrics import Metrics

from .readiness import Readiness


class HealthApplication:
    """A bare ASGI application."""

    def __init__(self, metrics: Metrics, readiness: Readiness) -> None:
        self._metrics = metrics
        self._readiness = readiness

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        if scope["type"] != "http":
            return
        match scope["path"]:
            case "/livez":
                await say_state(send, 200, "alive")
            case "/readyz":
                await say_state(
                    send, 200 if self._readiness.is_ready else 503, self._readiness.state
                )
            case "/metrics":
                self._metrics.tell()
                await tell_metrics(scope, send, self._metrics.registry)
            case _:
                await say_state(send, 404, "not found: try /livez, /readyz or /metrics")


async def say_state(send: Send, status: int, state: str) -> None:
    """Answer with one word, or a few, of how things are."""
    await respond(send, status, msgspec.json.encode({"status": state}))
