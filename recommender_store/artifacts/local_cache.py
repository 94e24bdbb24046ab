"""
Bundles on this machine's disk, and what was made of them there: downloaded once, verified once,
mapped by every worker.

A bundle's files are fetched into a folder of their own, held against the manifest's sizes and
digests, and only then renamed to where `fetch` finds them, so that a half bundle is never opened.
The cache is bounded: what was used longest ago goes first. What a process has mapped stays
readable to it after its file is gone.
"""

import errno
import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from recommender_store.errors import ObjectMissing, StoreFull
from recommender_store.objects.keys import check_key, escape_id

from .errors import ArtifactCorrupt
from .manifest import Manifest
from .verification import verify

Download = Callable[[str, Path], None]

_HIDDEN = "."
"""Folders that begin so are on their way in or out."""

STALE_S = 24 * 3600
"""No download takes a day: its process has died."""

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class _Kept(NamedTuple):
    used_at: float
    size_bytes: int
    folder: Path


class LocalCache:
    """One folder of whole, verified bundles, shared by all processes of this machine."""

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
            StoreFull: where this machine has no room for the bundle.
        """
        place = self._folder / escape_id(owner) / _place_name(manifest)
        if place.exists() and not _is_whole(place, manifest):
            _remove(place)
        if not place.exists():
            with _room_needed(place):
                self._bring(manifest, download, place)
        self.forget_others(owner, manifest)
        with suppress(FileNotFoundError):  # another process made room with it just now
            os.utime(place)
        return place

    @contextmanager
    def part(
        self, owner: str, manifest: Manifest, wanted: Collection[str], download: Download
    ) -> Iterator[Path]:
        """
        A folder that holds some files of a bundle, verified, for as long as the block lasts.

        It is the whole bundle's where that is here, else one of their own, which counts for
        nothing and is gone afterwards.

        Args:
            owner: as `fetch`.
            manifest: as `fetch`.
            wanted: where the files lie in a whole bundle.
            download: as `fetch`.

        Raises:
            ArtifactCorrupt, StoreFull: as `fetch`.
        """
        place = self._folder / escape_id(owner) / _place_name(manifest)
        if place.exists() and _is_whole(place, manifest):
            yield place
            return
        with _room_needed(place):
            place.parent.mkdir(parents=True, exist_ok=True)
            temporary = Path(tempfile.mkdtemp(dir=place.parent, prefix=f"{_HIDDEN}in-"))
        try:
            with _room_needed(place):
                _collect(manifest, download, temporary, wanted)
            yield temporary
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

    def forget_others(self, owner: str, manifest: Manifest) -> None:
        """Remove what was kept of the version under other manifests: a user was erased since."""
        name = _place_name(manifest)
        stem = name.rpartition("-")[0]
        for folder in (self._folder / escape_id(owner)).glob(f"{stem}-*"):
            if folder.name != name and folder.name.rpartition("-")[0] == stem:
                _remove(folder)

    def discard(self, place: Path) -> None:
        """Forget a bundle; the next fetch brings and verifies it anew."""
        _remove(place)

    def find(self, owner: str, name: str) -> Path | None:
        """The folder that `making` made under this name, if it is still there."""
        place = self._folder / escape_id(owner) / name
        with suppress(FileNotFoundError):  # another process made room with it just now
            os.utime(place)
            return place
        return None

    def find_all(self, owner: str, beginning: str) -> list[Path]:
        """What `making` made under names that begin so, what was used last first."""
        found: list[tuple[float, Path]] = []
        for folder in (self._folder / escape_id(owner)).glob(f"{beginning}*"):
            with suppress(FileNotFoundError):  # the same
                found.append((folder.stat().st_mtime, folder))
        return [folder for _, folder in sorted(found, reverse=True)]

    @contextmanager
    def making(self, owner: str, name: str) -> Iterator[Path]:
        """
        A folder to fill: found under its name once it is whole, in place of what was there. It is
        bounded with the bundles, and goes as they do.

        Raises:
            OSError: where this machine has no room for it.
        """
        place = self._folder / escape_id(owner) / name
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent, prefix=f"{_HIDDEN}in-") as temporary:
            whole = Path(temporary) / name
            whole.mkdir()
            yield whole
            self._make_room(_size(whole))
            _remove(place)
            _rename(whole, place)

    @contextmanager
    def scratch(self, owner: str) -> Iterator[Path]:
        """A folder for as long as the block lasts; what lies there counts for nothing."""
        parent = self._folder / escape_id(owner)
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=parent, prefix=f"{_HIDDEN}in-") as temporary:
            yield Path(temporary)

    @contextmanager
    def alone(self, owner: str) -> Iterator[None]:
        """Waits until nobody else of this machine is in here for the same owner."""
        place = self._folder / escape_id(owner) / f"{_HIDDEN}lock"
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _bring(self, manifest: Manifest, download: Download, place: Path) -> None:
        place.parent.mkdir(parents=True, exist_ok=True)
        self._make_room(sum(file.size_bytes for file in manifest.every_file()))
        with tempfile.TemporaryDirectory(dir=place.parent, prefix=f"{_HIDDEN}in-") as temporary:
            whole = Path(temporary) / "bundle"
            _collect(manifest, download, whole)
            _rename(whole, place)

    def _make_room(self, needed_bytes: int) -> None:
        kept = sorted(self._kept())
        excess = sum(one.size_bytes for one in kept) + needed_bytes - self._limit_bytes
        for one in kept:
            if excess <= 0:
                return
            _remove(one.folder)
            excess -= one.size_bytes

    def _kept(self) -> Iterator[_Kept]:
        """Every whole bundle; what dead processes left on its way is removed in passing."""
        for folder in self._folder.glob("*/*"):
            with suppress(FileNotFoundError):
                used_at = folder.stat().st_mtime
                if not folder.name.startswith(_HIDDEN):
                    yield _Kept(used_at, _size(folder), folder)
                elif used_at < time.time() - STALE_S:
                    shutil.rmtree(folder, ignore_errors=True)


def _is_whole(place: Path, manifest: Manifest) -> bool:
    """Whether every file is still there, as long as it was: a look at names, not at bytes."""
    try:
        return all(
            (place / name).stat().st_size == file.size_bytes
            for name, file in manifest.places().items()
        )
    except OSError:
        return False


def _place_name(manifest: Manifest) -> str:
    """Of the whole manifest, so that another store's bundle of this version is not taken for it."""
    digest = hashlib.sha256(manifest.model_dump_json().encode()).hexdigest()
    return escape_id(f"{manifest.version}-{digest[:12]}")


def _collect(
    manifest: Manifest, download: Download, folder: Path, wanted: Collection[str] | None = None
) -> None:
    """Bring the files that are wanted, None: all."""
    for place, file in manifest.places().items():
        if wanted is not None and place not in wanted:
            continue
        target = folder / check_key(place)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            download(f"{file.version}/{file.path}", target)
        except ObjectMissing as error:
            raise ArtifactCorrupt(
                version=manifest.version, file=file.path, reason="is missing"
            ) from error
        verify(manifest.version, file, target, keep=True)


def _rename(whole: Path, place: Path) -> None:
    try:
        whole.rename(place)
    except OSError:
        # Another worker was faster: its bundle was verified like ours.
        if not place.is_dir():
            raise


def _remove(folder: Path) -> None:
    """Hidden first, so that nobody opens a bundle of which half is gone."""
    hidden = folder.with_name(f"{_HIDDEN}out-{uuid4().hex}")
    with suppress(FileNotFoundError):
        folder.rename(hidden)
    shutil.rmtree(hidden, ignore_errors=True)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


@contextmanager
def _room_needed(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        reason = f"{error.strerror} in the cache of models"
        raise StoreFull(key=str(place), reason=reason) from error
