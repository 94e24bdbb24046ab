"""
`recommender models list|show|promote|rollback`.
"""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import AsJson, Tenant
from .output import emit, fail, table
from .stores import author, opened, tenant_space

if TYPE_CHECKING:
    from recommender_store.opening import Store
    from recommender_store.tenant_space import TenantSpace

app = typer.Typer(no_args_is_help=True, help="A tenant's models: which are there, which is live.")

Reason = Annotated[str, typer.Option(help="Why; it is kept with the decision.")]


@app.command("list")
def list_models(tenant: Tenant, as_json: AsJson = False) -> None:
    """
    Every published model, oldest first.

    Example: recommender models list --tenant shop
    """
    models = tenant_space(tenant).models
    current = models.current().version
    manifests = list(models.versions())
    document = {
        "current": current,
        "models": [one.model_dump(mode="json") for one in manifests],
    }
    rows = [
        (
            "live" if one.version == current else "",
            one.version,
            ", ".join(f"{slot}={record.recipe}" for slot, record in one.slots.items()),
            one.lineage.events,
            one.data_until.date(),
        )
        for one in manifests
    ]
    headers = ["", "version", "slots", "events", "data until"]
    emit(document, as_json=as_json, lines=[table(headers, rows)])


@app.command()
def show(
    tenant: Tenant,
    version: Annotated[str, typer.Argument(help="Left out: the live one.")] = "",
    as_json: AsJson = False,
) -> None:
    """
    One model: lineage, figures, verdicts.

    Example: recommender models show --tenant shop
    """
    models = tenant_space(tenant).models
    shown = version or models.current().version
    if shown is None:
        fail(f"no model is live for '{tenant}' yet: `recommender train --tenant {tenant}`")
    manifest = models.manifest(shown)
    document = manifest.model_dump(mode="json")
    lines: list[Any] = [table(["", ""], list(document["lineage"].items()), title=manifest.version)]
    for slot, record in manifest.slots.items():
        said = record.verdict.sentence if record.verdict else ""
        lines.append(f"{slot}: {record.recipe}, fitted in {record.fitted_in}: {said}")
    lines += [f"{slot}: REFUSED: {one.sentence}" for slot, one in manifest.refused.items()]
    emit(document, as_json=as_json, lines=lines)


def _look_first(store: "Store", space: "TenantSpace", version: str) -> None:
    """Open a version before it goes live: what is damaged stays out, and the sentence says so."""
    from recommender_models.opening import open_bundle

    open_bundle(space.models, version, store.cache)


@app.command()
def promote(
    tenant: Tenant,
    version: str,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """
    Make a published model the live one.

    Example: recommender models promote --tenant shop VERSION --reason "better images"
    """
    store = opened()
    space = store.tenant(tenant)
    _look_first(store, space, version)
    current = space.models.promote(version, author=author(), reason=reason)
    space.announce("model", version=version)
    document = {"current": current.version, "revision": current.number}
    emit(document, as_json=as_json, lines=[f"live now: {current.version}"])


@app.command()
def rollback(tenant: Tenant, reason: Reason = "", as_json: AsJson = False) -> None:
    """
    Go back to the model that was live before.

    Example: recommender models rollback --tenant shop --reason "odd answers"
    """
    store = opened()
    space = store.tenant(tenant)
    before = space.models.current().before
    if before is not None:
        _look_first(store, space, before)
    current = space.models.roll_back(author=author(), reason=reason)
    space.announce("model", version=str(current.version))
    document = {"current": current.version, "revision": current.number}
    emit(document, as_json=as_json, lines=[f"live now: {current.version}"])
