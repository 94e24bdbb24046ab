"""
`recommender events inspect|import|ledger`.
"""

import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .import_progress import ImportProgress, import_progress
from .import_run import import_run
from .ledger import ledger
from .log_places import local_files
from .options import AsJson, Tenant
from .output import REFUSED, emit, err, fail, say, sentence, table
from .stores import tenant_space

if TYPE_CHECKING:
    from recommender_api.foreign_logs.inspect import Inspection
    from recommender_api.foreign_logs.mapping import LogMapping
    from recommender_api.foreign_logs.readiness import Readiness
    from recommender_store.event_log.imports import ImportRecord
    from recommender_store.tenant_space import TenantSpace

    from .event_import import LogToImport

app = typer.Typer(no_args_is_help=True, help="Bring logs in any format; see what became of events.")
app.command()(ledger)
app.command("import-run", hidden=True)(import_run)

Format = Annotated[
    str, typer.Option("--format", help="movielens, online-retail or retailrocket; else guessed.")
]
MappingFile = Annotated[
    Path | None,
    typer.Option("--mapping", exists=True, dir_okay=False, help="YAML from `events inspect`."),
]


@app.command()
def inspect(
    file: Annotated[str, typer.Argument(help="CSV, TSV, JSON lines, Parquet; a path, s3://….")],
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

    with local_files([file], os.environ) as files, import_progress(wanted=not as_json) as progress:
        progress.step("looking")
        found = inspect_log(files[0], log_format or None)
        if found.mapping is None:
            fail(_doubts(found))
        known = [item_id for item_id, _ in tenant_space(tenant).catalog.state()] if tenant else None
        report = readiness(
            found.paths if len(files) == 1 else files,
            found.mapping,
            received_at=datetime.now(UTC),
            known_items=known,
            progress=progress,
        )
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
        for sentence in (*found.why, *found.assumptions, *found.ambiguities):
            say(sentence)
        tell_readiness(report)


@app.command("import")
def import_events(
    tenant: Tenant,
    files: Annotated[
        list[str],
        typer.Argument(
            help="One log, in as many files: paths, s3://bucket/key, or s3://bucket/prefix/ for "
            "all below it."
        ),
    ],
    log_format: Format = "",
    mapping: MappingFile = None,
    without_items: Annotated[
        bool, typer.Option("--without-items", help="Leave the items alone that the log tells of.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Also what was imported already, as after an erasure.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """
    Bring a log: each event once, however often it comes; bad lines go to a reject file.

    Killed and started again, it goes on where it was.

    Example: recommender events import --tenant shop OnlineRetail.csv.gz
    """
    space = tenant_space(tenant)
    with local_files(files, os.environ) as paths:
        document = import_log(
            space,
            paths,
            log_format,
            mapping,
            with_items=not without_items,
            again=again,
            is_watched=not as_json,
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
    again: bool = False,
    is_watched: bool = True,
) -> dict[str, Any]:
    """Read, store, and tell what became of every row."""
    from .event_import import LogToImport

    with import_progress(wanted=is_watched) as progress:
        progress.step("looking")
        found, used = chosen_mapping(files, log_format, mapping)
        paths = list(found.paths) if found and len(files) == 1 else files
        log = LogToImport(paths, used, found, with_items)
        return import_log_as(space, log, progress, again=again)


def import_log_as(
    space: "TenantSpace", log: "LogToImport", progress: "ImportProgress", *, again: bool = False
) -> dict[str, Any]:
    """The same for a log whose mapping is chosen."""
    from .event_import import LogImport

    progress.step("looking for an earlier import")
    this = LogImport(space, log, progress)
    before = None if again else this.finished_before()
    return _told_again(before) if before else this.run(_rejects_beside(log))


def _told_again(before: "ImportRecord") -> dict[str, Any]:
    """What an import tells that had nothing to do."""
    return {
        **before.report,
        "new_events": 0,
        "duplicates": before.report["events"] - before.report.get("erased", 0),
        "items": 0,
        "reject_file": None,
        "imported_at": before.finished_at,
    }


def _rejects_beside(log: "LogToImport") -> Callable[[Path], str]:
    """Keeps the rejected lines in the folder of whoever runs the command."""

    def keep(path: Path) -> str:
        kept = Path(f"{log.paths[0].name}.rejects.jsonl").absolute()
        shutil.copyfile(path, kept)
        return str(kept)

    return keep


def chosen_mapping(
    files: list[Path], log_format: str, mapping: Path | None
) -> "tuple[Inspection | None, LogMapping]":
    """What was inspected, where anything had to be, and the mapping to use; ends where in doubt."""
    from recommender_api.foreign_logs.errors import MappingInvalid
    from recommender_api.foreign_logs.inspect import inspect_log
    from recommender_api.foreign_logs.mapping import LogMapping

    if mapping is not None:
        try:
            return None, LogMapping.from_yaml(mapping.read_text(encoding="utf-8"))
        except MappingInvalid as error:
            fail(f"{mapping.name}: {sentence(error)}")
    found = inspect_log(files[0], log_format or None)
    if found.mapping is None or not found.is_unambiguous:
        fail(_doubts(found))
    for assumed in found.assumptions:
        say(f"assumed: {assumed}")
    return found, found.mapping


def _doubts(found: "Inspection") -> str:
    from recommender_api.foreign_logs.formats.built_in import FORMATS

    doubts = "; ".join(found.ambiguities)
    return (
        f"how this log maps onto events cannot be told for sure: {doubts}. `recommender events "
        "inspect FILE > mapping.yaml` writes what can be guessed; correct it (docs/formats.md), "
        "then pass `--mapping mapping.yaml`; or `--format` with one of "
        f"{', '.join(FORMATS)}, where it is one of these"
    )


def _summary(document: dict[str, Any]) -> list[Any]:
    if "imported_at" in document:
        moment = datetime.fromisoformat(str(document["imported_at"]))
        done = f"imported already on {moment:%Y-%m-%d %H:%M} UTC: {document['events']:,} events"
        return [f"{done}; nothing to do (--again imports it all the same)"]
    lines: list[Any] = [
        f"{document['rows']:,} rows, {document['events']:,} events",
        f"{document['new_events']:,} new, {document['duplicates']:,} known already",
    ]
    if document["erased"]:
        lines.append(f"{document['erased']:,} left out: their users were erased since")
    if document.get("items"):
        lines.append(f"{document['items']:,} items")
    lines += [f"skipped {count:,}: {why}" for why, count in document["skipped"].items()]
    lines += [f"rejected {count:,}: {code}" for code, count in document["reasons"].items()]
    if document["reject_file"]:
        lines.append(f"the rejected lines and their reasons: {document['reject_file']}")
    return lines


def tell_readiness(report: "Readiness") -> None:
    """On stderr: the counts, the first bad lines, the findings."""
    err.print(table(["", ""], _figures(report)))
    for reject in report.first_rejects:
        say(f"line {reject.line}: {reject.reason} [{reject.code}]")
    for finding in report.findings:
        say(f"{finding.severity}: {finding.sentence} [{finding.code}]")


def _figures(report: "Readiness") -> list[tuple[str, str]]:
    """What there is any of, as people read it."""
    figures = [
        (name, f"{count:,}")
        for name in (
            "rows", "events", "users", "sessions", "items", "duplicates", "rejected", "unreadable",
        )
        if (count := getattr(report, name))
    ]  # fmt: skip
    if report.period:
        first, last = report.period
        figures.append(("period", f"{first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC"))
    for name in ("kinds", "skipped", "reasons"):
        counts = getattr(report, name)
        if counts:
            figures.append((name, ", ".join(f"{one} {count:,}" for one, count in counts.items())))
    return figures
