"""
Objects in a bucket (S3, Google, Azure) or in memory, by way of obstore.

Adds to the library what the protocol promises: the errors' names, order, bounded requests. Never
guesses how an ambiguous write ended: that is StoreUnavailable, and whoever wrote reads back.
Parts of an upload that died stay hidden in the bucket until a lifecycle rule removes them. A child
that was forked after the first request is refused: spawn workers, or fork before the first.
"""

import builtins
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import obstore
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    PermissionDeniedError,
    UnauthenticatedError,
)
from obstore.store import ObjectStore as Bucket

from recommender_store.errors import KeyInvalid, ObjectMissing, StoreUnavailable, StoreUnsafe

from .keys import check_key, check_prefix
from .protocol import ObjectInfo

PART_BYTES = 8 * 1024 * 1024  # each request stays well within its timeout on a slow line
PAGE = 1000  # what S3 gives in one page


class BucketObjects:
    """An ObjectStore over an obstore store, which carries the prefix, credentials and timeouts."""

    def __init__(self, bucket: Bucket, url: str | None = None) -> None:
        self._bucket = bucket
        self._url = url

    def get(self, key: str) -> bytes:
        check_key(key)
        with _told("read", key), _missing(key):
            return obstore.get(self._bucket, key).bytes().to_bytes()

    def put(self, key: str, data: bytes) -> None:
        check_key(key)
        with _told("write", key):
            obstore.put(self._bucket, key, data, chunk_size=PART_BYTES)

    def put_if_absent(self, key: str, data: bytes) -> bool:
        check_key(key)
        with _told("write", key):
            try:
                obstore.put(self._bucket, key, data, mode="create")
            except AlreadyExistsError:
                return False
        return True

    def delete(self, key: str) -> None:
        check_key(key)
        with _told("delete", key), suppress(FileNotFoundError):
            obstore.delete(self._bucket, key)

    def list(self, prefix: str, after: str | None = None) -> Iterator[ObjectInfo]:
        check_prefix(prefix)
        return self._walk(prefix, after or "")

    def children(self, prefix: str) -> builtins.list[str]:
        check_prefix(prefix)
        with _told("list", f"{prefix}/"):
            found = obstore.list_with_delimiter(self._bucket, prefix or None)
        return sorted(path.rpartition("/")[2] for path in found["common_prefixes"])

    def download(self, key: str, path: Path) -> None:
        check_key(key)
        with _told("read", key), _missing(key):
            meta = obstore.head(self._bucket, key)
        with path.open("wb") as file:
            for start in range(0, meta["size"], PART_BYTES):
                end = min(start + PART_BYTES, meta["size"])
                file.write(self._part(key, start, end, meta["e_tag"]))

    def upload(self, path: Path, key: str) -> None:
        check_key(key)
        path.stat()  # a missing source is the caller's, not the store's
        with _told("write", key):
            obstore.put(self._bucket, key, path, chunk_size=PART_BYTES)

    def local_path(self, key: str) -> Path | None:
        check_key(key)
        return None

    def address(self, key: str) -> str | None:
        check_key(key)
        return None if self._url is None else f"{self._url}/{key}"

    def _part(self, key: str, start: int, end: int, e_tag: str | None) -> bytes:
        """Read a range of the very object that the first part came from."""
        with _told("read", key), _missing(key):
            found = obstore.get(
                self._bucket, key, options={"range": (start, end), "if_match": e_tag}
            )
            return found.bytes().to_bytes()

    def _walk(self, prefix: str, after: str) -> Iterator[ObjectInfo]:
        last = ""
        pages = obstore.list(self._bucket, prefix or None, offset=_offset(after), chunk_size=PAGE)
        while True:
            with _told("list", f"{prefix}/"):
                page = next(pages, ())
            if not page:
                return
            for meta in page:
                key = meta["path"]
                if key <= last:
                    raise StoreUnsafe(reason="its listings are not sorted by key")
                last = key
                if key > after:
                    yield ObjectInfo(key, meta["size"], meta["last_modified"])


def _offset(after: str) -> str | None:
    """Skip what the service can skip: the library understands an offset only if it is a key."""
    try:
        return check_key(after.rstrip("/"))
    except KeyInvalid:
        return None


@contextmanager
def _missing(key: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise ObjectMissing(key=key) from error


class _Runtime:
    """
    Which process runs the library's threads.

    A fork copies its event loop without its threads: a request in the child would wait for ever,
    and crash the parent, whose loop it shares.
    """

    process: int | None = None

    @classmethod
    def claim(cls, action: str) -> None:
        if cls.process is None:
            cls.process = os.getpid()
        elif cls.process != os.getpid():
            reason = "this process was forked from one that uses a bucket: start it anew (spawn)"
            raise StoreUnavailable(action=action, reason=reason)


@contextmanager
def _told(action: str, key: str) -> Iterator[None]:
    """Say what the library says, in the words of the store."""
    _Runtime.claim(f"{action} '{key}'")
    try:
        yield
    except (PermissionDeniedError, UnauthenticatedError) as error:
        reason = f"the credentials do not allow it: {_first_line(error)}"
        raise StoreUnavailable(action=f"{action} '{key}'", reason=reason) from error
    except FileNotFoundError as error:
        reason = f"the bucket does not exist: {_first_line(error)}"
        raise StoreUnavailable(action=f"{action} '{key}'", reason=reason) from error
    except (BaseError, OSError) as error:
        raise StoreUnavailable(action=f"{action} '{key}'", reason=_first_line(error)) from error


def _first_line(error: Exception) -> str:
    """Leave out the library's dump of its own structures, which follows after an empty line."""
    return str(error).partition("\n")[0]
