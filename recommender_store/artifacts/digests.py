"""
The tenant's keyed digests: what artifacts, receipts and audit hold in place of users and sessions.

An id has the same one for as long as the tenant lives; without the tenant's key nobody gets from it
to the id, nor proves a guess. Artifacts keep the first 64 bits of it: ten million users share none,
but for a chance of one in 370,000.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import Literal, Self, get_args

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

Noun = Literal["user", "session"]

_BYTES = 32
_SHORT_BYTES = 8


@dataclass(frozen=True)
class Digests:
    """One tenant's. Safe to share between threads, and to be sent to another process."""

    key: bytes = field(repr=False)

    @cached_property
    def _begun(self) -> dict[str, blake2b]:
        """What is begun once is not begun for every id: half of the cost."""
        return {
            noun: blake2b(key=self.key, digest_size=_BYTES, person=noun.encode())
            for noun in get_args(Noun)
        }

    def of(self, noun: Noun, outside_id: str) -> str:
        """64 hexadecimal characters."""
        return self._bytes(noun, outside_id).hex()

    def short(self, noun: Noun, outside_id: str) -> int:
        """The first 64 bits; never 0, which stands for nobody."""
        return int.from_bytes(self._bytes(noun, outside_id)[:_SHORT_BYTES]) or 1

    def short_of_all(self, noun: Noun, ids: Iterable[str]) -> NDArray[np.uint64]:
        """The same of many, in their order."""
        every = b"".join([self._bytes(noun, one)[:_SHORT_BYTES] for one in ids])
        return np.maximum(np.frombuffer(every, dtype=">u8").astype(np.uint64), 1)

    def _bytes(self, noun: Noun, outside_id: str) -> bytes:
        digest = self._begun[noun].copy()
        digest.update(outside_id.encode("utf-8", "surrogatepass"))
        return digest.digest()

    @override
    def __reduce__(self) -> tuple[type[Self], tuple[bytes]]:
        return type(self), (self.key,)
