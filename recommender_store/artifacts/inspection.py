"""
Looking at every bundle: its manifest, each file by size and digest, and whether the current one
is there.
"""

import tempfile
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from recommender_store.errors import ObjectMissing, StoreError
from recommender_store.objects.finding import Examined, Finding, damage, orphan
from recommender_store.objects.scope import Scope

from .catalogue import DIGEST, ModelCatalogue
from .errors import ArtifactCorrupt, ArtifactFormatUnknown, ArtifactMissing
from .manifest import FileRecord, Manifest
from .retention import cleaning
from .verification import verify

ADVICE = "roll back to an earlier version or train again"


def inspect_bundles(
    models: ModelCatalogue, artifacts: Scope, now: datetime, examined: Examined
) -> Iterator[Finding]:
    manifests: list[Manifest] = []
    is_whole = True
    for version in artifacts.children(""):
        try:
            manifests.append(models.manifest(version))
            yield from _inspect_manifest(artifacts, version)
        except ArtifactMissing:
            continue
        except (ArtifactCorrupt, ArtifactFormatUnknown, StoreError) as error:
            is_whole = False
            yield damage(f"artifacts/{version}/manifest.json", str(error))
    files = {file for manifest in manifests for file in manifest.every_file()}
    for file in sorted(files, key=lambda file: (file.version, file.path)):
        finding = _inspect_file(artifacts, file, examined)
        # An erasure replaces files of users at any time.
        if finding and file in _named_now(models, manifests):
            yield finding
    yield from _inspect_current(models, {manifest.version for manifest in manifests})
    if is_whole:
        kept = {manifest.version for manifest in manifests}
        for key in cleaning(list(artifacts.list("")), manifests, kept, now).keys:
            yield orphan(f"artifacts/{key}")


def _inspect_manifest(artifacts: Scope, version: str) -> Iterator[Finding]:
    key = f"{version}/manifest.json"
    try:
        digest = artifacts.get(f"{version}/{DIGEST}").decode("ascii", "replace")
    except ObjectMissing:
        return  # an older version of this code published it
    if sha256(artifacts.get(key)).hexdigest() != digest:
        sentence = f"or its digest beside it was changed since it was published: {ADVICE}"
        yield damage(f"artifacts/{key}", sentence)


def _inspect_file(artifacts: Scope, file: FileRecord, examined: Examined) -> Finding | None:
    key = f"{file.version}/{file.path}"
    examined(f"artifacts/{key}")
    with tempfile.TemporaryDirectory(prefix="recommender-check-") as folder:
        try:
            path = artifacts.local_path(key) or Path(folder) / "file"
            if not path.exists():
                artifacts.download(key, path)
            verify(file.version, file, path)
        except ObjectMissing:
            return damage(f"artifacts/{key}", f"is missing: {ADVICE}")
        except ArtifactCorrupt as error:
            return damage(f"artifacts/{key}", f"{error.reason}: {ADVICE}")
    return None


def _named_now(models: ModelCatalogue, manifests: list[Manifest]) -> set[FileRecord]:
    """The files that the manifests name by now; none of bundles that went."""
    named: set[FileRecord] = set()
    for manifest in manifests:
        try:
            named |= set(models.manifest(manifest.version).every_file())
        except ArtifactMissing:
            continue
    return named


def _inspect_current(models: ModelCatalogue, versions: set[str]) -> Iterator[Finding]:
    try:
        version = models.current().version
    except (StoreError, KeyError) as error:
        yield damage("models/current", f"cannot be read ({error}): restore it from a backup")
        return
    if version is not None and version not in versions:
        yield damage("models/current", f"names the model '{version}', which is not there: {ADVICE}")
