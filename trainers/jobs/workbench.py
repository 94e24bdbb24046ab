"""
Where a run's steps leave things for each other: a local folder, kept in the store step by step.

    snapshot/           the dataset
    bundle/             the files that will be published, a folder a slot
    baseline/           popularity up to the split: what the other slots must beat
    fitted/SLOT.json    which recipe filled a slot, with what
    NAME.json           measurements and verdicts
"""

import fcntl
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from recommender_store.runs.files import KeptFile, RunFiles
from recommender_store.runs.record import Step
from trainers.errors import StepMissing

from .shortage import told

T = TypeVar("T")

PREFIX = "recommender-train-"


class Workbench:
    """One run's folder."""

    def __init__(self, folder: Path, run_id: str, files: RunFiles) -> None:
        self.folder = folder
        self.run_id = run_id
        self.step = ""
        """The step under way."""
        self._files = files
        self._before: dict[str, KeptFile] = {}

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

    def bring_aside(self, name: str) -> Path:
        """A file that is no step's, as it was kept last; perhaps it is not there yet."""
        path = self.folder.parent / name
        self._files.bring(name, path)
        return path

    def keep_aside(self, name: str) -> None:
        """Keep it as it is now, so that it is there after a kill."""
        self._files.put(name, self.folder.parent / name)

    def keep(self, before: Iterable[str] = ()) -> dict[str, KeptFile]:
        """
        Keep in the store what the step that just ended wrote.

        Returns:
            These files, and those that it wrote when it was run `before`, changed or not.
        """
        now, owned = self._files.keep(self.folder), frozenset(before)
        written = {
            name: file
            for name, file in now.items()
            if name in owned or self._before.get(name) != file
        }
        self._before = now
        return written

    def restore(self, steps: Iterable[Step]) -> list[Step]:
        """
        Bring what finished steps left.

        Returns:
            The steps whose files are all there and whole; from the first that lacks one on, the
            rest is to be run again.
        """
        whole: list[Step] = []
        files: dict[str, KeptFile] = {}
        for step in steps:
            if not self._files.fetch(self.folder, step.outputs):
                _leave_only(files, self.folder)
                self._files.fetch(self.folder, files)
                break
            files |= step.outputs
            whole.append(step)
        self._before = files
        return whole


def _leave_only(files: dict[str, KeptFile], folder: Path) -> None:
    for path in list(folder.rglob("*")):
        if path.is_file() and path.relative_to(folder).as_posix() not in files:
            path.unlink()


@contextmanager
def opened_workbench(run_id: str, files: RunFiles) -> Iterator[Workbench]:
    """
    A workbench for the length of the block; what killed processes left of theirs is removed.

    Raises:
        WorkspaceFull, WorkspaceReadOnly, MemoryExhausted: what the machine lacks.
    """
    place = Path(tempfile.gettempdir())
    _sweep(place)
    with told(place), tempfile.TemporaryDirectory(prefix=PREFIX) as name, _held(Path(name)):
        folder = Path(name) / "bench"
        folder.mkdir()
        yield Workbench(folder, run_id, files)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """A lock that goes with its process, however that ends."""
    held = folder / "held"
    held.touch()
    with held.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _sweep(place: Path) -> None:
    for held in place.glob(f"{PREFIX}*/held"):
        with suppress(OSError), held.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(held.parent, ignore_errors=True)
