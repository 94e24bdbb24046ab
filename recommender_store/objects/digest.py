"""
The digest by which a record tells that a byte of it was changed; it stands in its `sha256`.

A record without one was written before there were any, and is read as it is.
"""

from hashlib import sha256

import msgspec


def record_digest(record: msgspec.Struct) -> str:
    """Of what the record says besides its digest, however its bytes were spelt."""
    return sha256(msgspec.json.encode(msgspec.structs.replace(record, sha256=None))).hexdigest()
