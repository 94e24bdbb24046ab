"""
`recommender items import`.
"""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from .options import AsJson, Tenant
from .output import emit, say
from .stores import author, tenant_space

app = typer.Typer(no_args_is_help=True, help="A tenant's catalog.")


@app.command("import")
def import_items(
    tenant: Tenant,
    files: Annotated[
        list[Path], typer.Argument(exists=True, help="CSV, TSV, JSON lines, Parquet.")
    ],
    as_json: AsJson = False,
) -> None:
    """
    Bring items and their attributes; what is not in the files stays as it is.

    Example: recommender items import --tenant shop products.csv
    """
    from recommender_api.foreign_logs.items import read_items
    from recommender_store.audit.deeds import Deed

    from .catalog_import import write_items

    space = tenant_space(tenant)
    with tempfile.TemporaryDirectory(prefix="recommender-items-") as folder:
        report = read_items(files, into=Path(folder))
        written, rejected = write_items(space, report.path)
    told = {"files": [path.name for path in files], "items": written, "left_out": len(rejected)}
    space.audit.note(Deed("items.imported"), author(), told)
    document = {"items": written, "rejected": rejected}
    for one in rejected[:10]:
        say(f"left out: {one['detail']}")
    emit(document, as_json=as_json, lines=[f"{written:,} items, {len(rejected):,} left out"])
