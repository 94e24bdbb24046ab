"""
`recommender export`: what every user would be recommended, in bulk, as Parquet.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from .options import AsJson, Tenant
from .output import counted, emit, fail
from .stores import opened


def export(
    tenant: Tenant,
    output: Annotated[str, typer.Option(help="A new folder, or s3a://bucket/prefix.")],
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Items a user.")] = 100,
    engine: Annotated[Literal["spark"], typer.Option(help="Where it runs.")] = "spark",  # noqa: ARG001 - there is one so far
    as_json: AsJson = False,
) -> None:
    """
    Write the live model's recommendations for all users, without the items that are hidden now.

    Example: recommender export --tenant shop --output for-you --limit 50
    """
    from recommender_models.opening import open_bundle
    from trainers.spark.session import opened_session
    from trainers.spark.settings import SparkSettings

    if "://" not in output and Path(output).exists():
        raise typer.BadParameter(f"{output} is there already: name a new folder")
    store = opened()
    space = store.tenant(tenant)
    version = space.models.current().version
    if version is None:
        fail(f"no model is live for '{tenant}' yet: `recommender train --tenant {tenant}`")
    bundle, folder = open_bundle(space.models, version, store.cache)
    now = datetime.now(UTC)
    hidden = [item_id for item_id, item in space.catalog.state() if not item.is_shown(now)]
    where = output if "://" in output else str(Path(output).absolute())
    with opened_session(SparkSettings.from_environment()) as session:
        from trainers.spark.export import export_for_you

        done = export_for_you(session, bundle, folder, where, limit=limit, hidden=hidden)
    document = {"output": where} | done._asdict()
    told = f"{counted(done.rows, 'row')} for {counted(done.users, 'user')} of {done.version}"
    emit(document, as_json=as_json, lines=[f"{told}: {where}"])
