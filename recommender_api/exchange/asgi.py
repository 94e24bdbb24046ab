"""
One HTTP exchange on bare ASGI: headers looked up, a bounded body read, an answer sent.
"""

import zlib
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

import msgspec

from recommender_api.errors import BodyMalformed, BodyTooLarge

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

JSON = b"application/json"

GZIP_MEMBERS_LIMIT = 16
"""Each costs a copy of what stands behind it; no logger sends more than one."""

_decode = msgspec.json.Decoder().decode


def header(scope: Scope, name: bytes) -> str | None:
    """The first header of this (lower-case) name."""
    for key, value in scope["headers"]:
        if key == name:
            text: str = value.decode("latin-1")
            return text
    return None


def check_declared_size(scope: Scope, limit_bytes: int) -> None:
    """Refuse a body by what it says of itself, before its first byte is read."""
    declared = header(scope, b"content-length")
    if declared is not None and declared.isdigit() and int(declared) > limit_bytes:
        raise BodyTooLarge(limit_bytes)


async def read_body(scope: Scope, receive: Receive, limit_bytes: int) -> bytes:
    """
    The whole body, unpacked where it is gzip.

    Raises:
        BodyTooLarge: as soon as it is; neither a lie about the length nor a bomb gets further.
        BodyMalformed: where it is not the gzip it says it is, or was cut off.
    """
    check_declared_size(scope, limit_bytes)
    packed = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BodyMalformed("the connection was closed before its end")
        packed += message.get("body", b"")
        more = message.get("more_body", False)
        if len(packed) > limit_bytes:
            raise BodyTooLarge(limit_bytes)
    encoding = (header(scope, b"content-encoding") or "identity").strip().lower()
    if encoding == "identity":
        return bytes(packed)
    if encoding not in ("gzip", "x-gzip"):
        raise BodyMalformed(f"content-encoding {encoding[:40]!r} is not understood, gzip is")
    return _unpack(bytes(packed), limit_bytes)


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


def parse_json(body: bytes) -> Any:
    """
    Raises:
        BodyMalformed: says where the mistake is.
    """
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
