"""
From a version to an opened bundle, through this machine's cache.

Files were verified when they entered the cache. Should the disk have spoilt them since, so that
they cannot be opened, they are fetched and verified once more.
"""

from pathlib import Path

import msgspec

from recommender_store.artifacts.catalogue import ModelCatalogue
from recommender_store.artifacts.errors import ArtifactCorrupt
from recommender_store.artifacts.local_cache import LocalCache

from .bundle import Bundle

UNREADABLE = (OSError, EOFError, ValueError, RuntimeError, msgspec.MsgspecError)
"""What numpy, marisa, faiss and msgspec raise over files that are not what they were."""


def open_bundle(models: ModelCatalogue, version: str, cache: LocalCache) -> tuple[Bundle, Path]:
    """
    The bundle, and the folder of its files.

    Raises:
        ArtifactMissing: where it was not published.
        ArtifactFormatUnknown: where a newer code wrote it.
        ArtifactCorrupt: where a file is not what was published.
    """
    manifest, folder = models.open(version, cache)
    try:
        return Bundle.open(manifest, folder), folder
    except UNREADABLE:
        cache.discard(folder)
        manifest, folder = models.open(version, cache)
    try:
        return Bundle.open(manifest, folder), folder
    except UNREADABLE as error:
        reason = f"cannot be opened ({error})"
        raise ArtifactCorrupt(version=version, file="bundle", reason=reason) from error
