"""
An application that is made when it is first asked for, once: a server is ready before it is there.
"""

import asyncio
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Made = TypeVar("Made")


class Late(Generic[Made]):
    """To be asked from any thread; who asks while it is being made waits for the same one."""

    def __init__(self, make: Callable[[], Made]) -> None:
        self._make = make
        self._made: Made | None = None
        self._lock = threading.Lock()

    @property
    def is_made(self) -> bool:
        return self._made is not None

    def now(self) -> Made:
        """At once, or when it has been made here."""
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made

    async def soon(self) -> Made:
        """The same; nobody else's request waits meanwhile."""
        return self._made if self._made is not None else await asyncio.to_thread(self.now)
