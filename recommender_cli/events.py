"""
`recommender events inspect|import`.
"""

import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import AsJson, Tenant
from .output import REFUSED, emit, err, fail, progress_line, say, table
from .stores import tenant_space

if TYPE_CHECKING:
    from recommender_api.foreign_logs.inspect import Inspection
    from recommender_api.foreign_logs.mapping import LogMapping
    from recommender_api.foreign_logs.readiness import Readiness
    from recommender_store.tenant_space import TenantSpace

app = typer.Typer(no_args_is_help=True, help="Logs in other people's formats.")

Format = Annotated[
    str, typer.Option("--format", help="movielens, online-retail or retailrocket; else guessed.")
]


@app.command()
def inspect(
    file: Annotated[Path, typer.Argument(exists=True, help="CSV, TSV, JSON lines, Parquet.")],
    log_format: Format = "",
    tenant: Annotated[
        str, typer.Option("--tenant", help="Whose catalog the items should be in; none: not asked.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """
    Guess how a log maps onto events, and say how ready it is.

    The YAML on stdout is a mapping for `events import --mapping`; the report goes to stderr.

    Example: recommender events inspect clicks.csv.gz > mapping.yaml
    """
    from recommender_api.foreign_logs.inspect import inspect_log
    from recommender_api.foreign_logs.readiness import readiness

    found = inspect_log(file, log_format or None)
    if found.mapping is None:
        fail(_doubts(found))
    known = [item_id for item_id, _ in tenant_space(tenant).catalog.state()] if tenant else None
    report = readiness(found.paths, found.mapping, received_at=datetime.now(UTC), known_items=known)
    document = {
        "format": found.format,
        "mapping": found.mapping.model_dump(mode="json", exclude_none=True),
        "unambiguous": found.is_unambiguous,
        "why": found.why,
        "assumptions": found.assumptions,
        "ambiguities": found.ambiguities,
        "readiness": report.model_dump(mode="json"),
    }
    emit(document, as_json=as_json, lines=[found.mapping.to_yaml()])
    if not as_json:
        _tell_readiness(found, report)


@app.command("import")
def import_events(
    tenant: Tenant,
    files: Annotated[list[Path], typer.Argument(exists=True, help="One log, in as many files.")],
    log_format: Format = "",
    mapping: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="YAML from `events inspect`.")
    ] = None,
    without_items: Annotated[
        bool, typer.Option("--without-items", help="Leave the items alone that the log tells of.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """
    Bring a log: each event once, however often it comes; bad lines go to a reject file.

    Example: recommender events import --tenant shop OnlineRetail.csv.gz
    """
    document = import_log(
        tenant_space(tenant), files, log_format, mapping, with_items=not without_items
    )
    emit(document, as_json=as_json, lines=_summary(document))
    if document["events"] == 0:
        fail("not one event could be read: see the reasons above", REFUSED)


def import_log(
    space: "TenantSpace",
    files: list[Path],
    log_format: str,
    mapping: Path | None,
    *,
    with_items: bool,
) -> dict[str, Any]:
    """Read, store, and tell what became of every row."""
    from recommender_api.foreign_logs.reading import read_events

    found, used = _mapping(files, log_format, mapping)
    paths = list(found.paths) if found and len(files) == 1 else files
    with tempfile.TemporaryDirectory(prefix="recommender-import-") as name, progress_line() as line:
        folder = Path(name)
        report = read_events(
            paths,
            used,
            into=folder,
            received_at=datetime.now(UTC),
            with_items=with_items and not (found and found.item_paths),
            progress=line.phase,
        )
        reject_file = _kept_rejects(report.reject_file, paths[0])
        line.step("storing")
        growth = space.events.adopt(report.parquet)
        if growth.new_events:
            space.announce("events")
        items = report.items
        if with_items and found and found.item_paths:
            items = _items_beside(found, folder / "beside")
        return {
            **report.model_dump(mode="json", exclude={"parquet", "reject_file", "items"}),
            "new_events": growth.new_events,
            "duplicates": growth.duplicates,
            "items": _written_items(space, items),
            "reject_file": reject_file,
        }


def _items_beside(found: "Inspection", folder: Path) -> Path:
    """The items of the files that a built-in format keeps beside its events."""
    from recommender_api.foreign_logs.items import read_items

    return read_items(found.item_paths, into=folder, mapping=found.item_mapping).path


def _written_items(space: "TenantSpace", path: Path | None) -> int:
    from .catalog_import import write_items

    return write_items(space, path)[0] if path is not None else 0


def _kept_rejects(path: Path | None, log: Path) -> str | None:
    """The rejected lines, kept beside whoever runs the command."""
    if path is None:
        return None
    kept = Path(f"{log.name}.rejects.jsonl").absolute()
    shutil.copyfile(path, kept)
    return str(kept)


def _mapping(
    files: list[Path], log_format: str, mapping: Path | None
) -> "tuple[Inspection | None, LogMapping]":
    """What was inspected, where anything had to be, and the mapping to use."""
    from recommender_api.foreign_logs.inspect import inspect_log
    from recommender_api.foreign_logs.mapping import LogMapping

    if mapping is not None:
        return None, LogMapping.from_yaml(mapping.read_text(encoding="utf-8"))
    found = inspect_log(files[0], log_format or None)
    if found.mapping is None or not found.is_unambiguous:
        fail(_doubts(found))
    for assumed in found.assumptions:
        say(f"assumed: {assumed}")
    return found, found.mapping


def _doubts(found: "Inspection") -> str:
    doubts = "; ".join(found.ambiguities)
    return (
        f"how this log maps onto events cannot be told for sure: {doubts}. "
        "See docs/formats.md for mappings, and import with `--mapping mapping.yaml`"
    )


def _summary(document: dict[str, Any]) -> list[Any]:
    lines: list[Any] = [
        f"{document['rows']:,} rows, {document['events']:,} events",
        f"{document['new_events']:,} new, {document['duplicates']:,} known already",
    ]
    if document.get("items"):
        lines.append(f"{document['items']:,} items")
    lines += [f"skipped {count:,}: {why}" for why, count in document["skipped"].items()]
    lines += [f"rejected {count:,}: {code}" for code, count in document["reasons"].items()]
    if document["reject_file"]:
        lines.append(f"the rejected lines and their reasons: {document['reject_file']}")
    return lines


def _tell_readiness(found: "Inspection", report: "Readiness") -> None:
    for sentence in (*found.why, *found.assumptions, *found.ambiguities):
        say(sentence)
    figures = report.model_dump(mode="json", exclude={"findings", "first_rejects"})
    err.print(table(["", ""], list(figures.items())))
    for reject in report.first_rejects:
        say(f"line {reject.line}: {reject.reason} [{reject.code}]")
    for finding in report.findings:
        say(f"{finding.severity}: {finding.sentence} [{finding.code}]")
