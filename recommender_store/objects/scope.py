"""
A store seen from below one prefix: the same verbs, and no way to name what lies elsewhere.

Keys come in and go out relative to the prefix. A key that would leave it ('..', a leading slash,
an empty segment) is refused with KeyInvalid before any store is asked.
"""

import builtins
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

from .keys import check_key, check_prefix, join
from .protocol import ObjectInfo, ObjectStore
from .revisions import RevisionChain, Witness, utc_now


class Scope:
    """One prefix of a store; is itself an ObjectStore."""

    def __init__(
        self,
        objects: ObjectStore,
        prefix: str = "",
        *,
        clock: Callable[[], datetime] = utc_now,
        witness: Witness | None = None,
    ) -> None:
        self._objects = objects
        self._prefix = check_prefix(prefix)
        self._clock = clock
        self._witness = witness

    @property
    def prefix(self) -> str:
        """Where in the whole store this scope begins, '' for all of it."""
        return self._prefix

    def at(self, *segments: str) -> "Scope":
        """Go deeper: a segment may itself be several, joined by '/'."""
        below = check_key("/".join(segments))
        prefix = join(self._prefix, below)
        return Scope(self._objects, prefix, clock=self._clock, witness=self._witness)

    def chain(self, *segments: str) -> RevisionChain:
        """Open the chain of revisions that lies under these segments, whether begun or not."""
        below = self.at(*segments)
        witness = partial(self._witness, below.prefix) if self._witness is not None else None
        return RevisionChain(below, clock=self._clock, witness=witness)

    def get(self, key: str) -> bytes:
        return self._objects.get(self._full(key))

    def put(self, key: str, data: bytes) -> None:
        self._objects.put(self._full(key), data)

    def put_if_absent(self, key: str, data: bytes) -> bool:
        return self._objects.put_if_absent(self._full(key), data)

    def delete(self, key: str) -> None:
        self._objects.delete(self._full(key))

    def list(self, prefix: str = "", after: str | None = None) -> Iterator[ObjectInfo]:
        start = join(self._prefix, check_prefix(prefix))
        full_after = None if after is None else join(self._prefix, after)
        skip = len(self._prefix) + 1 if self._prefix else 0
        found = self._objects.list(start, full_after)
        return (info._replace(key=info.key[skip:]) for info in found)

    def children(self, prefix: str = "") -> builtins.list[str]:
        return self._objects.children(join(self._prefix, check_prefix(prefix)))

    def download(self, key: str, path: Path) -> None:
        self._objects.download(self._full(key), path)

    def upload(self, path: Path, key: str) -> None:
        self._objects.upload(path, self._full(key))

    def local_path(self, key: str) -> Path | None:
        return self._objects.local_path(self._full(key))

    def address(self, key: str) -> str | None:
        return self._objects.address(self._full(key))

    def _full(self, key: str) -> str:
        return join(self._prefix, check_key(key))
