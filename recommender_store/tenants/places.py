"""
Addresses of logs outside the store: a bucket or a folder, spelt so that nothing can be hidden.

Pure: looks at the text alone, decodes nothing, and follows nothing. Only what it accepts is ever
opened, so that no address here names a host of the caller's choice.
"""

import re
from ipaddress import ip_address
from typing import NamedTuple

BUCKET_SCHEMES = ("s3", "gs", "az")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\\]")
_LENGTH_LIMIT = 1024


class Place(NamedTuple):
    """`s3://bucket/a/b` is ('s3', ('bucket', 'a', 'b')); `file:///a/b` ('file', ('a', 'b'))."""

    scheme: str
    segments: tuple[str, ...]
    is_folder: bool = False
    """It ended with a slash: all below it is meant."""

    def is_below(self, other: "Place") -> bool:
        """By whole segments; a place is below itself."""
        count = len(other.segments)
        return self.scheme == other.scheme and self.segments[:count] == other.segments

    @property
    def text(self) -> str:
        start = "file:///" if self.scheme == "file" else f"{self.scheme}://"
        return start + "/".join(self.segments) + "/" * self.is_folder


def read_place(text: str) -> Place:
    """
    Raises:
        ValueError: says what to write instead.
    """
    scheme, sign, rest = text.partition("://")
    if not sign or scheme not in (*BUCKET_SCHEMES, "file"):
        kinds = "s3://bucket/…, gs://bucket/…, az://container/… or file:///folder/…"
        raise ValueError(f"write {kinds}: nothing else is fetched")
    if len(text) > _LENGTH_LIMIT or _CONTROL.search(text):
        raise ValueError("at most 1,024 characters, no control characters, no backslashes")
    if scheme == "file":
        if not rest.startswith("/"):
            raise ValueError("a folder is written file:///absolute/path/")
        rest = rest[1:]
    is_folder = rest.endswith("/")
    segments = tuple(rest.removesuffix("/").split("/"))
    if {"", ".", ".."} & set(segments):
        raise ValueError("name the place without '.', '..' and empty parts")
    if scheme != "file":
        _check_bucket(segments[0])
    return Place(scheme, segments, is_folder)


def checked_prefix(text: str) -> str:
    """
    A prefix as it is kept; it need not end with a slash, what counts are whole parts.

    Raises:
        ValueError: says what to write instead.
    """
    read_place(text)
    return text


def _check_bucket(name: str) -> None:
    try:
        ip_address(name)
    except ValueError:
        if not _BUCKET.fullmatch(name):
            raise ValueError(f"'{name[:80]}' is not the name of a bucket") from None
    else:
        raise ValueError(f"'{name}' is an address in a network, not a bucket")
