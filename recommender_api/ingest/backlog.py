"""
How much may be inside at once: bodies that are being read, judged, or waiting for their write.

Bounded in bytes, per tenant and in all, so that a slow store or a crowd of slow senders is
answered 503 before memory grows, and a loud tenant leaves room for the others.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from recommender_api.errors import Overloaded

LIMIT_BYTES = 96 * 2**20
"""Of all tenants' bodies; an event inside takes some seven times its bytes: 700 MB at the worst."""
TENANT_LIMIT_BYTES = 32 * 2**20
"""Of one tenant's: 150,000 events, what a bucket takes to write while 200,000 a second come."""


class Backlog:
    """The count of one process; its methods are called from one thread."""

    def __init__(
        self,
        limit_bytes: int = LIMIT_BYTES,
        tenant_limit_bytes: int = TENANT_LIMIT_BYTES,
        what: str = "events",
    ) -> None:
        self._what = what
        self._limit_bytes = limit_bytes
        self._tenant_limit_bytes = tenant_limit_bytes
        self._inside: Counter[str] = Counter()
        self.size_bytes = 0

    def holds(self, owner: str) -> bool:
        """Whether anything of this owner's is inside."""
        return owner in self._inside

    @contextmanager
    def holding(self, owner: str, size_bytes: int) -> Iterator[None]:
        """
        Count so many bytes for as long as the block lasts.

        Raises:
            Overloaded: where that would be too many; whoever is alone inside always fits.
        """
        inside = self._inside[owner]
        if inside and inside + size_bytes > self._tenant_limit_bytes:
            raise Overloaded(f"the store is slower than your {self._what} come in")
        if self.size_bytes and self.size_bytes + size_bytes > self._limit_bytes:
            raise Overloaded(f"the store is slower than all tenants' {self._what} come in")
        self._add(owner, size_bytes)
        try:
            yield
        finally:
            self._add(owner, -size_bytes)

    def _add(self, owner: str, size_bytes: int) -> None:
        self.size_bytes += size_bytes
        self._inside[owner] += size_bytes
        if not self._inside[owner]:
            del self._inside[owner]
