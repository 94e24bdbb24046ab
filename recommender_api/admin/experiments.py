"""
A tenant's experiments: put, shown, listed, deleted, with every revision.

A change counts on this replica before its answer goes, on the others within a second.
"""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request, Response

from recommender_api.access.current import CurrentAuthor, CurrentTenant, PathExperimentId
from recommender_api.errors import ExperimentUnknown
from recommender_api.exchange.documented import body_of
from recommender_api.exchange.json_route import JsonRoute
from recommender_api.experiments.figures import figures_of
from recommender_api.rules.checking import Known
from recommender_api.rules.checking_experiments import read_experiment
from recommender_store.author import Author
from recommender_store.policies.experiment import Experiment
from recommender_store.tenant_space import TenantSpace

from .deciding import (
    IfMatch,
    Paged,
    decided,
    delete,
    found,
    known_of,
    listed,
    revisions_of,
    sent,
    shown,
)

router = APIRouter(prefix="/v1/tenants/{tenant}", tags=["experiments"], route_class=JsonRoute)

Document = dict[str, Any]
Sent = Annotated[Any, Body()]

WithFigures = Annotated[
    bool,
    Query(description="Beside the record, what it showed: reads the log, up to 90 days of it."),
]

_EXPERIMENT = body_of(Experiment)


@router.get("/experiments")
def list_experiments(space: CurrentTenant, page: Paged) -> Document:
    """By id; the disabled and the ended ones too."""
    experiments, cursor = listed(space.policies.experiments, page)
    return {"experiments": experiments, "cursor": cursor}


@router.post("/experiments", openapi_extra=_EXPERIMENT)
async def write_experiment(
    body: Sent,
    request: Request,
    space: CurrentTenant,
    author: CurrentAuthor,
    if_match: IfMatch = None,
) -> Document:
    """The same as `PUT`, with the id in the body."""
    return await _write(sent(body, None, if_match), request, space, author)


@router.put("/experiments/{experiment}", openapi_extra=_EXPERIMENT)
async def put_experiment(
    experiment: PathExperimentId,
    body: Sent,
    request: Request,
    space: CurrentTenant,
    author: CurrentAuthor,
    if_match: IfMatch = None,
) -> Document:
    """The experiment as a whole; what is left out has its default."""
    return await _write(sent(body, experiment, if_match), request, space, author)


@router.get("/experiments/{experiment}")
def show_experiment(
    experiment: PathExperimentId, space: CurrentTenant, *, figures: WithFigures = False
) -> Document:
    """The record; with figures, what came of its variants' answers beside each other."""
    record = found(space.policies.experiments, experiment)
    if record is None:
        raise ExperimentUnknown(experiment)
    if not figures:
        return record
    (known,) = (one for one in space.policies.decided().experiments if one.id == experiment)
    told = figures_of(space, known, datetime.now(UTC))
    return record | {"figures": told.model_dump(mode="json")}


@router.delete("/experiments/{experiment}", status_code=204)
async def delete_experiment(
    experiment: PathExperimentId,
    request: Request,
    space: CurrentTenant,
    author: CurrentAuthor,
    if_match: IfMatch = None,
) -> Response:
    """Everybody gets the placements themselves again; its revisions stay."""
    gone = await decided(
        request, space, lambda: delete(space.policies.experiments, experiment, author, if_match)
    )
    if gone is None:
        raise ExperimentUnknown(experiment)
    return Response(status_code=204)


@router.get("/experiments/{experiment}/revisions")
def list_experiment_revisions(
    experiment: PathExperimentId, space: CurrentTenant, page: Paged
) -> Document:
    """Who decided what, and when; the newest first."""
    told = revisions_of(space.policies.experiments, experiment, page)
    if not told["revisions"]:
        raise ExperimentUnknown(experiment)
    return told


async def _write(
    asked: tuple[Document, int | None], request: Request, space: TenantSpace, author: Author
) -> Document:
    value, expected = asked
    known = await asyncio.to_thread(_known, space)
    experiment = read_experiment(value, known)
    record = experiment.model_dump(mode="json", exclude_none=True)
    chain = space.policies.experiments
    entry = await decided(
        request,
        space,
        lambda: chain.put(experiment.id, record, author=author, expected=expected),
    )
    return shown(experiment.id, record, entry)


def _known(space: TenantSpace) -> Known:
    """The models too, which no other record may speak of: each has a manifest to be read."""
    return replace(known_of(space), models=[one.version for one in space.models.versions()])
