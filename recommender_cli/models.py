"""
`recommender models list|show|promote|rollback`.
"""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import AsJson, Tenant
from .output import REFUSED, emit, fail, table
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
    from recommender_store.artifacts.standing import standing, told

    models = tenant_space(tenant).models
    current = models.current()
    manifests = list(models.versions())
    document = {
        "current": current.version,
        "models": [told(one, current) for one in manifests],
    }
    words = {"live": "live, forced" if current.is_forced else "live", "published": ""}
    rows = [
        (
            words.get(standing(one, current), "refused"),
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
    One model: lineage, figures, verdicts, and who made it the live one.

    Example: recommender models show --tenant shop
    """
    from recommender_store.artifacts.standing import decisions, told

    models = tenant_space(tenant).models
    current = models.current()
    shown = version or current.version
    if shown is None:
        fail(f"no model is live for '{tenant}' yet: `recommender train --tenant {tenant}`")
    manifest = models.manifest(shown)
    document = told(manifest, current) | {"decisions": decisions(models, shown)}
    lines: list[Any] = [table(["", ""], list(document["lineage"].items()), title=manifest.version)]
    for slot, record in manifest.slots.items():
        said = record.verdict.sentence if record.verdict else ""
        word = "REFUSED: " if slot in manifest.not_let_in() else ""
        lines.append(f"{slot}: {record.recipe}, fitted in {record.fitted_in}: {word}{said}")
    lines += [f"{slot}: REFUSED: {one.sentence}" for slot, one in manifest.refused.items()]
    emit(document, as_json=as_json, lines=[*lines, *map(_decision, document["decisions"])])


def _decision(made: dict[str, Any]) -> str:
    how = "FORCED" if made["forced"] else "made live"
    return f"{how} at {made['at'][:19]}Z by {made['by']} from {made['from']}: {made['reason']}"


def _look_first(store: "Store", space: "TenantSpace", version: str) -> None:
    """Open a version before it goes live: what is damaged stays out, and the sentence says so."""
    from recommender_models.opening import open_bundle

    open_bundle(space.models, version, store.cache)


@app.command()
def promote(
    tenant: Tenant,
    version: str,
    reason: Reason = "",
    force: Annotated[
        bool, typer.Option("--force", help="Also where the gate refused it; takes a reason.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """
    Make a published model the live one.

    Exit 3: the gate refused slots of it, and nobody forces it.

    Example: recommender models promote --tenant shop VERSION --reason "better images"
    """
    from recommender_store.artifacts.errors import ModelRefused

    if force and not reason.strip():
        raise typer.BadParameter("say why: the reason is kept", param_hint="--reason")
    store = opened()
    space = store.tenant(tenant)
    _look_first(store, space, version)
    despite = reason if force else None
    try:
        current = space.models.promote(version, author=author(), reason=reason, despite=despite)
    except ModelRefused as error:
        fail(f"{error} [{error.code}]", REFUSED)
    space.announce("model", version=version)
    document = {
        "current": current.version,
        "revision": current.number,
        "forced": current.is_forced,
    }
    how = ", forced" if current.is_forced else ""
    emit(document, as_json=as_json, lines=[f"live now: {current.version}{how}"])


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
