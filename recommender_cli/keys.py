"""
`recommender keys create|list|revoke`.
"""

from typing import Annotated, cast, get_args

import typer

from .options import AsJson, Tenant
from .output import emit, say, table
from .stores import author, tenant_space

app = typer.Typer(no_args_is_help=True, help="A tenant's API keys.")


@app.command()
def create(
    tenant: Tenant,
    name: Annotated[str, typer.Option(help="What it is for.")] = "default",
    scope: Annotated[
        list[str], typer.Option(help="ingest, serve, catalog or manage; may be repeated.")
    ] = ["ingest", "serve"],
    as_json: AsJson = False,
) -> None:
    """
    Make a key. Its secret is shown once.

    Example: recommender keys create --tenant shop --name web --scope ingest --scope serve
    """
    from recommender_store.tenants.keys import Scope

    unknown = sorted(set(scope) - set(get_args(Scope)))
    if unknown:
        raise typer.BadParameter(
            f"{', '.join(unknown)}: choose among {', '.join(get_args(Scope))}", param_hint="--scope"
        )
    space = tenant_space(tenant)
    made = space.keys.create(name, cast("list[Scope]", scope), author=author())
    space.announce("keys")
    document = {**made.record.model_dump(mode="json", exclude={"digest"}), "secret": made.secret}
    emit(document, as_json=as_json, lines=[made.secret])
    say("keep it: it is not shown again")


@app.command("list")
def list_keys(tenant: Tenant, as_json: AsJson = False) -> None:
    """
    All keys, the revoked ones too; secrets are not kept.

    Example: recommender keys list --tenant shop
    """
    records = tenant_space(tenant).keys.records()
    document = {"keys": [one.model_dump(mode="json", exclude={"digest"}) for one in records]}
    rows = [
        (one.key_id, one.name, ",".join(one.scopes), one.created_at.date(), one.revoked_at)
        for one in records
    ]
    headers = ["key_id", "name", "scopes", "since", "revoked"]
    emit(document, as_json=as_json, lines=[table(headers, rows)])


@app.command()
def revoke(tenant: Tenant, key_id: str, as_json: AsJson = False) -> None:
    """
    Make a key worthless.

    Example: recommender keys revoke --tenant shop 1a2b3c4d
    """
    space = tenant_space(tenant)
    record = space.keys.revoke(key_id, author=author())
    space.announce("keys")
    document = record.model_dump(mode="json", exclude={"digest"})
    emit(document, as_json=as_json, lines=[f"key {key_id} opens nothing any more"])
