"""
A tenant's runs: trainings and imports, asked for, followed, cancelled.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from recommender_api.access.current import CurrentAuthor, CurrentTenant, PathRunId
from recommender_api.exchange.json_route import JsonRoute
from recommender_api.launch.jobs import Jobs
from recommender_api.launch.protocol import Sighting
from recommender_store.audit.deeds import Deed
from recommender_store.errors import KeyInvalid
from recommender_store.runs.errors import RunUnknown
from recommender_store.runs.record import Run

router = APIRouter(prefix="/v1/tenants/{tenant}", tags=["runs"], route_class=JsonRoute)

Recipe = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(=[a-z][a-z0-9_]*)?$")]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^\S[^\x00]*$")]


class NewTraining(BaseModel):
    """What `recommender train` can be asked."""

    model_config = ConfigDict(extra="forbid")

    recipe: list[Recipe] = Field(
        default=[], max_length=20, description="Recipes, or `slot=recipe`; else the defaults."
    )
    engine: Literal["local", "spark"] = "local"
    seed: int = Field(default=0, ge=0, lt=2**31)
    threads: int = Field(default=0, ge=0, le=1024, description="0: all cores.")
    dry_run: bool = Field(default=False, description="Stop after the gate.")
    force_checks: Reason | None = Field(
        default=None, description="Why to train on data that a check refuses; it is kept."
    )
    promote_despite: Reason | None = Field(
        default=None, description="Why slots that the gate refuses go live; it is kept."
    )

    def arguments(self, tenant: str, run_id: str) -> tuple[str, ...]:
        """Of the command line; each value in one word with its name, so that none is an option."""
        named = {"tenant": tenant, "run": run_id, "engine": self.engine}
        named |= {"seed": str(self.seed), "threads": str(self.threads)}
        reasons = {"force-checks": self.force_checks, "promote-despite": self.promote_despite}
        named |= {name: reason for name, reason in reasons.items() if reason is not None}
        given = [f"--{name}={value}" for name, value in named.items()]
        given += [f"--recipe={recipe}" for recipe in self.recipe]
        return ("train", *given, *(["--dry-run"] if self.dry_run else []))


@router.get("/runs")
def list_runs(space: CurrentTenant, request: Request) -> dict[str, Any]:
    jobs: Jobs = request.app.state.jobs
    return {"runs": [short_of(jobs.followed(space, one)) for one in space.runs.all()]}


@router.post("/runs", status_code=202)
def start_training(
    space: CurrentTenant,
    author: CurrentAuthor,
    request: Request,
    body: NewTraining | None = None,
) -> dict[str, Any]:
    """One at a time: 409 `job_running` names the one that is under way."""
    asked = body or NewTraining()
    jobs: Jobs = request.app.state.jobs
    options = asked.model_dump(mode="json", exclude_none=True)
    tenant = str(space.tenant_id)
    run = jobs.start(
        space, "training", options, lambda run_id: asked.arguments(tenant, run_id), author
    )
    return short_of(run)


@router.get("/runs/{run_id}")
def show_run(run_id: PathRunId, space: CurrentTenant, request: Request) -> dict[str, Any]:
    """Its steps, how it ended and why, and the last lines that its process said here."""
    jobs: Jobs = request.app.state.jobs
    with unknown_run(run_id):
        run, sighting = jobs.told(space, run_id)
    return told_whole(run, sighting)


@router.post("/runs/{run_id}:cancel")
def cancel_run(
    run_id: PathRunId, space: CurrentTenant, author: CurrentAuthor, request: Request
) -> dict[str, Any]:
    """No later step of it begins; 409 `run_ended` where it has ended."""
    jobs: Jobs = request.app.state.jobs
    with unknown_run(run_id):
        run = jobs.cancel(space, run_id, author)
    space.audit.tell(Deed("training.cancelled", (run_id,)), author)
    return short_of(run)


def short_of(run: Run) -> dict[str, Any]:
    return run.model_dump(mode="json", exclude={"steps"})


def told_whole(run: Run, sighting: Sighting) -> dict[str, Any]:
    return {**run.model_dump(mode="json"), "log_tail": list(sighting.log)}


@contextmanager
def unknown_run(run_id: str) -> Iterator[None]:
    """An id that cannot even be a key is simply unknown."""
    try:
        yield
    except KeyInvalid as error:
        raise RunUnknown(run_id=run_id) from error
