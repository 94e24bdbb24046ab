"""
`recommender tenants create|list|show|readiness|apply|delete`.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .onboarding.verb import create
from .options import AsJson
from .output import DONE, REFUSED, emit, fail, table
from .stores import author, opened

if TYPE_CHECKING:
    from recommender_store.opening import Store
    from recommender_store.tenants.settings import TenantSettings

app = typer.Typer(no_args_is_help=True, help="Tenants: onboard, list, show, apply, delete.")


app.command()(create)


@app.command("list")
def list_tenants(as_json: AsJson = False) -> None:
    """
    All tenants.

    Example: recommender tenants list --json
    """
    store = opened()
    tenants = store.tenants()
    rows = [
        (one.id, one.name, one.created_at.date(), store.tenant(one.id).models.current().version)
        for one in tenants
    ]
    document = {"tenants": [one.model_dump(mode="json") for one in tenants]}
    emit(document, as_json=as_json, lines=[table(["id", "name", "since", "model"], rows)])


@app.command()
def show(tenant: str, as_json: AsJson = False) -> None:
    """
    One tenant: its settings, its keys, its model.

    Example: recommender tenants show shop
    """
    space = opened().tenant(tenant)
    settings = space.settings()
    document = {
        **settings.model_dump(mode="json"),
        "model": space.models.current().version,
        "keys": [key.model_dump(mode="json", exclude={"digest"}) for key in space.keys.records()],
    }
    rows = [(name, value) for name, value in document.items() if name != "keys"]
    rows += [
        ("key", f"{key['key_id']} {key['name']} {','.join(key['scopes'])}")
        for key in document["keys"]
    ]
    emit(document, as_json=as_json, lines=[table(["", ""], rows)])


@app.command()
def readiness(tenant: str, as_json: AsJson = False) -> None:
    """
    Whether the log that a tenant has is fit to be learned from; exit 3 where it is not.

    Example: recommender tenants readiness shop
    """
    from recommender_api.foreign_logs.own_log import readiness_of

    from .events import tell_readiness

    report = readiness_of(opened().tenant(tenant))
    if not as_json:
        tell_readiness(report)
    said = f"'{tenant}' is {'' if report.is_ready else 'not '}ready to be trained"
    emit(
        {"ready": report.is_ready, **report.model_dump(mode="json")}, as_json=as_json, lines=[said]
    )
    raise typer.Exit(DONE if report.is_ready else REFUSED)


@app.command()
def apply(
    files: Annotated[list[Path], typer.Argument(exists=True, help="YAML, one document a tenant.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """
    Make tenants what files say; what a file leaves out has its default. Twice changes nothing.

    Example: recommender tenants apply tenants.yaml --dry-run
    """
    from .tenant_files import changes, read_tenant_files
    from .tenant_policies import read_policies

    wanted = read_tenant_files(files)
    store = opened()
    known = {one.id: one for one in store.tenants()}
    spaces = {
        one.settings.id: store.tenant(one.settings.id) for one in wanted if one.settings.id in known
    }
    policies = [read_policies(one, spaces.get(one.settings.id)) for one in wanted]
    document, lines = [], []
    for file, decided in zip(wanted, policies, strict=True):
        settings = file.settings
        before = known.get(settings.id)
        of_settings = changes(before, settings)
        of_policies = decided.changes(spaces.get(settings.id))
        differing = [*of_settings, *of_policies]
        document.append({"tenant": settings.id, "changes": [one._asdict() for one in differing]})
        lines.append(f"{settings.id}: {'no change' if not differing else ''}")
        lines += [f"  {one.name}: {one.before} -> {one.after}" for one in differing]
        if of_settings and not dry_run:
            _write_settings(store, settings, is_new=before is None)
        if of_policies and not dry_run:
            decided.write(store.tenant(settings.id), author())
    emit({"applied": not dry_run, "tenants": document}, as_json=as_json, lines=lines)


def _write_settings(store: "Store", settings: "TenantSettings", *, is_new: bool) -> None:
    if is_new:
        store.create_tenant(settings.id, settings.name, author=author())
    space = store.tenant(settings.id)
    kept = settings.model_copy(update={"created_at": space.settings().created_at})
    space.save_settings(kept, author=author())
    space.announce("settings")


@app.command()
def delete(
    tenant: str,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """
    Take a tenant out of service; its data stays where it lies.

    Example: recommender tenants delete shop
    """
    space = opened().tenant(tenant)
    if not yes and typer.prompt(f"type '{tenant}' again to delete it", default="") != tenant:
        fail("nothing was deleted: the name did not match")
    space.end(author=author())
    space.announce("tenant")
    emit({"deleted": tenant}, as_json=False, lines=[f"tenant '{tenant}' is served no more"])
