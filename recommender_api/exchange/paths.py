"""
A request's path as it was sent, and the key that it shows.

Split before it is percent-decoded: `%2F` belongs to an id.
"""

from urllib.parse import quote, unquote_to_bytes

from recommender_api.errors import PathMalformed

from .asgi import Scope, header

_ASCII = "".join(map(chr, range(0x21, 0x7F)))


def as_sent(scope: Scope) -> Scope:
    """
    Routed by the path as it was sent: an id that holds a slash stays one segment, and what was
    decided here about a path holds for the route that it leads to.
    """
    scope["path"] = quote(_raw_path(scope), safe=_ASCII)
    return scope


def _raw_path(scope: Scope) -> bytes:
    raw: bytes = scope["raw_path"]
    return raw.split(b"?")[0]


def parts_of(scope: Scope) -> list[str]:
    """
    The path's segments, split first and decoded then.

    Raises:
        PathMalformed: where one of them is not UTF-8.
    """
    raw = _raw_path(scope)
    try:
        if b"%" not in raw:
            return raw.decode().split("/")[1:]
        return [unquote_to_bytes(part).decode() for part in raw.split(b"/")[1:]]
    except UnicodeDecodeError as error:
        raise PathMalformed from error


def secret_in(scope: Scope) -> str | None:
    """The key or token that a request shows."""
    shown = header(scope, b"authorization")
    if shown is not None:
        kind, _, secret = shown.partition(" ")
        return secret.strip() if kind.lower() == "bearer" else shown
    return header(scope, b"x-api-key")
