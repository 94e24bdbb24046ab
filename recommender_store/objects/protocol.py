"""
What every place for bytes promises, so that a folder and a bucket are the same to all above.

Keys are '/'-joined segments of [A-Za-z0-9._=~-] (see `keys.check_key`). A key is an object or a
folder of further keys, never both. All verbs are blocking and safe to call from many threads.
Every verb may raise StoreUnavailable (after which a write may or may not have landed), every
write StoreFull, every key KeyInvalid. Writes are seen by all readers as soon as they return.
"""

import builtins
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Protocol


class ObjectInfo(NamedTuple):
    """What a listing tells of one object; `modified_at` is in UTC, by the store's own clock."""

    key: str
    size: int
    modified_at: datetime


class ObjectStore(Protocol):
    """Bytes under a key."""

    def get(self, key: str) -> bytes:
        """Read a whole object; raises ObjectMissing."""
        ...

    def put(self, key: str, data: bytes) -> None:
        """Write or replace, whole or not at all; durable when it returns."""
        ...

    def put_if_absent(self, key: str, data: bytes) -> bool:
        """
        Write where nothing lies: True when written and durable, False when the key exists already.

        Of many callers at once exactly one writes. After a lost network answer a retry inside may
        meet this very call's own write and say False: whoever must know reads back and compares.
        """
        ...

    def delete(self, key: str) -> None:
        """Remove, durably; removing what is not there is fine."""
        ...

    def list(self, prefix: str, after: str | None = None) -> Iterator[ObjectInfo]:
        """
        Walk all objects below `prefix`, sorted by key as a string, only keys greater than `after`.

        `prefix` is a whole number of segments ('a' finds 'a/b', never 'ab' or 'a'), '' is all.
        What is written or deleted meanwhile may or may not be seen.
        """
        ...

    def children(self, prefix: str) -> builtins.list[str]:
        """Name the direct sub-folders below `prefix` that hold an object, sorted."""
        ...

    def download(self, key: str, path: Path) -> None:
        """Stream an object into a local file (replaced); raises ObjectMissing and makes no file."""
        ...

    def upload(self, path: Path, key: str) -> None:
        """Stream a local file into an object, which it replaces whole; durable when it returns."""
        ...

    def local_path(self, key: str) -> Path | None:
        """
        Give the file itself where the store is a folder (only ever read it), None elsewhere.

        Raises ObjectMissing where a folder store holds no such object.
        """
        ...

    def address(self, key: str) -> str | None:
        """
        Say where programs other than this one read the object: file://…, s3://…; None in memory.

        Whether there is one is not looked at.
        """
        ...
