"""
From a version to an opened bundle, through this machine's cache.

Files were verified when they entered the cache. Should the disk have spoilt them since, so that
they cannot be opened, they are fetched and verified once more.

What is popular can be read alone, and so long before the rest of a large bundle is here.
"""

from pathlib import Path

import msgspec

from recommender_store.artifacts.catalogue import ModelCatalogue
from recommender_store.artifacts.errors import ArtifactCorrupt
from recommender_store.artifacts.local_cache import LocalCache
from recommender_store.artifacts.vocabulary import Vocabulary

from .bundle import REMAP, Bundle
from .popularity import PopularRanking

UNREADABLE = (OSError, EOFError, ValueError, RuntimeError, msgspec.MsgspecError)
"""What numpy, marisa, faiss and msgspec raise over files that are not what they were."""
_ITEMS = "items.marisa"


def open_bundle(models: ModelCatalogue, version: str, cache: LocalCache) -> tuple[Bundle, Path]:
    """
    The bundle, and the folder of its files.

    Raises:
        ArtifactMissing: where it was not published.
        ArtifactFormatUnknown: where a newer code wrote it.
        ArtifactCorrupt: where a file is not what was published.
        DigestKeyUnreadable: where users cannot be found in it.
    """
    manifest, folder = models.open(version, cache)
    digests = models.digests_for(manifest)
    try:
        return Bundle.open(manifest, folder, digests), folder
    except UNREADABLE:
        cache.discard(folder)
        manifest, folder = models.open(version, cache)
    try:
        return Bundle.open(manifest, folder, digests), folder
    except UNREADABLE as error:
        reason = f"cannot be opened ({error})"
        raise ArtifactCorrupt(version=version, file="bundle", reason=reason) from error


def most_popular(
    models: ModelCatalogue, version: str, cache: LocalCache, most: int
) -> list[tuple[str, float]]:
    """
    The bundle's most popular items with their scores, the best first; empty where it has none.

    Of the bundle, only the slot `popular` and the names of its items are read.

    Raises:
        ArtifactMissing, ArtifactFormatUnknown, ArtifactCorrupt: as `open_bundle`.
    """
    manifest = models.manifest(version)
    slot = manifest.slots.get("popular")
    if slot is None or slot.kind != PopularRanking.KIND or REMAP in slot.files:
        return []
    wanted = {_ITEMS, *(f"popular/{name}" for name in slot.files)}
    try:
        with models.part(manifest, wanted, cache) as folder:
            items = Vocabulary.open(folder / _ITEMS)
            rows, scores = PopularRanking.from_path(folder / "popular").top(most)
            return [
                (items.id(row), score)
                for row, score in zip(rows.tolist(), scores.tolist(), strict=True)
            ]
    except UNREADABLE as error:
        reason = f"cannot be opened ({error})"
        raise ArtifactCorrupt(version=version, file="popular", reason=reason) from error
