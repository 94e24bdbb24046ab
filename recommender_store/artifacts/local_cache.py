"""
Bundles on this machine's disk: downloaded once, verified once, mapped by every worker.

A bundle's files are fetched into a folder of their own, held against the manifest's sizes and
digests, and only then renamed to where `fetch` finds them, so that a half bundle is never opened.
The cache is bounded: what was used longest ago goes first.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from recommender_store.errors import ArtifactCorrupt, ObjectMissing
from recommender_store.objects.keys import escape_id

from .manifest import FileRecord, Manifest

Download = Callable[[str, Path], None]


class LocalCache:
    """One folder of verified files, named by their digests and linked into bundles."""

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes

    def fetch(self, owner: str, manifest: Manifest, download: Download) -> Path:
        """
        The folder of a whole, verified bundle: its own files, and each slot's below its name.

        Args:
            owner: whose bundle it is; two owners' versions never meet.
            manifest: what the bundle holds.
            download: fetches `<version>/<path>` into a local file.

        Raises:
            ArtifactCorrupt: where a file is missing, cut or changed.
        """
        place = self._folder / escape_id(owner) / escape_id(manifest.version)
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            self._make_room(sum(file.size_bytes for file in manifest.every_file()))
            with tempfile.TemporaryDirectory(dir=place.parent, prefix=".incoming-") as temporary:
                whole = Path(temporary) / "bundle"
                _collect(manifest, download, whole)
                _rename(whole, place)
        place.touch()
        return place

    def _make_room(self, needed_bytes: int) -> None:
        bundles = sorted(self._bundles(), key=lambda path: path.stat().st_mtime)
        used = {bundle: _size(bundle) for bundle in bundles}
        total = sum(used.values()) + needed_bytes
        for bundle in bundles:
            if total <= self._limit_bytes:
                return
            shutil.rmtree(bundle, ignore_errors=True)
            total -= used[bundle]

    def _bundles(self) -> Iterable[Path]:
        return (path for path in self._folder.glob("*/*") if path.is_dir() and path.name[0] != ".")


def _collect(manifest: Manifest, download: Download, whole: Path) -> None:
    wanted = {name: file for name, file in manifest.files.items()}
    for slot, record in manifest.slots.items():
        wanted |= {f"{slot}/{name}": file for name, file in record.files.items()}
    for name, file in wanted.items():
        target = whole / name
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            download(f"{file.version}/{file.path}", target)
        except ObjectMissing as error:
            raise ArtifactCorrupt(
                version=manifest.version, file=file.path, reason="is missing"
            ) from error
        _verify(manifest.version, file, target)


def _verify(version: str, file: FileRecord, path: Path) -> None:
    size = path.stat().st_size
    if size != file.size_bytes:
        reason = f"has {size} bytes instead of {file.size_bytes}"
        raise ArtifactCorrupt(version=version, file=file.path, reason=reason)
    with path.open("rb") as stream:
        if hashlib.file_digest(stream, "sha256").hexdigest() != file.sha256:
            raise ArtifactCorrupt(version=version, file=file.path, reason="has another digest")


def _rename(whole: Path, place: Path) -> None:
    try:
        whole.rename(place)
    except OSError:
        # Another worker was faster: its bundle was verified like ours.
        if not place.is_dir():
            raise


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
