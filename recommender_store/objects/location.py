"""
From an address to a store that is known to be one: file://, s3://, gs://, az:// or memory://.

Making a store means writing its marker, which names the layout's version; opening one reads it.
Nothing is made unless asked for, so that a mistyped address is an error and not an empty store.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from urllib.parse import unquote

import msgspec
from obstore.store import MemoryStore

from recommender_store.errors import (
    ObjectMissing,
    StoreFormatUnknown,
    StoreMissing,
    StoreUrlInvalid,
)

from .bucket import BucketObjects
from .bucket_access import BucketAccess, open_bucket
from .folder import FolderObjects
from .keys import STORE_MARKER
from .protocol import ObjectStore

FORMAT = "recommender-store/1"
BUCKET_URL = re.compile(r"(s3|gs|az)://[a-z0-9][a-z0-9._-]*(/[A-Za-z0-9_=~-][A-Za-z0-9._=~-]*)*/?")

_in_memory: dict[str, BucketObjects] = {}
_in_memory_lock = Lock()


class _Marker(msgspec.Struct):
    format: str


def open_objects(url: str, *, create: bool, environment: Mapping[str, str]) -> ObjectStore:
    """
    Open the store at `url`; with `create`, make it where it is missing.

    Opening memory:// twice in a process gives the same store. Raises StoreUrlInvalid,
    StoreMissing, StoreFormatUnknown and StoreUnavailable.
    """
    objects = _connect(url, environment)
    _check_marker(objects, url, create=create)
    return objects


def folder_of(url: str) -> Path | None:
    """Tell where a file:// address leads, from the working directory on; None for other kinds."""
    if not url.startswith("file://"):
        return None
    path = unquote(url.removeprefix("file://"))
    if not path.startswith(("/", "./", "../")) or "\0" in path:
        reason = "a folder is file:///absolute/path or file://./relative/path"
        raise StoreUrlInvalid(url=url, reason=reason)
    return Path(path).absolute()


def _connect(url: str, environment: Mapping[str, str]) -> ObjectStore:
    folder = folder_of(url)
    if folder:
        return FolderObjects(folder)
    if url.startswith("memory://"):
        with _in_memory_lock:
            return _in_memory.setdefault(url, BucketObjects(MemoryStore()))
    if not BUCKET_URL.fullmatch(url):
        reason = "it is neither a folder, nor a bucket and a plain prefix, nor memory://"
        raise StoreUrlInvalid(url=url, reason=reason)
    scheme = url.partition(":")[0]
    return open_bucket(url.rstrip("/"), BucketAccess.from_environment(scheme, environment))


def _check_marker(objects: ObjectStore, url: str, *, create: bool) -> None:
    location = str(folder_of(url) or url)
    try:
        marker = objects.get(STORE_MARKER)
    except ObjectMissing as error:
        if not create:
            raise StoreMissing(location=location) from error
        marker = msgspec.json.encode(_Marker(format=FORMAT))
        if not objects.put_if_absent(STORE_MARKER, marker):
            marker = objects.get(STORE_MARKER)
    try:
        found = msgspec.json.decode(marker, type=_Marker).format
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise StoreFormatUnknown(location=location, found="unreadable", known=FORMAT) from error
    if found != FORMAT:
        raise StoreFormatUnknown(location=location, found=found, known=FORMAT)
