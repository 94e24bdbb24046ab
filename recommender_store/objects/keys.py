"""
Where every object lies: the one place that spells keys, and the rules each key keeps.

Pure. A key is safe on every store: no '..', no hidden name, nothing that a file system, a URL or
a listing could read differently. Ids from outside go through `escape_id`, never in as they are.
"""

import re
from functools import lru_cache
from hashlib import sha256

from recommender_store.errors import KeyInvalid

SEGMENT = re.compile(r"[A-Za-z0-9_=~-][A-Za-z0-9._=~-]*")
SEGMENT_LIMIT = 255  # bytes in a file name on every common file system
KEY_LIMIT = 900  # S3 allows 1,024 bytes, the store's own prefix in the bucket among them
ESCAPED_LIMIT = 200  # leaves room for an ending such as '.json' within SEGMENT_LIMIT
ESCAPED_HEAD = 120  # of a longer one, how much stays readable before its digest
UNESCAPED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")

PLATFORM = "platform"
STORE_MARKER = f"{PLATFORM}/store.json"
PROBES = f"{PLATFORM}/probe"
FEED = f"{PLATFORM}/feed"
SIGN_OUTS = f"{PLATFORM}/sign-outs"
AUDIT = f"{PLATFORM}/audit"
GONE = f"{PLATFORM}/gone"


def tenant_root(tenant_id: str) -> str:
    """Name the folder under which everything of one tenant lies."""
    return check_key(f"tenants/{check_segment(tenant_id)}")


def revision_name(number: int) -> str:
    """Name the record of one revision in its chain: 12 digits, so that names sort as numbers."""
    return f"{number:012d}.json"


@lru_cache(4_096)
def check_segment(segment: str) -> str:
    """Return the segment, or raise KeyInvalid."""
    if not SEGMENT.fullmatch(segment):
        raise KeyInvalid(
            key=segment,
            reason="a segment has only A-Z a-z 0-9 . _ = ~ - and does not start with a dot",
        )
    if len(segment) > SEGMENT_LIMIT:
        raise KeyInvalid(key=segment, reason=f"a segment has at most {SEGMENT_LIMIT} characters")
    return segment


def check_key(key: str) -> str:
    """Return the key, or raise KeyInvalid: safe segments joined by single slashes."""
    for segment in key.split("/"):
        check_segment(segment)
    if len(key) > KEY_LIMIT:
        raise KeyInvalid(key=key, reason=f"a key has at most {KEY_LIMIT} characters")
    return key


def check_prefix(prefix: str) -> str:
    """Return the prefix, or raise KeyInvalid: a key, or '' for the whole store."""
    return check_key(prefix) if prefix else prefix


def join(prefix: str, key: str) -> str:
    """Put a key under a prefix; either may be ''."""
    return f"{prefix}/{key}" if prefix and key else prefix or key


def escape_id(outside_id: str) -> str:
    """
    Spell an id from outside as one safe segment; distinct ids give distinct segments.

    Letters, digits, '_', '-' and inner dots stay, every other byte of its UTF-8 becomes '~' and
    two hex digits. What grows beyond 200 characters keeps its first 120, then '~~' (which nothing
    shorter contains) and the id's SHA-256.
    """
    raw = outside_id.encode("utf-8", "surrogatepass")
    if not raw:
        raise KeyInvalid(key=outside_id, reason="an id has at least one character")
    escaped = "".join(chr(byte) if byte in UNESCAPED else f"~{byte:02x}" for byte in raw)
    if escaped.startswith("."):
        escaped = f"~2e{escaped[1:]}"
    if len(escaped) <= ESCAPED_LIMIT:
        return escaped
    return f"{escaped[:ESCAPED_HEAD]}~~{sha256(raw).hexdigest()}"
