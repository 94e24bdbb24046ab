"""
What the steps of a run hand to each other, or to the process that goes on after a kill.

Every file lies under the digest of its bytes, so that a file is whole or not there, nothing is
ever replaced, and which files count is decided by the run's record alone. Beside them lies the
run's pulse, by which others see that it is still worked at.
"""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from recommender_store.errors import ObjectMissing
from recommender_store.objects.scope import Scope

_PULSE = "pulse"


class KeptFile(BaseModel):
    """One file that a step left."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: str
    size_bytes: int


class RunFiles:
    """One run's files in the store."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._kept: set[str] = set()
        self._known: dict[Path, tuple[tuple[int, int], KeptFile]] = {}

    def keep(self, folder: Path) -> dict[str, KeptFile]:
        """
        Put there whatever of the folder is not there yet.

        Returns:
            Path below the folder → what lies there now.
        """
        found = {}
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            file = self._described(path)
            if file.sha256 not in self._kept:
                self._scope.upload(path, file.sha256)
                self._kept.add(file.sha256)
            found[path.relative_to(folder).as_posix()] = file
        return found

    def fetch(self, folder: Path, files: Mapping[str, KeptFile]) -> bool:
        """Bring these files; False where one of them is gone or damaged, and all is to be made."""
        for name, file in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._scope.download(file.sha256, path)
            except ObjectMissing:
                return False
            if self._described(path) != file:
                return False
            self._kept.add(file.sha256)
        return True

    def discard(self) -> None:
        """Remove everything: the run has ended."""
        for found in list(self._scope.list("")):
            self._scope.delete(found.key)

    def is_empty(self) -> bool:
        return next(iter(self._scope.list("")), None) is None

    def put(self, name: str, path: Path) -> None:
        """Put a file there under a name of its own, in place of what had the name."""
        self._scope.upload(path, name)

    def bring(self, name: str, path: Path) -> None:
        """Bring what lies there under a name of its own, if anything does."""
        with suppress(ObjectMissing):
            self._scope.download(name, path)

    def beat(self, pulse: bytes) -> None:
        """Say that the run is worked at."""
        self._scope.put(_PULSE, pulse)

    def stop_beating(self) -> None:
        self._scope.delete(_PULSE)

    def pulse(self) -> bytes | None:
        """What was said last; None: nothing, or the run has ended."""
        try:
            return self._scope.get(_PULSE)
        except ObjectMissing:
            return None

    def _described(self, path: Path) -> KeptFile:
        """Its size and digest; a file that was not written since is not read again."""
        stat = path.stat()
        written = (stat.st_mtime_ns, stat.st_size)
        known = self._known.get(path)
        if known is None or known[0] != written:
            with path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            known = (written, KeptFile(sha256=digest, size_bytes=stat.st_size))
            self._known[path] = known
        return known[1]
