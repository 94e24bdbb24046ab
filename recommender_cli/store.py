"""
`recommender store compact|files`.
"""

from typing import Annotated

import typer

from .options import AsJson, Tenant
from .output import emit, table
from .stores import opened, tenant_space

app = typer.Typer(no_args_is_help=True, help="The store itself.")


@app.command()
def compact(
    tenant: Annotated[str, typer.Option("--tenant", help="Left out: all tenants.")] = "",
    as_json: AsJson = False,
) -> None:
    """
    Pack small segments of the event log into Parquet by day. Safe to run twice and to kill.

    Example: recommender store compact --tenant shop
    """
    store = opened()
    ids = [tenant] if tenant else [one.id for one in store.tenants()]
    rows = []
    for one in ids:
        growth = store.tenant(one).events.compact()
        rows.append((one, growth.new_events, growth.duplicates))
    document = {
        "tenants": [{"tenant": one, "new_events": new, "duplicates": old} for one, new, old in rows]
    }
    headers = ["tenant", "new events", "duplicates"]
    emit(document, as_json=as_json, lines=[table(headers, rows)])


@app.command()
def files(tenant: Tenant, as_json: AsJson = False) -> None:
    """
    The Parquet files that make up a tenant's log now; strict readers read these and no others.

    Example: recommender store files --tenant shop --json
    """
    listed = tenant_space(tenant).events.state().files.files
    document = {"files": [one.model_dump(mode="json") for one in listed]}
    rows = [(one.day, one.rows, one.size_bytes, one.key) for one in listed]
    emit(document, as_json=as_json, lines=[table(["day", "rows", "bytes", "key"], rows)])
