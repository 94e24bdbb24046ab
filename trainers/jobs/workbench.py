"""
Where a run's steps leave things for each other: a local folder, kept in the store between steps.

    snapshot/           the dataset
    bundle/             the files that will be published, a folder a slot
    fitted/SLOT.json    which recipe filled a slot, with what
    NAME.json           measurements and verdicts
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from recommender_store.runs.files import RunFiles
from trainers.errors import StepMissing


T = TypeVar("T")


class Workbench:
    """One run's folder."""

    def __init__(self, folder: Path, run_id: str) -> None:
        self.folder = folder
        self.run_id = run_id

    @property
    def snapshot(self) -> Path:
        return self.folder / "snapshot"

    @property
    def bundle(self) -> Path:
        return self.folder / "bundle"

    def write(self, name: str, value: Any) -> None:
        path = self.folder / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(msgspec.json.encode(value))

    def has(self, name: str) -> bool:
        return (self.folder / f"{name}.json").exists()

    def read(self, name: str, kind: type[T], *, step: str, needs: str) -> T:
        """
        Raises:
            StepMissing: where the step that leaves it was not run.
        """
        path = self.folder / f"{name}.json"
        if not path.exists():
            raise StepMissing(step=step, needs=needs, run_id=self.run_id)
        return msgspec.json.decode(path.read_bytes(), type=kind)


@contextmanager
def opened_workbench(run_id: str, kept: RunFiles | None) -> Iterator[Workbench]:
    """
    A workbench for the length of the block.

    With `kept`, what earlier steps left there is fetched first, and what is new is put there at the
    end, also when the block fails: a step that ran need not run again.
    """
    with tempfile.TemporaryDirectory(prefix="recommender-train-") as name:
        folder = Path(name)
        if kept is not None:
            kept.fetch(folder)
        try:
            yield Workbench(folder, run_id)
        finally:
            if kept is not None:
                kept.keep(folder)
