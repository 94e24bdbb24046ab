"""
The first answers of a tenant, from the very pipeline that serves, for whom the log knows best.
"""

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

if TYPE_CHECKING:
    from recommender_api.serving.live_tenant import LiveTenant
    from recommender_store.opening import Store
    from recommender_store.tenant_space import TenantSpace

SHOWN = 5


class Example(NamedTuple):
    """An item and a user worth asking for; empty where the log has none."""

    item: str
    user: str


def busiest(space: "TenantSpace") -> Example:
    """The item and the user with the most events."""
    with space.events.state().opened() as connection:
        ((item, user),) = connection.execute(
            "SELECT mode(item_id), mode(user_id) FILTER (item_id IS NOT NULL) FROM events"
        ).fetchall()
    if space.pseudonyms() is not None:
        user = None  # it is known by no id that could be asked for
    return Example(str(item or ""), str(user or ""))


def first_answers(store: "Store", space: "TenantSpace", example: Example) -> list[dict[str, Any]]:
    """For the user and to the item; each with the title of what it starts from."""
    from recommender_api.history.in_memory import InMemoryHistory
    from recommender_api.serving.live_tenant import LiveTenant

    live = LiveTenant(space, store.cache, InMemoryHistory())
    live.refresh()
    asked = [("similar", {"item_id": example.item})] if example.item else []
    asked += [("for_you", {"user_id": example.user})] if example.user else []
    return [_answer(live, placement, {**body, "limit": SHOWN}) for placement, body in asked]


def _answer(live: "LiveTenant", placement: str, body: dict[str, Any]) -> dict[str, Any]:
    from recommender_api.recommend.endpoint import answer
    from recommender_api.recommend.request import from_body

    document = msgspec.json.decode(asyncio.run(answer(live, placement, from_body(body))).body)
    for one in document["items"]:
        one["title"] = _title(live, one["item_id"])
    seed = body.get("item_id")
    return {"asked": body, "title": _title(live, seed) if seed else None, **document}


def _title(live: "LiveTenant", item_id: str) -> str | None:
    title = (live.item(item_id) or {}).get("title")
    return None if title is None else str(title)
