"""
One HTTP exchange on bare ASGI: headers looked up, a bounded body read, an answer sent.
"""

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

import msgspec

from recommender_api.errors import BodyMalformed, BodyTooLarge, BodyTooSlow

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

JSON = b"application/json"

GZIP_MAGIC = b"\x1f\x8b"
GZIP_MEMBERS_LIMIT = 16
"""Each costs a copy of what stands behind it; no logger sends more than one."""

BODY_LIMIT_S = 30.0
"""What is being read counts as work in hand: a sender that stalls must not hold its place."""

_decode = msgspec.json.Decoder().decode


def header(scope: Scope, name: bytes) -> str | None:
    """The first header of this (lower-case) name."""
    for key, value in scope["headers"]:
        if key == name:
            text: str = value.decode("latin-1")
            return text
    return None


def declared_size(scope: Scope, limit_bytes: int) -> int:
    """
    How long a body says that it is, before its first byte is read; the limit where it comes in
    chunks and does not say.

    Raises:
        BodyTooLarge: where it says more than the limit.
    """
    declared = header(scope, b"content-length")
    if declared is None or not declared.isdigit():
        return limit_bytes if header(scope, b"transfer-encoding") is not None else 0
    if int(declared) > limit_bytes:
        raise BodyTooLarge(limit_bytes)
    return int(declared)


async def read_body(scope: Scope, receive: Receive, limit_bytes: int) -> bytes:
    """
    The whole body, unpacked where it is gzip.

    Raises:
        BodyTooLarge: as soon as it is; neither a lie about the length nor a bomb gets further.
        BodyMalformed: where it is not the gzip it says it is, or does not say that it is, or was
            cut off.
        BodyTooSlow: where it has not come whole in `BODY_LIMIT_S`.
    """
    declared_size(scope, limit_bytes)
    try:
        async with asyncio.timeout(BODY_LIMIT_S):
            packed = await _received(receive, limit_bytes)
    except TimeoutError as error:
        raise BodyTooSlow(BODY_LIMIT_S) from error
    encoding = (header(scope, b"content-encoding") or "identity").strip().lower()
    if encoding == "identity":
        if packed.startswith(GZIP_MAGIC):
            raise BodyMalformed("it looks like gzip: send Content-Encoding: gzip")
        return packed
    if encoding not in ("gzip", "x-gzip"):
        raise BodyMalformed(f"content-encoding {encoding[:40]!r} is not understood, gzip is")
    return _unpack(packed, limit_bytes)


async def _received(receive: Receive, limit_bytes: int) -> bytes:
    parts, size_bytes = [], 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BodyMalformed("the connection was closed before its end")
        part: bytes = message.get("body", b"")
        more = message.get("more_body", False)
        size_bytes += len(part)
        if size_bytes > limit_bytes:
            raise BodyTooLarge(limit_bytes)
        parts.append(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _unpack(packed: bytes, limit_bytes: int) -> bytes:
    """All members of a gzip file: what stands behind the first is part of the body too."""
    body = bytearray()
    for _ in range(GZIP_MEMBERS_LIMIT):
        if not packed:
            return bytes(body)
        unpacker = zlib.decompressobj(wbits=31)
        try:
            body += unpacker.decompress(packed, limit_bytes + 1 - len(body))
        except zlib.error as error:
            raise BodyMalformed("it is not valid gzip") from error
        if len(body) > limit_bytes:
            raise BodyTooLarge(limit_bytes)
        if not unpacker.eof:
            raise BodyMalformed("its gzip is cut off before its end")
        packed = unpacker.unused_data
    raise BodyMalformed(f"its gzip has more than {GZIP_MEMBERS_LIMIT} members")


def replayed(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives a body that was read already, then whatever comes after it."""
    is_given = False

    async def receive_again() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again


def parse_json(body: bytes, wanted: str = "JSON") -> Any:
    """
    The body's value; `wanted` is what a sender of nothing is told to send.

    Raises:
        BodyMalformed: says where the mistake is.
    """
    if not body or body.isspace():
        raise BodyMalformed(f"send {wanted}", is_empty=True)
    try:
        return _decode(body)
    except msgspec.MsgspecError as error:
        raise BodyMalformed(f"it is not valid JSON ({error})") from error
    except UnicodeDecodeError as error:
        raise BodyMalformed("it is not UTF-8") from error
    except RecursionError as error:
        raise BodyMalformed("it is nested too deeply") from error


async def respond(
    send: Send, status: int, body: bytes, headers: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """Send a whole answer; JSON unless `headers` name another content type."""
    own = list(headers)
    if not any(name == b"content-type" for name, _ in own):
        own.append((b"content-type", JSON))
    own.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": own})
    await send({"type": "http.response.body", "body": body})
