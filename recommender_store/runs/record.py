"""
One training run, as it lies in the store: a chain whose newest revision is its state.

A run that died keeps its last state; who reads it can tell by its age and its steps.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from recommender_store.author import Author
from recommender_store.errors import KeyInvalid, RunUnknown
from recommender_store.objects.scope import Scope

from .files import RunFiles

Status = Literal["running", "promoted", "published", "refused", "failed", "dry"]


class Step(BaseModel):
    """One finished step."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    duration_s: float
    result: dict[str, Any] = Field(default_factory=dict)


class Run(BaseModel):
    """What is known of one run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run_id: str
    status: Status = "running"
    started_at: datetime
    ended_at: datetime | None = None
    options: dict[str, Any] = Field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    code: str | None = None
    """Why it failed or was refused: a stable code."""
    sentence: str | None = None
    version: str | None = None
    """The bundle that it published."""


class Runs:
    """The runs below one tenant's scope."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def save(self, run: Run, author: Author) -> None:
        chain = self._scope.chain(run.run_id, "state")
        chain.append(run.model_dump(mode="json"), author=author)

    def find(self, run_id: str) -> Run | None:
        try:
            head = self._scope.chain(run_id, "state").head()
        except KeyInvalid:
            return None
        return Run.model_validate(head.value) if head and head.value else None

    def get(self, run_id: str) -> Run:
        """
        Raises:
            RunUnknown: where there is no such run.
        """
        run = self.find(run_id)
        if run is None:
            raise RunUnknown(run_id=run_id)
        return run

    def all(self) -> Iterator[Run]:
        """Every run, oldest first (ids begin with their time)."""
        for run_id in self.ids():
            run = self.find(run_id)
            if run is not None:
                yield run

    def ids(self) -> list[str]:
        return self._scope.children("")

    def newest_first(self) -> Iterator[Run]:
        """Every run, read one at a time as it is asked for."""
        for run_id in reversed(self._scope.children("")):
            run = self.find(run_id)
            if run is not None:
                yield run

    def files(self, run_id: str) -> RunFiles:
        """Where a run keeps what one step hands to the next."""
        return RunFiles(self._scope.at(run_id, "work"))
