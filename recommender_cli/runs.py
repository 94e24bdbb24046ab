"""
`recommender runs list|show|report`.
"""

import sys
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from trainers.evaluation.report.durations import duration

from .options import AsJson, Tenant
from .output import emit, fail, table
from .run_summary import step_table, summary
from .stores import tenant_space

app = typer.Typer(no_args_is_help=True, help="A tenant's trainings: what they did, how it ended.")

RunId = Annotated[str, typer.Argument(help="Left out: the newest.")]


@app.command("list")
def list_runs(
    tenant: Tenant,
    limit: Annotated[int, typer.Option(min=1, help="So many, the newest first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """
    The newest trainings and imports over REST, and how they ended.

    Example: recommender runs list --tenant shop
    """
    found = list(islice(tenant_space(tenant).runs.newest_first(), limit))
    document = {"runs": [run.model_dump(mode="json", exclude={"steps"}) for run in found]}
    rows = [
        (
            run.run_id,
            run.kind,
            run.status,
            run.code,
            len(run.steps),
            run.under_way,
            len(run.resumed) or "",
            duration(sum(step.duration_s for step in run.steps)),
            run.version,
        )
        for run in found
    ]
    headers = ["run", "kind", "status", "code", "steps", "under way", "resumed", "took", "version"]
    emit(document, as_json=as_json, lines=[table(headers, rows)])


@app.command()
def show(tenant: Tenant, run: RunId = "", as_json: AsJson = False) -> None:
    """
    One training: its steps, what each took, its figures and verdicts.

    Example: recommender runs show --tenant shop
    """
    space = tenant_space(tenant)
    found = space.runs.get(run or _newest(tenant, space.runs.ids()))
    document = found.model_dump(mode="json")
    lines: list[Any] = [step_table(document), *summary(document)]
    if found.under_way and found.status == "running":
        lines.append(f"under way, or died while it was: {found.under_way}")
    emit(document, as_json=as_json, lines=lines)


@app.command()
def report(
    tenant: Tenant,
    run: RunId = "",
    output: Annotated[
        Path | None, typer.Option(help="Where to write the page; left out: to stdout.")
    ] = None,
) -> None:
    """
    One training as a page: a single HTML file that needs no network.

    Example: recommender runs report --tenant shop --output report.html
    """
    space = tenant_space(tenant)
    found = space.runs.get(run or _newest(tenant, space.runs.ids()))
    page = space.runs.report(found.run_id)
    if page is None:
        from trainers.jobs.telling import report_of

        page = report_of(space, found)
    if output is None:
        sys.stdout.write(page)
        return
    output.write_text(page, encoding="utf-8")
    emit({}, as_json=False, lines=[f"{output}: the report of run {found.run_id}"])


def _newest(tenant: str, ids: list[str]) -> str:
    if not ids:
        fail(f"'{tenant}' was never trained: `recommender train --tenant {tenant}`")
    return ids[-1]
