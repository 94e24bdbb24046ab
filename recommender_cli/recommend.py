"""
`recommender recommend`: an answer without a server, from the very pipeline that serves, hooks
included.
"""

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from .options import AsJson, Tenant
from .output import emit, table
from .stores import opened

if TYPE_CHECKING:
    from recommender_api.recommend.request import RecommendRequest
    from recommender_api.serving.live_tenant import LiveTenant


def recommend(
    tenant: Tenant,
    user: Annotated[str | None, typer.Option(help="For this user.")] = None,
    item: Annotated[str | None, typer.Option(help="Similar to this item.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 10,
    filter_text: Annotated[str, typer.Option("--filter", help="Over item attributes.")] = "",
    explain: Annotated[bool, typer.Option("--explain", help="Say what happened.")] = False,
    as_json: AsJson = False,
) -> None:
    """
    Recommend for a user, or to an item; with neither, what is popular.

    Example: recommender recommend --tenant shop --user u42 --explain
    """
    from recommender_api.history.in_memory import InMemoryHistory
    from recommender_api.recommend.request import from_body
    from recommender_api.serving.live_tenant import LiveTenant

    if user is not None and item is not None:
        raise typer.BadParameter("give --user or --item, not both", param_hint="--item")
    if "" in (user, item):
        raise typer.BadParameter("an id is never empty: is a variable of the shell unset?")
    placement = "for_you" if user else "similar" if item else "popular"
    asked: dict[str, Any] = {"limit": limit, "explain": explain}
    asked |= {"user_id": user} if user else {}
    asked |= {"item_id": item} if item else {}
    asked |= {"filter": filter_text} if filter_text else {}
    store = opened()
    live = LiveTenant(store.tenant(tenant), store.cache, InMemoryHistory())
    live.refresh()
    document = msgspec.json.decode(asyncio.run(_answered(live, placement, from_body(asked))))
    titles = {one["item_id"]: _title(live.item(one["item_id"])) for one in document["items"]}
    rows = [
        (one["rank"], one["item_id"], titles[one["item_id"]], f"{one['score']:.4f}", one["reason"])
        for one in document["items"]
    ]
    lines: list[Any] = [f"served by {document['served_by']}"]
    if item:
        lines.insert(0, f"similar to {item} {_title(live.item(item))}")
    lines.append(table(["", "item", "title", "score", "reason"], rows))
    lines += [f"note: {one['detail']} [{one['code']}]" for one in document["warnings"]]
    if explain:
        lines.append(table(["", ""], list(document["explanation"].items())))
    emit(document, as_json=as_json, lines=lines)


async def _answered(live: "LiveTenant", placement: str, asked: "RecommendRequest") -> bytes:
    from recommender_api.recommend.endpoint import answer
    from recommender_api.rules.hooks.outside import hooks_outside

    loaded = live.loaded
    async with hooks_outside(live.space.tenant_id, loaded.rulebook, loaded.hooks) as live.hooks:
        return (await answer(live, placement, asked)).body


def _title(fields: dict[str, object] | None) -> str:
    return str((fields or {}).get("title", ""))
