"""
`recommender tenants delete|restore`: a tenant's end, and how it is undone.
"""

from typing import Annotated

import typer

from .options import AsJson
from .output import emit, fail
from .stores import author, opened


def delete(
    tenant: str,
    yes: Annotated[
        str, typer.Option("--yes", metavar="ID", help="The tenant's id once more: do not ask.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """
    Take a tenant out of service at once; `restore` undoes it, `store prune` ends it for good.

    Example: recommender tenants delete shop --yes shop
    """
    store = opened()
    space = store.tenant(tenant)
    if not yes:
        yes = typer.prompt(f"type '{tenant}' again to delete it", default="", err=True)
    if yes != tenant:
        fail("nothing was deleted: the id did not match")
    until = space.end(author=author()) + store.undo_within
    space.announce("tenant")
    lines = [
        f"tenant '{tenant}' is served no more",
        f"until {until:%Y-%m-%d %H:%M} UTC: recommender tenants restore {tenant}",
    ]
    emit({"deleted": tenant, "restorable_until": until}, as_json=as_json, lines=lines)


def restore(tenant: str, as_json: AsJson = False) -> None:
    """
    Undo a deletion: settings, keys, log and models are what they were.

    Example: recommender tenants restore shop
    """
    space = opened().restore_tenant(tenant, author=author())
    lines = [f"tenant '{tenant}' is served again"]
    emit(space.settings().model_dump(mode="json"), as_json=as_json, lines=lines)
