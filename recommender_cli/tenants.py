"""
`recommender tenants create|list|show|readiness|due|apply|delete|restore`.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .onboarding.verb import create
from .options import AsJson
from .output import DONE, REFUSED, emit, table
from .stores import author, opened
from .tenant_due import due
from .tenant_life import delete, restore

if TYPE_CHECKING:
    from recommender_store.opening import Store
    from recommender_store.tenant_space import TenantSpace

    from .tenant_files import TenantFile

app = typer.Typer(no_args_is_help=True, help="Tenants: onboard, list, show, apply, delete.")
app.command()(due)
app.command()(delete)
app.command()(restore)


app.command()(create)


@app.command("list")
def list_tenants(
    deleted: Annotated[
        bool, typer.Option("--deleted", help="Those that can still be restored.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """
    All tenants.

    Example: recommender tenants list --json
    """
    from recommender_store.tenants.identity import parse_tenant_id

    store = opened()
    if deleted:
        _list_deleted(store, as_json=as_json)
        return
    tenants = store.tenants()
    if as_json:
        emit({"tenants": [one.model_dump(mode="json") for one in tenants]}, as_json=True)
        return
    models = [store.space(parse_tenant_id(one.id)).models.current() for one in tenants]
    rows = [
        (one.id, one.name, one.created_at.date(), model.version)
        for one, model in zip(tenants, models, strict=True)
    ]
    emit({}, as_json=False, lines=[table(["id", "name", "since", "model"], rows)])


@app.command()
def show(
    tenant: str,
    as_yaml: Annotated[
        bool, typer.Option("--yaml", help="As `tenants apply` takes it, rules included.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """
    One tenant: its settings, its keys, its model.

    Example: recommender tenants show shop --yaml > shop.yaml
    """
    space = opened().tenant(tenant)
    if as_yaml:
        from .tenant_yaml import as_yaml as in_yaml

        sys.stdout.write(in_yaml(space))
        return
    settings, revision = space.settings_revised()
    document = {
        **settings.model_dump(mode="json"),
        "revision": revision.number,
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
    for one in wanted:
        _check_is_meant(one, store, spaces.get(one.settings.id))
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
            _write_settings(store, file, is_new=before is None)
        if of_policies and not dry_run:
            decided.write(store.tenant(settings.id), author())
    emit({"applied": not dry_run, "tenants": document}, as_json=as_json, lines=lines)


def _check_is_meant(file: "TenantFile", store: "Store", space: "TenantSpace | None") -> None:
    """Before anything is written: the tenant was not deleted, and is at the file's revision."""
    from .tenant_files import TenantFileInvalid

    tenant_id = file.settings.id
    if space is None and tenant_id in store.deleted_tenants():
        detail = f"'{tenant_id}' was deleted: `recommender tenants restore {tenant_id}` first"
        raise TenantFileInvalid(file.path, detail)
    number = space.settings_number() if space is not None else 0
    if file.revision not in (None, number):
        detail = (
            f"'{tenant_id}' is at revision {number}, the file was written for {file.revision}: "
            f"see `recommender tenants show {tenant_id} --yaml`, and decide again"
        )
        raise TenantFileInvalid(file.path, detail)


def _write_settings(store: "Store", file: "TenantFile", *, is_new: bool) -> None:
    settings = file.settings
    if is_new:
        store.create_tenant(settings.id, settings.name, author=author())
    space = store.tenant(settings.id)
    before, revision = space.settings_revised()
    kept = settings.model_copy(update={"created_at": before.created_at})
    expected = revision.number if is_new else file.revision
    space.save_settings(kept, author=author(), expected=expected)
    space.announce("settings")


def _list_deleted(store: "Store", *, as_json: bool) -> None:
    found = [(one, at, at + store.undo_within) for one, at in store.deleted_tenants().items()]
    document = {
        "tenants": [
            {"id": one, "deleted_at": at, "restorable_until": until} for one, at, until in found
        ]
    }
    rows = [(one, f"{at:%Y-%m-%d %H:%M}", f"{until:%Y-%m-%d %H:%M}") for one, at, until in found]
    headers = ["id", "deleted (UTC)", "can be restored until"]
    emit(document, as_json=as_json, lines=[table(headers, rows)])
