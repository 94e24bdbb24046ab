"""
What somebody who starts a training can ask for, and how they are told how far it is.
"""

from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field

from .engines import EngineName


class TrainOptions(BaseModel):
    """Options of one run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    recipes: tuple[str, ...] = ()
    """Names, or `slot=name`; the rest of the slots keep their defaults."""
    engine: EngineName = "local"
    seed: int = Field(default=0, ge=0)
    threads: int = Field(default=0, ge=0)
    """0: all cores."""
    dry_run: bool = False
    """Stop after the gate; nothing is published."""
    force_checks: str | None = Field(default=None, min_length=1)
    """Why the data is to be trained on although a check refuses it."""
    promote_despite: str | None = Field(default=None, min_length=1)
    """Why slots that the gate refuses are to go live all the same."""
    fresh: bool = Field(default=False, exclude=True)
    """Begin anew, although a run that was asked the same could be gone on with."""
    tracking_uri: str | None = Field(default=None, exclude=True, repr=False)
    """Where MLflow is to be told; may hold a password, so it is kept nowhere."""


class Report(Protocol):
    """Told as a run goes along."""

    def step(self, name: str) -> None: ...

    def resumed(self, run_id: str, finished: tuple[str, ...]) -> None: ...

    def progress(self, done: int, total: int) -> None: ...


class Silence:
    """A report that nobody reads."""

    def step(self, name: str) -> None: ...

    def resumed(self, run_id: str, finished: tuple[str, ...]) -> None: ...

    def progress(self, done: int, total: int) -> None: ...
