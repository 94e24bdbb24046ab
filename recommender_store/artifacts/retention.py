"""
Which bundles stay: the current one, those before it, the young ones, those that experiments name,
and what they refer to.

A bundle goes manifest first, so that no half of one is ever opened. A file that a kept bundle
carries over stays where it lies, whatever becomes of the bundle that it was made for.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from recommender_store.objects.protocol import ObjectInfo

from .manifest import Manifest

ORPHAN_GRACE = timedelta(hours=24)
"""No upload takes a day: whoever left files without a manifest has died."""


@dataclass(frozen=True)
class Cleaning:
    """What went, or would go."""

    versions: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    """In the order in which they go."""
    orphans: int = 0
    """Of the keys, those of bundles that were never finished, or whose last parts went."""
    bytes: int = 0


def kept_versions(
    manifests: Iterable[Manifest],
    lived: Sequence[str],
    *,
    previous: int,
    since: datetime,
    named: Collection[str] = (),
) -> set[str]:
    """
    Args:
        manifests: of all bundles.
        lived: versions that are or were current, the newest first, each once.
        previous: how many beside the current one stay.
        since: what was made from then on stays too.
        named: what experiments answer by stays as well.
    """
    young = {manifest.version for manifest in manifests if manifest.created_at >= since}
    return young | set(lived[: previous + 1]) | set(named)


def cleaning(
    objects: Iterable[ObjectInfo], manifests: Iterable[Manifest], kept: set[str], now: datetime
) -> Cleaning:
    """What of `objects`, all that lies below the artifacts, need not stay."""
    known = {manifest.version: manifest for manifest in manifests}
    needed = {
        f"{file.version}/{file.path}"
        for version in kept & set(known)
        for file in known[version].every_file()
    }
    dropped = sorted(set(known) - kept)
    manifest_keys: list[str] = []
    file_keys: list[str] = []
    orphans = size = 0
    for info in objects:
        version, _, path = info.key.partition("/")
        if version in kept or info.key in needed:
            continue
        is_orphan = version not in known
        if is_orphan and now - info.modified_at <= ORPHAN_GRACE:
            continue
        orphans += is_orphan
        size += info.size
        (manifest_keys if path == "manifest.json" else file_keys).append(info.key)
    return Cleaning(tuple(dropped), (*manifest_keys, *file_keys), orphans, size)
