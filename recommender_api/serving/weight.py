"""
What a loaded tenant weighs, so that the shelf knows when it is full: an estimate in bytes.

A bundle counts with its files, and a catalog as it is laid out, though they are mapped and shared
by workers: they are what crowds the machine's memory. The rest is counted in objects, by what such
objects were measured to take.
"""

from recommender_models.bundle import Bundle
from recommender_store.artifacts.manifest import Manifest

TENANT_BYTES = 200_000
"""One with nothing in it."""
CHANGED_BYTES = 2_000
"""Of an item of the catalog that was changed since all were laid out: its fields, its stamps."""
COUNTED_BYTES = 150
"""Of an item that somebody did something with: its id, its count."""


def bundle_bytes(bundle: Bundle | None) -> int:
    return 0 if bundle is None else manifest_bytes(bundle.manifest)


def manifest_bytes(manifest: Manifest) -> int:
    return sum(file.size_bytes for file in manifest.every_file())
