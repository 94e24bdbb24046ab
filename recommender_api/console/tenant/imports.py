"""
Logs that a tenant has imported: what came of each, what its process says, and a new one.
"""

import asyncio
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from recommender_api.access.current import current_author
from recommender_api.admin.imports import NewImport, start_import
from recommender_api.console.look.pages import page, status_beside
from recommender_api.console.records import record_text
from recommender_api.console.tenant_pages import Visited, led_to, visited
from recommender_api.console.training.watched import is_still, watched
from recommender_api.errors import ApiError, FieldFault, RequestInvalid
from recommender_api.exchange.field_faults import field_faults
from recommender_api.launch.jobs import Jobs
from recommender_store.runs.record import UNDER_WAY, Run
from recommender_store.tenant_space import TenantSpace

IMPORTS = 20
SAID = 12
"""Last lines of each process that are shown in the list; its own page has more."""


@dataclass(frozen=True)
class _Shown:
    """One import in the list."""

    run: Run
    log: tuple[str, ...]

    @property
    def report(self) -> dict[str, Any]:
        """What it told at its end."""
        return self.run.steps[0].result if self.run.steps else {}


async def list_imports(request: Request) -> Response:
    return await _listed(request, await visited(request))


async def ask(request: Request) -> Response:
    """Begin one, from below a prefix that an admin listed."""
    there = await visited(request)
    try:
        wanted = _wanted(request)
        author = current_author(request)
        begun = await asyncio.to_thread(start_import, wanted, there.space, author, request)
    except ApiError as error:
        return await _listed(request, there, error)
    return led_to(there.space.tenant_id, f"/runs/{begun['run_id']}", "import-asked")


def _wanted(request: Request) -> NewImport:
    form = request.state.form
    asked: dict[str, Any] = {"from": form["from"].strip(), "format": form.said("format")}
    if form.said("mapping"):
        asked["mapping"] = record_text.read(form["mapping"])
    try:
        return NewImport.model_validate(asked)
    except ValidationError as error:
        raise RequestInvalid([*field_faults(error.errors(), ("from", "format"))]) from error


async def _listed(request: Request, there: Visited, error: ApiError | None = None) -> Response:
    from recommender_api.foreign_logs.formats.built_in import FORMATS

    shown = await asyncio.to_thread(_read, there.space, request.app.state.jobs)
    is_under_way = any(one.run.status in UNDER_WAY for one in shown)
    response = page(
        request,
        "imports.html",
        status=status_beside(error),
        tenant=there.settings,
        imports=shown,
        prefixes=there.settings.imports.prefixes,
        formats=list(FORMATS),
        faults={} if error is None else _faults(error),
        sent=request.state.form,
        is_watched=is_under_way,
        is_still=is_still(request),
    )
    return watched(request, response) if is_under_way else response


def _read(space: TenantSpace, jobs: Jobs) -> list[_Shown]:
    runs = (run for run in space.runs.newest_first() if run.kind == "import")
    told = (jobs.told(space, run.run_id) for run in islice(runs, IMPORTS))
    return [_Shown(run, seen.log[-SAID:]) for run, seen in told]


def _faults(error: ApiError) -> dict[str, str]:
    """By field of the form; '' for the whole."""
    faults = error.faults or [FieldFault("", error.code, str(error))]
    return {one.pointer.split("/")[1] if one.pointer else "": one.detail for one in faults}
