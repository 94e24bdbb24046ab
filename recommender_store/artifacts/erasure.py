"""
Erasing a user or a session from every bundle that a tenant has.

New files first, then the manifest as the next revision of the bundle's own chain, then the old
files go at once. Killed in between, the next erasure removes what is left.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from recommender_store.author import Author
from recommender_store.errors import ObjectMissing, RevisionConflict
from recommender_store.objects.scope import Scope

from .errors import ArtifactCorrupt
from .manifest import FileRecord, Manifest
from .rewrites import Rewrites
from .session_rows import Owner
from .user_rows import USER_ROWS, without_owner
from .verification import verify

PLATFORM = Author(by="platform", origin="erasure")
_TRIES = 5


@dataclass(frozen=True)
class Erased:
    """What an erasure came to in one bundle."""

    version: str
    knew_user: bool
    fault: str | None = None
    """Why it cannot be told who is in the bundle."""


class BundleErasure:
    """Removes users from the bundles below one scope."""

    def __init__(self, artifacts: Scope) -> None:
        self._artifacts = artifacts
        self._rewrites = Rewrites(artifacts)

    def erase(self, manifest: Manifest, owner: Owner) -> bool:
        """
        Whether the bundle knew the user.

        Raises:
            ArtifactCorrupt: where a file of users cannot be read: it cannot be told who is in it.
            RevisionConflict: where others rewrote the bundle time after time.
        """
        for _ in range(_TRIES - 1):
            try:
                return self._erase_once(manifest, owner)
            except (RevisionConflict, ArtifactCorrupt):
                newest = self._rewrites.newest(manifest)
                if newest == manifest:
                    raise
                manifest = newest
        return self._erase_once(manifest, owner)

    def _erase_once(self, manifest: Manifest, owner: Owner) -> bool:
        number = self._rewrites.number(manifest.version)
        leftovers = list(self._unnamed(manifest))
        with tempfile.TemporaryDirectory(prefix="recommender-erase-") as name:
            folder = Path(name)
            (folder / "in").mkdir()
            rewritten = without_owner(
                manifest, owner, lambda file: self._fetch(file, folder / "in"), folder / "out"
            )
            if rewritten is None and not leftovers:
                return False
            after, before = rewritten or manifest, _of_users(manifest)
            for file in _of_users(after):
                if file not in before:
                    self._artifacts.upload(
                        folder / "out" / file.path, f"{file.version}/{file.path}"
                    )
        # Also where only leftovers go: whoever works from an older manifest starts over.
        self._rewrites.append(after, number, PLATFORM)
        named = {f"{file.version}/{file.path}" for file in after.every_file()}
        gone = {f"{file.version}/{file.path}" for file in before} | set(leftovers)
        for key in sorted(gone - named):
            self._artifacts.delete(key)
        return rewritten is not None

    def _unnamed(self, manifest: Manifest) -> Iterator[str]:
        named = {f"{file.version}/{file.path}" for file in manifest.every_file()}
        for info in self._artifacts.list(manifest.version):
            if info.key.rpartition("/")[2] in USER_ROWS and info.key not in named:
                yield info.key

    def _fetch(self, file: FileRecord, folder: Path) -> Path:
        path = folder / file.sha256
        if not path.exists():
            try:
                self._artifacts.download(f"{file.version}/{file.path}", path)
            except ObjectMissing as error:
                raise ArtifactCorrupt(
                    version=file.version, file=file.path, reason="is missing"
                ) from error
            verify(file.version, file, path)
        return path


def _of_users(manifest: Manifest) -> list[FileRecord]:
    """The files that tell of users and are the bundle's own."""
    return [
        file
        for file in manifest.every_file()
        if file.path.rpartition("/")[2] in USER_ROWS and file.version == manifest.version
    ]
