"""
What the steps of a run hand to each other, when each is run by another process.
"""

from pathlib import Path

from recommender_store.objects.scope import Scope


class RunFiles:
    """One run's files in the store, mirrored into a folder and back."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._fetched: dict[str, int] = {}

    def fetch(self, folder: Path) -> None:
        """Bring everything that earlier steps left."""
        for found in self._scope.list(""):
            path = folder / found.key
            path.parent.mkdir(parents=True, exist_ok=True)
            self._scope.download(found.key, path)
            self._fetched[found.key] = path.stat().st_mtime_ns

    def discard(self) -> None:
        """Remove everything: the run has ended."""
        for found in list(self._scope.list("")):
            self._scope.delete(found.key)

    def is_empty(self) -> bool:
        return next(iter(self._scope.list("")), None) is None

    def keep(self, folder: Path) -> None:
        """Put there what is new or was changed since `fetch`."""
        for path in sorted(folder.rglob("*")):
            key = path.relative_to(folder).as_posix()
            if path.is_file() and self._fetched.get(key) != path.stat().st_mtime_ns:
                self._scope.upload(path, key)
