"""
`GET /livez`, `/readyz` and `/metrics` of several workers as of one server, for the parent's port.

Alive is who has every worker and hears of each; ready is who has one that takes requests.
"""

from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from recommender_api.exchange.asgi import Receive, Scope, Send
from recommender_api.telemetry.exposition import tell_metrics

from .application import say_state

MISSING = "missing"
"""The state of a worker that died, or has not been heard of for long."""


class WorkersHealth:
    """
    A bare ASGI application; `states` tells of each worker, `folder` holds what they count, and
    `watch` is the parent's own.
    """

    def __init__(self, states: Callable[[], Sequence[str]], folder: str, watch: Collector) -> None:
        self._states = states
        self._folder = folder
        self._watch = watch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        if scope["type"] != "http":
            return
        states = self._states()
        match scope["path"]:
            case "/livez":
                missing = states.count(MISSING)
                told = f"{missing} of {len(states)} workers missing" if missing else "alive"
                await say_state(send, 503 if missing else 200, told)
            case "/readyz":
                state = "ready" if "ready" in states else states[0]
                await say_state(send, 200 if state == "ready" else 503, state)
            case "/metrics":
                await tell_metrics(scope, send, self._registry())
            case _:
                await say_state(send, 404, "not found: try /livez, /readyz or /metrics")

    def _registry(self) -> CollectorRegistry:
        registry = CollectorRegistry()
        MultiProcessCollector(registry, path=self._folder)  # type: ignore[no-untyped-call]
        registry.register(self._watch)
        return registry
