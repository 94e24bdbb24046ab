"""
A tenant's trainings and imports: what became of each, why, what the gate said, what the process
says; and a training that is asked for, or cancelled.
"""

import asyncio
from itertools import islice
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from recommender_api.access.current import current_author
from recommender_api.admin import runs
from recommender_api.console.look.pages import HEADERS, page
from recommender_api.console.tenant_pages import led_to, visited
from recommender_api.errors import RouteUnknown
from recommender_store.artifacts.manifest import Verdict
from recommender_store.runs.record import UNDER_WAY, Run

from .watched import is_still, watched

RUNS = 50
REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
"""Beside the report's own, which names its style by digest."""


async def list_runs(request: Request) -> Response:
    space, settings = await visited(request)
    jobs = request.app.state.jobs
    found = await asyncio.to_thread(
        lambda: [jobs.followed(space, one) for one in islice(space.runs.newest_first(), RUNS)]
    )
    return page(request, "runs.html", tenant=settings, runs=found)


async def show_run(request: Request) -> Response:
    space, settings = await visited(request)
    jobs = request.app.state.jobs
    run, seen = await asyncio.to_thread(jobs.told, space, request.path_params["run"])
    report = await asyncio.to_thread(space.runs.report, run.run_id)
    is_under_way = run.status in UNDER_WAY
    response = page(
        request,
        "run.html",
        tenant=settings,
        run=run,
        verdicts=_verdicts(run),
        findings=_result(run, "check").get("findings") or [],
        imported={
            name: one for name, one in _result(run, "import").items() if one and name != "seconds"
        },
        left_empty={
            step.name.removeprefix("fit:"): step.result["left_empty"]
            for step in run.steps
            if "left_empty" in step.result
        },
        has_report=report is not None,
        log=seen.log,
        is_under_way=is_under_way,
        is_still=is_still(request),
    )
    return watched(request, response) if is_under_way else response


async def ask(request: Request) -> Response:
    """Begin a training with the tenant's settings, or cancel a run."""
    there = await visited(request)
    author, form = current_author(request), request.state.form
    if form["do"] == "cancel":
        await asyncio.to_thread(runs.cancel_run, form["run"], there.space, author, request)
        return led_to(there.space.tenant_id, f"/runs/{quote(form['run'])}", "cancelled")
    begun = await asyncio.to_thread(runs.start_training, there.space, author, request)
    return led_to(there.space.tenant_id, f"/runs/{begun['run_id']}", "training-asked")


async def show_report(request: Request) -> Response:
    """The page that the training left."""
    space, _ = await visited(request)
    report = await asyncio.to_thread(space.runs.report, request.path_params["run"])
    if report is None:
        raise RouteUnknown
    return HTMLResponse(report, headers={**HEADERS, "content-security-policy": REPORT_POLICY})


def _verdicts(run: Run) -> list[Verdict]:
    said = _result(run, "gate").values()
    return [
        Verdict.model_construct(**{"sentence": "", "passed": False, "slot": "", **one})
        for one in said
        if isinstance(one, dict)
    ]


def _result(run: Run, name: str) -> dict[str, object]:
    return next((step.result for step in run.steps if step.name == name), {})
