"""
A tenant's trainings: what became of each, why, and what the gate said.
"""

import asyncio
from itertools import islice

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from recommender_api.errors import RouteUnknown
from recommender_store.artifacts.manifest import Verdict
from recommender_store.runs.record import Run

from .pages import HEADERS, page
from .tenant_pages import visited

RUNS = 50
REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
"""Beside the report's own, which names its style by digest."""


async def list_runs(request: Request) -> Response:
    space, settings = await visited(request)
    found = await asyncio.to_thread(lambda: list(islice(space.runs.newest_first(), RUNS)))
    return page(request, "runs.html", tenant=settings, runs=found)


async def show_run(request: Request) -> Response:
    space, settings = await visited(request)
    run = await asyncio.to_thread(space.runs.get, request.path_params["run"])
    report = await asyncio.to_thread(space.runs.report, run.run_id)
    return page(
        request,
        "run.html",
        tenant=settings,
        run=run,
        verdicts=_verdicts(run),
        findings=_result(run, "check").get("findings") or [],
        left_empty={
            step.name.removeprefix("fit:"): step.result["left_empty"]
            for step in run.steps
            if "left_empty" in step.result
        },
        has_report=report is not None,
    )


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
