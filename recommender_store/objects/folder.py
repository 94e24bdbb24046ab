"""
Objects as files below one folder, durable when a verb returns.

Written on the operating system's own calls, because every write must be synced, its new folders'
names too. A key never leads to half a file: bytes are written and synced under a hidden name in
`.tmp`, then linked (if absent) or renamed (replace) to the final one. Folders that have become
empty stay; no verb shows them.
"""

import builtins
import errno
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from recommender_store.errors import (
    KeyInvalid,
    ObjectMissing,
    StoreError,
    StoreFull,
    StoreUnavailable,
    StoreUnsafe,
)

from .durable import DurableFolders, Fill, sync_folder, write_synced
from .keys import SEGMENT, check_key, check_prefix
from .protocol import ObjectInfo

TEMPORARY = ".tmp"
STALE_S = 24 * 3600  # no write takes a day: its process has died
NOT_A_FILE = (FileNotFoundError, IsADirectoryError, NotADirectoryError)
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS})


class FolderObjects:
    """An ObjectStore in a folder, which the first write makes where it is missing."""

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self._temporary = self._root / TEMPORARY
        self._folders = DurableFolders(self._root)
        self._sweep()

    def get(self, key: str) -> bytes:
        try:
            return self._path(key).read_bytes()
        except NOT_A_FILE as error:
            raise ObjectMissing(key=key) from error
        except OSError as error:
            raise _said("read", key, error) from error

    def put(self, key: str, data: bytes) -> None:
        self._write(key, lambda file: file.write(data), _replace)

    def put_if_absent(self, key: str, data: bytes) -> bool:
        return self._write(key, lambda file: file.write(data), _link)

    def delete(self, key: str) -> None:
        path = self._path(key)
        with _told("delete", key), suppress(*NOT_A_FILE):
            path.unlink()
            sync_folder(path.parent)

    def list(self, prefix: str, after: str | None = None) -> Iterator[ObjectInfo]:
        check_prefix(prefix)
        return self._walk(f"{prefix}/" if prefix else "", after or "")

    def children(self, prefix: str) -> builtins.list[str]:
        below = f"{check_prefix(prefix)}/" if prefix else ""
        folders = [name for name, _ in self._entries(below) if name.endswith("/")]
        return sorted(name[:-1] for name in folders if self._holds_any(below + name))

    def download(self, key: str, path: Path) -> None:
        with self._open(key) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target)

    def upload(self, path: Path, key: str) -> None:
        with path.open("rb") as source:

            def copy(file: BinaryIO) -> None:
                source.seek(0)
                shutil.copyfileobj(source, file)

            self._write(key, copy, _replace)

    def local_path(self, key: str) -> Path | None:
        path = self._path(key)
        with _told("find", key):
            if not path.is_file():
                raise ObjectMissing(key=key)
        return path

    def address(self, key: str) -> str | None:
        return self._path(key).as_uri()

    def _path(self, key: str) -> Path:
        return self._root / check_key(key)

    def _open(self, key: str) -> BinaryIO:
        path = self._path(key)
        with _told("read", key):
            try:
                return path.open("rb")
            except NOT_A_FILE as error:
                raise ObjectMissing(key=key) from error

    def _write(self, key: str, fill: Fill, land: Callable[[Path, Path], bool]) -> bool:
        path = self._path(key)
        with _told("write", key):
            try:
                return self._write_once(path, fill, land)
            except FileNotFoundError:
                self._folders.forget()
                return self._write_once(path, fill, land)

    def _write_once(self, path: Path, fill: Fill, land: Callable[[Path, Path], bool]) -> bool:
        self._folders.make(self._temporary)
        self._folders.make(path.parent)
        temporary = self._temporary / f"{os.getpid()}-{uuid4().hex}"
        try:
            write_synced(temporary, fill)
            landed = land(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
        # Also when another writer was first: "exists already" must survive a power cut too.
        sync_folder(path.parent)
        return landed

    def _walk(self, below: str, after: str) -> Iterator[ObjectInfo]:
        for name, entry in self._entries(below):
            key = below + name
            if key.endswith("/"):
                if key > after or after.startswith(key):
                    yield from self._walk(key, after)
            elif key > after and (info := _info(key, entry)):
                yield info

    def _holds_any(self, below: str) -> bool:
        return any(
            self._holds_any(below + name) if name.endswith("/") else True
            for name, _ in self._entries(below)
        )

    def _entries(self, below: str) -> builtins.list[tuple[str, os.DirEntry[str]]]:
        """Sort one folder as its keys sort: a sub-folder counts with its slash ('a-b' < 'a/b')."""
        with _told("list", below or "/"):
            try:
                with os.scandir(self._root / below) as entries:
                    named = [
                        (entry.name + "/" if entry.is_dir() else entry.name, entry)
                        for entry in entries
                        if SEGMENT.fullmatch(entry.name)
                    ]
            except NOT_A_FILE:
                return []
        return sorted(named, key=lambda pair: pair[0])

    def _sweep(self) -> None:
        """Remove what dead writers left; without the right to, leave it to those who write."""
        limit = time.time() - STALE_S
        with suppress(FileNotFoundError, PermissionError):
            for path in self._temporary.iterdir():
                if path.stat().st_mtime < limit:
                    path.unlink(missing_ok=True)


def _info(key: str, entry: os.DirEntry[str]) -> ObjectInfo | None:
    with _told("list", key):
        try:
            stat = entry.stat()
        except FileNotFoundError:
            return None  # deleted since its folder was read
    return ObjectInfo(key, stat.st_size, datetime.fromtimestamp(stat.st_mtime, UTC))


def _replace(temporary: Path, path: Path) -> bool:
    temporary.replace(path)
    return True


def _link(temporary: Path, path: Path) -> bool:
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "is a folder", str(path)) from None
        return False
    except OSError as error:
        if error.errno in NO_LINKS:
            reason = f"put-if-absent needs hard links, which this file system refuses ({error})"
            raise StoreUnsafe(reason=reason) from error
        raise
    return True


@contextmanager
def _told(action: str, key: str) -> Iterator[None]:
    """Say what the operating system says, in the words of the store."""
    try:
        yield
    except OSError as error:
        raise _said(action, key, error) from error


def _said(action: str, key: str, error: OSError) -> StoreError:
    if isinstance(error, (FileExistsError, IsADirectoryError, NotADirectoryError)):
        reason = "one key would be an object and a folder of further keys at once"
        return KeyInvalid(key=key, reason=reason)
    if error.errno in FULL:
        return StoreFull(key=key, reason=error.strerror or "disk full")
    return StoreUnavailable(action=f"{action} '{key}'", reason=str(error))
