"""
Where a run's steps leave things for each other: a local folder, kept in the store between steps.

    snapshot/           the dataset
    bundle/             the files that will be published, a folder a slot
    baseline/           popularity up to the split: what the other slots must beat
    fitted/SLOT.json    which recipe filled a slot, with what
    NAME.json           measurements and verdicts
"""

import errno
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from recommender_store.runs.files import RunFiles
from trainers.errors import StepMissing, WorkspaceFull

T = TypeVar("T")


class Workbench:
    """One run's folder."""

    def __init__(self, folder: Path, run_id: str) -> None:
        self.folder = folder
        self.run_id = run_id
        self.step = ""
        """The step under way."""

    @property
    def snapshot(self) -> Path:
        return self.folder / "snapshot"

    @property
    def bundle(self) -> Path:
        return self.folder / "bundle"

    @property
    def baseline(self) -> Path:
        return self.folder / "baseline"

    def write(self, name: str, value: Any) -> None:
        path = self.folder / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(msgspec.json.encode(value))

    def has(self, name: str) -> bool:
        return (self.folder / f"{name}.json").exists()

    def read(self, name: str, kind: type[T], *, needs: str) -> T:
        """
        Raises:
            StepMissing: where the step that leaves it was not run.
        """
        path = self.require(self.folder / f"{name}.json", needs)
        return msgspec.json.decode(path.read_bytes(), type=kind)

    def require(self, path: Path, needs: str) -> Path:
        """
        Raises:
            StepMissing: where the path is not there, because the step `needs` was not run.
        """
        if not path.exists():
            raise StepMissing(step=self.step, needs=needs, run_id=self.run_id)
        return path


@contextmanager
def opened_workbench(run_id: str, kept: RunFiles | None) -> Iterator[Workbench]:
    """
    A workbench for the length of the block.

    With `kept`, what earlier steps left there is fetched first, and what is new is put there at the
    end, also when the block fails: a step that ran need not run again.

    Raises:
        WorkspaceFull: where there is no room left for it.
    """
    with tempfile.TemporaryDirectory(prefix="recommender-train-") as name:
        folder = Path(name)
        if kept is not None:
            kept.fetch(folder)
        try:
            yield Workbench(folder, run_id)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise WorkspaceFull(folder=tempfile.gettempdir()) from error
            raise
        finally:
            if kept is not None:
                kept.keep(folder)
