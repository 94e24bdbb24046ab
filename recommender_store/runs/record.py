"""
One run, a training, an import or a look at the live model, as it lies in the store: a chain whose
newest revision is its state.

A run that died keeps its last state: the steps that it finished, and what each left. Whoever works
at a run writes each revision after the one before, so that of two processes one is told to stop.
"""

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from recommender_store.author import Author
from recommender_store.errors import KeyInvalid, ObjectMissing
from recommender_store.objects.scope import Scope

from .errors import RunUnknown
from .files import KeptFile, RunFiles

_REPORT = "report.html"

Status = Literal[
    "queued",
    "running",
    "promoted",
    "published",
    "imported",
    "measured",
    "refused",
    "failed",
    "dry",
    "cancelled",
]
UNDER_WAY: frozenset[Status] = frozenset({"queued", "running"})
RunKind = Literal["training", "import", "measure"]

_MEASURE = "-measure"
"""How ids of looks at the live model end, so that the newest is found without reading any other."""


class Step(BaseModel):
    """One finished step."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    duration_s: float
    result: dict[str, Any] = Field(default_factory=dict)
    cpu_s: float | None = None
    """Of all cores, by the training's process and its children; null: not measured."""
    peak_mb: float | None = None
    """Most memory that the training's process, or a child of it, held during the step."""
    peak_of: Literal["step", "process"] | None = None
    """Whether the peak is the step's own, or all that can be had: the process' since its start."""
    inputs: dict[str, str] = Field(default_factory=dict)
    """What it started from: name → digest, or number; an earlier step → digest of its outputs."""
    outputs: dict[str, KeptFile] = Field(default_factory=dict)
    """Files that it wrote, for the steps after it."""

    @property
    def outputs_sha256(self) -> str:
        return digest_of(self.outputs)


class Resumption(BaseModel):
    """A process that went on where another had ended."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: datetime
    origin: str
    during: str | None
    """The step that was under way when the other ended."""


class Launched(BaseModel):
    """Who was told to start a run's process, and where that was."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    launcher: str
    origin: str
    by: str


class Run(BaseModel):
    """What is known of one run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run_id: str
    kind: RunKind = "training"
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
    artifact_sha256: str | None = None
    """What the bundle holds, times and durations aside: the same for the same inputs."""
    asked_sha256: str | None = None
    """Digest of options, settings and code: only a run that was asked the same is gone on with."""
    is_stepwise: bool = False
    """Its steps are run one by one, by an orchestrator that knows when."""
    under_way: str | None = None
    """The step that was begun last and has not ended."""
    resumed: tuple[Resumption, ...] = ()
    launched: Launched | None = None
    """None: somebody ran it at a terminal, or an orchestrator step by step."""
    warnings: tuple[str, ...] = ()
    """What went wrong beside the training and did not matter to it."""

    def kept(self) -> dict[str, KeptFile]:
        """What its steps left, as the next one finds it."""
        return {name: file for step in self.steps for name, file in step.outputs.items()}


def new_run_id(kind: RunKind = "training") -> str:
    """Later ones sort behind: the microsecond stands before what chance adds."""
    now = datetime.now(UTC)
    ending = _MEASURE if kind == "measure" else ""
    return f"{now:%Y%m%dT%H%M%SZ}-{now.microsecond:05x}{secrets.token_hex(2)}{ending}"


def digest_of(files: Mapping[str, KeptFile]) -> str:
    """One digest of files and their names."""
    lines = "".join(f"{files[name].sha256} {name}\n" for name in sorted(files))
    return hashlib.sha256(lines.encode()).hexdigest()


class Runs:
    """The runs below one tenant's scope."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def save(self, run: Run, author: Author, *, expected: int | None = None) -> int:
        """
        Returns:
            The number of the revision, which the next one is to `expect`.

        Raises:
            RevisionConflict: where somebody else wrote since revision `expected`.
        """
        chain = self._scope.chain(run.run_id, "state")
        return chain.append(run.model_dump(mode="json"), author=author, expected=expected).number

    def find(self, run_id: str) -> Run | None:
        return self.newest(run_id)[0]

    def newest(self, run_id: str) -> tuple[Run | None, int]:
        """A run and the number of its newest revision; None and 0 where there is no such run."""
        try:
            head = self._scope.chain(run_id, "state").head()
        except KeyInvalid:
            return None, 0
        if head is None or not head.value:
            return None, head.number if head else 0
        return Run.model_validate(head.value), head.number

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

    def newest_measured(self) -> Run | None:
        """The newest look at the live model that told something."""
        looks = (self.find(one) for one in reversed(self.ids()) if one.endswith(_MEASURE))
        return next((one for one in looks if one is not None and one.status == "measured"), None)

    def files(self, run_id: str) -> RunFiles:
        """Where a run keeps what one step hands to the next."""
        return RunFiles(self._scope.at(run_id, "work"))

    def save_report(self, run_id: str, page: str) -> None:
        """Put a run's report beside its record."""
        self._scope.put(f"{run_id}/{_REPORT}", page.encode())

    def report(self, run_id: str) -> str | None:
        """The page that was kept for a run; None where there is none."""
        try:
            return self._scope.get(f"{run_id}/{_REPORT}").decode()
        except (ObjectMissing, KeyInvalid):
            return None
