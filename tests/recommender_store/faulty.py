"""
Stores that count what is asked of them, run full, or die in the middle of a step.

Each is used as `Scope(FullObjects(…))`: what goes deeper from the scope still passes through it.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Lock

from typing_extensions import override

from recommender_store.errors import StoreFull
from recommender_store.objects.protocol import ObjectInfo, ObjectStore
from recommender_store.objects.scope import Scope


class Died(Exception):  # noqa: N818 (what happened to the process)
    """The process was killed here: nothing more reaches the store."""


class MortalObjects(Scope):
    """All of another store, up to write number `last`; that one lands or not, later ones do not."""

    def __init__(self, objects: ObjectStore, last: int, *, lands: bool) -> None:
        super().__init__(objects)
        self.writes = 0
        self._last = last
        self._lands = lands
        self._lock = Lock()

    @override
    def put(self, key: str, data: bytes) -> None:
        self._before()
        super().put(key, data)
        self._after()

    @override
    def put_if_absent(self, key: str, data: bytes) -> bool:
        self._before()
        written = super().put_if_absent(key, data)
        self._after()
        return written

    @override
    def delete(self, key: str) -> None:
        self._before()
        super().delete(key)
        self._after()

    @override
    def upload(self, path: Path, key: str) -> None:
        self._before()
        super().upload(path, key)
        self._after()

    def _before(self) -> None:
        with self._lock:
            self.writes += 1
            if self.writes > self._last or (self.writes == self._last and not self._lands):
                raise Died

    def _after(self) -> None:
        if self.writes >= self._last:
            raise Died


class FullObjects(Scope):
    """All of another store; the disk is full after so many writes."""

    def __init__(self, objects: ObjectStore, room_for: int) -> None:
        super().__init__(objects)
        self.room_for = room_for

    @override
    def put(self, key: str, data: bytes) -> None:
        self._take(key)
        super().put(key, data)

    @override
    def put_if_absent(self, key: str, data: bytes) -> bool:
        self._take(key)
        return super().put_if_absent(key, data)

    @override
    def upload(self, path: Path, key: str) -> None:
        self._take(key)
        super().upload(path, key)

    def _take(self, key: str) -> None:
        if self.room_for == 0:
            raise StoreFull(key=key, reason="No space left on device")
        self.room_for -= 1


class InterruptedObjects(Scope):
    """All of another store; writes below `prefix` wait for one thing each to happen first."""

    def __init__(
        self, objects: ObjectStore, prefix: str, happening: Sequence[Callable[[], object]]
    ) -> None:
        super().__init__(objects)
        self._below = prefix
        self._happening = list(happening)

    @override
    def put(self, key: str, data: bytes) -> None:
        self._wait(key)
        super().put(key, data)

    @override
    def put_if_absent(self, key: str, data: bytes) -> bool:
        self._wait(key)
        return super().put_if_absent(key, data)

    def _wait(self, key: str) -> None:
        if key.startswith(self._below) and self._happening:
            self._happening.pop(0)()


class CountedObjects(Scope):
    """All of another store; `asked` is every key that was asked for."""

    def __init__(self, objects: ObjectStore) -> None:
        super().__init__(objects)
        self.asked: list[str] = []

    @override
    def get(self, key: str) -> bytes:
        self.asked.append(key)
        return super().get(key)

    @override
    def put_if_absent(self, key: str, data: bytes) -> bool:
        self.asked.append(key)
        return super().put_if_absent(key, data)

    @override
    def list(self, prefix: str = "", after: str | None = None) -> Iterator[ObjectInfo]:
        self.asked.append(prefix)
        return super().list(prefix, after)

    @override
    def download(self, key: str, path: Path) -> None:
        self.asked.append(key)
        super().download(key, path)


class InterruptedListing(Scope):
    """All of another store; one thing happens once the first `children` below `prefix` is told."""

    def __init__(self, objects: ObjectStore, prefix: str, happening: Callable[[], object]) -> None:
        super().__init__(objects)
        self._below = prefix
        self._happening = [happening]

    @override
    def children(self, prefix: str = "") -> list[str]:
        found = super().children(prefix)
        if prefix.startswith(self._below) and self._happening:
            self._happening.pop()()
        return found
