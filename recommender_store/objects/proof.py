"""
Prove, before anything is decided on a store, that it honours put-if-absent.

Some S3-compatible services and gateways ignore the condition and overwrite: on these, two writers
would both believe that they had won.
"""

from uuid import uuid4

from recommender_store.errors import ObjectMissing, StoreUnsafe

from .keys import PROBES, join
from .protocol import ObjectStore


def prove_put_if_absent(objects: ObjectStore) -> None:
    """Write a probe twice and remove it; raises StoreUnsafe unless the second write is refused."""
    key = join(PROBES, uuid4().hex)
    try:
        # What the first one answers proves nothing: after a blip, a retry inside meets itself.
        objects.put_if_absent(key, b"first")
        is_honoured = not objects.put_if_absent(key, b"second") and objects.get(key) == b"first"
    except ObjectMissing:
        is_honoured = False  # it said twice that the key exists, and there is none
    finally:
        objects.delete(key)
    if not is_honoured:
        raise StoreUnsafe(
            reason="it does not honour put-if-absent (the condition 'If-None-Match: *'), without "
            "which two writers overwrite each other: use a service or a version that does"
        )
