"""
A tenant from nothing: made, its items sent, its events logged through the SDK over HTTP.
"""

import json
from collections.abc import Callable
from typing import Any

from loggers_sdk import EventLogger, Stats

from .platform import Platform
from .worlds.events import WorldEvent
from .worlds.world import World

EVENTS_IN_FLIGHT = 10_000
"""Half of what the logger's buffer holds: a demo must lose nothing for being in a hurry."""
FLUSH_TIMEOUT_S = 120.0


def onboard(platform: Platform, tenant: str, name: str) -> str:
    """Make the tenant and a key for its service; returns the key."""
    platform.call("POST", "", {"id": tenant, "name": name})
    body = {"name": "web", "scopes": ["ingest", "serve", "catalog"]}
    secret: str = platform.call("POST", f"/{tenant}/keys", body)["secret"]
    return secret


def send_items(platform: Platform, tenant: str, world: World) -> int:
    lines = "\n".join(json.dumps(item, default=str) for item in world.items)
    answer = platform.call("POST", f"/{tenant}/items:import", lines.encode())
    if answer["rejected"]:
        raise RuntimeError(f"an item was refused: {answer['rejected'][0]['detail']}")
    accepted: int = answer["accepted"]
    return accepted


def send_events(
    platform: Platform, key: str, world: World, progress: Callable[[int, int], None]
) -> Stats:
    """
    Log every event as a tenant's service would.

    Raises:
        RuntimeError: where not every one of them arrived.
    """
    with EventLogger(platform.url, world.tenant_id, key) as events:
        for number, event in enumerate(world.timeline, start=1):
            events.track(event.kind, **_fields(event))
            if number % EVENTS_IN_FLIGHT == 0:
                events.flush(timeout_s=FLUSH_TIMEOUT_S)
                progress(number, len(world.timeline))
        events.flush(timeout_s=FLUSH_TIMEOUT_S)
        stats = events.stats()
    if stats.delivered != stats.offered:
        raise RuntimeError(f"of {stats.offered} events only {stats.delivered} arrived: {stats}")
    return stats


def _fields(event: WorldEvent) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "user_id": event.user_id,
        "occurred_at": event.occurred_at,
        "session_id": event.session_id,
        "item_id": event.item_id,
        "quantity": event.quantity,
        "value": event.value,
    }
    if event.items is not None:
        fields["items"] = list(event.items)
    return {name: value for name, value in fields.items() if value is not None}
