"""
Logs that a tenant has imported from a bucket or folder: asked for here, read by a job.
"""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from recommender_api.access.current import CurrentAuthor, CurrentTenant, PathRunId
from recommender_api.errors import FieldFault, RequestInvalid
from recommender_api.exchange.json_route import JsonRoute
from recommender_api.foreign_logs.errors import FormatUnknown, MappingInvalid, PlaceRefused
from recommender_api.launch.jobs import Jobs
from recommender_store.runs.errors import RunUnknown

from .runs import short_of, told_whole, unknown_run

router = APIRouter(prefix="/v1/tenants/{tenant}", tags=["runs"], route_class=JsonRoute)


class NewImport(BaseModel):
    """Where a log lies, and how it is read where that cannot be guessed."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    place: str = Field(
        alias="from",
        min_length=1,
        max_length=1024,
        description="`s3://bucket/key`, `file:///folder/file`; with a slash at the end: all below.",
    )
    format: str | None = Field(default=None, max_length=100, description="A built-in format.")
    mapping: dict[str, Any] | None = Field(
        default=None, description="As `events inspect` writes it, as JSON."
    )


@router.post("/imports", status_code=202)
def start_import(
    body: NewImport, space: CurrentTenant, author: CurrentAuthor, request: Request
) -> dict[str, Any]:
    """Starts a run; only from below a prefix that an admin listed for the tenant."""
    from recommender_api.foreign_logs.import_places import allowed_place

    settings = request.app.state.store.settings
    try:
        allowed_place(body.place, space.settings().imports.prefixes, settings)
    except PlaceRefused as error:
        raise RequestInvalid([FieldFault("/from", error.code, str(error))]) from error
    _check_reading(body)
    jobs: Jobs = request.app.state.jobs
    options = body.model_dump(mode="json", by_alias=True, exclude_none=True)
    tenant = f"--tenant={space.tenant_id}"
    command = ("events", "import-run", tenant)
    run = jobs.start(space, "import", options, lambda run_id: (*command, f"--run={run_id}"), author)
    return short_of(run)


@router.get("/imports/{run_id}")
def show_import(run_id: PathRunId, space: CurrentTenant, request: Request) -> dict[str, Any]:
    """As `GET /runs/{run_id}`, of imports alone."""
    jobs: Jobs = request.app.state.jobs
    with unknown_run(run_id):
        run, sighting = jobs.told(space, run_id)
    if run.kind != "import":
        raise RunUnknown(run_id=run_id)
    return told_whole(run, sighting)


def _check_reading(body: NewImport) -> None:
    """What can be known to be wrong without a look at the log."""
    from recommender_api.foreign_logs.formats.built_in import format_named
    from recommender_api.foreign_logs.mapping import LogMapping

    if body.format is not None and body.mapping is not None:
        detail = "send a format or a mapping, not both"
        raise RequestInvalid([FieldFault("/format", "ambiguous", detail)])
    try:
        if body.format is not None:
            format_named(body.format)
        if body.mapping is not None:
            LogMapping.from_document(body.mapping)
    except FormatUnknown as error:
        raise RequestInvalid([FieldFault("/format", error.code, str(error))]) from error
    except MappingInvalid as error:
        raise RequestInvalid([FieldFault("/mapping", error.code, str(error))]) from error
