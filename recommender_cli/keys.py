"""
`recommender keys create|list|revoke|rotate`.
"""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, cast, get_args

import typer

from .options import AsJson, Tenant
from .output import emit, say, table
from .stores import author, tenant_space

if TYPE_CHECKING:
    from recommender_store.tenant_space import TenantSpace
    from recommender_store.tenants.keys import KeyRecord, NewKey

app = typer.Typer(no_args_is_help=True, help="A tenant's API keys.")


@app.command()
def create(
    tenant: Tenant,
    name: Annotated[str, typer.Option(help="What it is for.")] = "default",
    scope: Annotated[
        list[str], typer.Option(help="ingest, serve, catalog or manage; may be repeated.")
    ] = ["ingest", "serve"],
    expires: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"], help="Until when, in UTC."),
    ] = None,
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
    made = space.keys.create(name, cast("list[Scope]", scope), author=author(), expires_at=expires)
    _tell_secret(space, made, as_json=as_json)


@app.command("list")
def list_keys(tenant: Tenant, as_json: AsJson = False) -> None:
    """
    All keys, the revoked ones too; secrets are not kept.

    Example: recommender keys list --tenant shop
    """
    space = tenant_space(tenant)
    records, uses, now = space.keys.records(), space.key_uses.last(), datetime.now(UTC)
    document = {"keys": [{**_public(one), "last_used_at": uses.get(one.key_id)} for one in records]}
    rows = [
        (
            one.key_id,
            one.name,
            ",".join(one.scopes),
            one.created_at.date(),
            _standing(one, now),
            _minute(uses.get(one.key_id)),
        )
        for one in records
    ]
    headers = ["key_id", "name", "scopes", "since", "opens", "last used (UTC)"]
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
    emit(_public(record), as_json=as_json, lines=[f"key {key_id} opens nothing any more"])


@app.command()
def rotate(
    tenant: Tenant,
    key_id: str,
    grace_hours: Annotated[
        float, typer.Option(min=0, max=2160, help="How long the old one lives on.")
    ] = 24,
    as_json: AsJson = False,
) -> None:
    """
    Make a key that follows another: its name, its scopes. Its secret is shown once.

    Example: recommender keys rotate --tenant shop 1a2b3c4d --grace-hours 2
    """
    space = tenant_space(tenant)
    made = space.keys.rotate(key_id, author=author(), grace=timedelta(hours=grace_hours))
    _tell_secret(space, made, as_json=as_json)
    ends_at = space.keys.find(key_id).expires_at
    say(f"key {key_id} opens until {_minute(ends_at)} UTC")


def _tell_secret(space: "TenantSpace", made: "NewKey", *, as_json: bool) -> None:
    space.announce("keys")
    emit({**_public(made.record), "secret": made.secret}, as_json=as_json, lines=[made.secret])
    say("keep it: it is not shown again")


def _public(record: "KeyRecord") -> dict[str, Any]:
    return record.model_dump(mode="json", exclude={"digest"})


def _standing(record: "KeyRecord", now: datetime) -> str:
    if record.revoked_at is not None:
        return f"revoked {_minute(record.revoked_at)}"
    if record.expires_at is None:
        return "always"
    return f"{'until' if record.is_live(now) else 'expired'} {_minute(record.expires_at)}"


def _minute(at: datetime | None) -> str:
    return "" if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"
