"""
What goes between a worker and a hook's process: MessagePack behind its length.

The worker sends calls, one at a time; the child says once that it is ready, then answers each. What
comes from a child is checked like anything else from outside.
"""

import struct
from collections.abc import Iterator
from typing import Final, Literal

import msgspec

from .columns import Candidates, Request

HEAD: Final = struct.Struct("!I")
SCORE_MOST: Final = 1e38
"""Beyond it there are no scores of 32 bits."""
REPLY_LIMIT_BYTES: Final = 2**20
"""What claims to be longer is no reply."""

How = Literal[
    "applied", "failed", "invalid", "missing",
    "overrun", "died", "starting", "off", "late", "absent",
]  # fmt: skip
"""What became of a call; the first four a child says, the others befall it."""

_encode = msgspec.msgpack.Encoder().encode


class Call(msgspec.Struct, array_like=True, frozen=True):
    """Have a hook look at candidates."""

    number: int
    hook: str
    request: Request
    candidates: Candidates


class Ready(msgspec.Struct, array_like=True, frozen=True, tag="ready"):
    """The child has loaded what it could."""

    faults: dict[str, str]
    """Hook → why it cannot be called."""


class Reply(msgspec.Struct, array_like=True, frozen=True, tag="reply"):
    """What became of a call."""

    number: int
    how: How
    detail: str = ""
    places: list[int] = []
    """Where those that the hook gave back stood, in its order."""
    scores: list[float] = []
    ignored: int = 0
    """Ids among those given back that it was not given, or gave back twice."""

    def fits(self, count: int) -> bool:
        """Whether it speaks of so many candidates, each once, and gives them scores."""
        return (
            len(self.places) == len(self.scores) == len(set(self.places))
            and all(0 <= place < count for place in self.places)
            and all(abs(score) <= SCORE_MOST for score in self.scores)
        )


_decode_said = msgspec.msgpack.Decoder(Ready | Reply).decode
_decode_call = msgspec.msgpack.Decoder(Call).decode


def framed(message: Call | Ready | Reply) -> bytes:
    """
    Raises:
        OverflowError, RecursionError, UnicodeEncodeError: what a request brought cannot be written.
    """
    body = _encode(message)
    return HEAD.pack(len(body)) + body


def read_call(body: bytes) -> Call:
    return _decode_call(body)


def taken_from(buffer: bytearray) -> Iterator[Ready | Reply]:
    """
    What has come whole, taken out of the buffer.

    Raises:
        ValueError: it is no message of ours.
    """
    while len(buffer) >= HEAD.size:
        (length,) = HEAD.unpack_from(buffer)
        if length > REPLY_LIMIT_BYTES:
            raise ValueError(f"a reply of {length} bytes")
        end = HEAD.size + length
        if len(buffer) < end:
            return
        body = bytes(buffer[HEAD.size : end])
        del buffer[:end]
        yield _decode_said(body)
