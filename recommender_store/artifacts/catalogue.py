"""
A tenant's bundles: publish one, name the current one, promote another, roll back.

Publishing uploads files and writes the manifest last. The current version is the newest revision
of one chain, so promotion and rollback are each one atomic step, with a history and an author.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import structlog
from pydantic import ValidationError

from recommender_store.author import Author
from recommender_store.errors import KeyInvalid, ObjectMissing, RevisionConflict
from recommender_store.objects.revisions import Revision
from recommender_store.objects.scope import Scope

from .errors import (
    ArtifactCorrupt,
    ArtifactExists,
    ArtifactFormatUnknown,
    ArtifactMissing,
    ModelRefused,
    NothingToRollBack,
)
from .local_cache import LocalCache
from .manifest import BEFORE, FORMAT, Manifest
from .retention import Cleaning, cleaning, kept_versions
from .rewrites import Rewrites

if TYPE_CHECKING:
    from .digests import Digests
    from .erasure import Erased
    from .session_rows import Owner

_log = structlog.get_logger()

_MANIFEST = "manifest.json"

CLOCKS_DIFFER = timedelta(days=1)
"""By no more than this, from the machine that trains to the one that promotes."""

DIGEST = "manifest.sha256"
"""Beside the manifest, so that a flipped byte in it is found too."""


@dataclass(frozen=True)
class Current:
    """Which version is live, the number of the decision that made it so, and what was before."""

    version: str | None
    number: int
    before: str | None = None
    is_forced: bool = False
    """Whether it went live although the gate refused slots of it."""
    since: datetime | None = field(default=None, compare=False)
    """When it went live: the decision's own moment, which its number stands for."""


class ModelCatalogue:
    """The bundles below one tenant's scope."""

    def __init__(
        self, owner: str, scope: Scope, digests: Callable[[], "Digests"] | None = None
    ) -> None:
        self._owner = owner
        self._digests = digests
        self._artifacts = scope.at("artifacts")
        self._current = scope.chain("models", "current")

    def publish(self, folder: Path, manifest: Manifest) -> None:
        """
        Upload the files that are the bundle's own from `folder`, then its manifest.

        Interrupted anywhere, no reader ever sees the bundle; publishing it again then finishes it.

        Raises:
            ArtifactExists: where another bundle was published under this version; it stays whole.
            StoreFull, StoreUnavailable: nothing was published.
        """
        key = f"{manifest.version}/{_MANIFEST}"
        raw = manifest.model_dump_json(indent=1).encode()
        if self._published(key) is None:
            for file in manifest.every_file():
                if file.version == manifest.version:
                    self._artifacts.upload(folder / file.path, f"{file.version}/{file.path}")
            self._artifacts.put(f"{manifest.version}/{DIGEST}", sha256(raw).hexdigest().encode())
            self._artifacts.put_if_absent(key, raw)
        if self._published(key) != raw:
            raise ArtifactExists(version=manifest.version)

    def _published(self, key: str) -> bytes | None:
        try:
            return self._artifacts.get(key)
        except ObjectMissing:
            return None

    def manifest(self, version: str) -> Manifest:
        """
        Raises:
            ArtifactMissing: where no such version was published.
            ArtifactFormatUnknown: where a newer code wrote it.
            ArtifactCorrupt: where it cannot be read.
        """
        try:
            raw = self._artifacts.get(f"{version}/{_MANIFEST}")
        except (ObjectMissing, KeyInvalid) as error:
            raise ArtifactMissing(version=version) from error
        return Rewrites(self._artifacts).newest(_read_manifest(version, raw))

    def versions(self) -> Iterator[Manifest]:
        """
        Every published bundle, oldest first (versions begin with their time).

        One that cannot be read is logged and left out: it must not hide the others.
        """
        return self._readable(self._artifacts.children(""))

    def newest_first(self) -> Iterator[Manifest]:
        """The same, read one at a time as it is asked for."""
        return self._readable(reversed(self._artifacts.children("")))

    def _readable(self, versions: Iterable[str]) -> Iterator[Manifest]:
        for version in versions:
            try:
                yield self.manifest(version)
            except ArtifactMissing:
                continue
            except (ArtifactCorrupt, ArtifactFormatUnknown) as error:
                _log.warning(
                    "artifact_unreadable", version=version, code=error.code, detail=str(error)
                )

    def size_bytes(self) -> int:
        """What lies in the store of all bundles, finished or not."""
        return sum(info.size for info in self._artifacts.list(""))

    def current(self) -> Current:
        return _current(self._current.head())

    def history(self) -> Iterator[Revision]:
        """Every promotion and rollback, newest first."""
        return self._current.revisions()

    def promote(
        self,
        version: str,
        *,
        author: Author,
        expected: int | None = None,
        reason: str = "",
        despite: str | None = None,
    ) -> Current:
        """
        Make a published version the current one; one that is current already stays so.

        Args:
            version: which one.
            author: who decides.
            expected: number of the revision that this one is to follow; None: whichever.
            reason: why, if there is anything to say.
            despite: why, although the gate refused slots of it; stands in place of `reason`.

        Raises:
            ArtifactMissing: where it was not published.
            ModelRefused: where the gate refused slots of it, and `despite` says nothing.
            RevisionConflict: where the current one is no longer that of revision `expected`.
        """
        refused = self.manifest(version).not_let_in()
        if refused and not despite:
            sentences: dict[str, str] = {slot: one.sentence for slot, one in refused.items()}
            raise ModelRefused(version=version, sentences=sentences)
        now = self.current()
        if expected not in (None, now.number):
            raise RevisionConflict(expected=expected, current=now.number)
        if version == now.version:
            return now
        value = {"version": version, "before": now.version, "reason": despite or reason}
        return self._decide(value | ({"forced": True} if refused else {}), author, now.number)

    def decisions_on(self, version: str) -> Iterator[Revision]:
        """Each time that a version was made the current one, newest first."""
        made_at = self.manifest(version).created_at - CLOCKS_DIFFER
        since = takewhile(lambda past: past.written_at >= made_at, self._current.revisions())
        return (past for past in since if _current(past).version == version)

    def roll_back(self, *, author: Author, reason: str = "") -> Current:
        """
        Make the version that was live before this one current again; twice goes back two.

        Raises:
            NothingToRollBack: where there was none.
        """
        now = self.current()
        if now.before is None:
            raise NothingToRollBack
        then = next(
            (
                past.before
                for past in map(_current, self._current.revisions())
                if past.version == now.before and past.number < now.number
            ),
            None,
        )
        self.manifest(now.before)
        value = {"version": now.before, "before": then, "reason": reason, "rolled_back": True}
        return self._decide(value, author, now.number)

    def _decide(self, value: dict[str, Any], author: Author, expected: int) -> Current:
        return _current(self._current.append(value, author=author, expected=expected))

    def open(self, version: str, cache: LocalCache) -> tuple[Manifest, Path]:
        """A bundle's manifest, and the local folder of its verified files."""
        manifest = self.manifest(version)
        try:
            return manifest, cache.fetch(self._owner, manifest, self._artifacts.download)
        except ArtifactCorrupt:
            newest = self.manifest(version)
            if newest == manifest:
                raise
        return newest, cache.fetch(self._owner, newest, self._artifacts.download)

    def digests_for(self, manifest: Manifest) -> "Digests | None":
        """
        What a user's id is looked for as in the bundle; None: as it is.

        Raises:
            StoreError: where the tenant's key cannot be opened.
        """
        if manifest.user_ids == "plain" or self._digests is None:
            return None
        return self._digests()

    @contextmanager
    def part(
        self, manifest: Manifest, wanted: Collection[str], cache: LocalCache
    ) -> Iterator[Path]:
        """A local folder with some of a bundle's files, verified; see `LocalCache.part`."""
        with cache.part(self._owner, manifest, wanted, self._artifacts.download) as folder:
            yield folder

    def erase(self, owner: "Owner", cache: LocalCache) -> Iterator["Erased"]:
        """
        Remove a user or a session from every bundle, and from this machine's cache of them.

        The current one is decided for anew, so that every server takes its new files. A bundle
        that cannot be read is told as such and stands in nobody's way.
        """
        from .erasure import PLATFORM, BundleErasure, Erased  # numpy: too dear for who only reads

        erasure = BundleErasure(self._artifacts)
        for version in self._artifacts.children(""):
            try:
                manifest = self.manifest(version)
                digests = self.digests_for(manifest)
                sought = owner if digests is None else owner.found_by(digests)
                knew = erasure.erase(manifest, sought)
                cache.forget_others(self._owner, self.manifest(version))
            except ArtifactMissing:
                continue
            except (ArtifactCorrupt, ArtifactFormatUnknown) as error:
                yield Erased(version, knew_user=False, fault=str(error))
            else:
                yield Erased(version, knew_user=knew)
        self._renew(PLATFORM)

    def _renew(self, author: Author) -> None:
        """Decide for the current version once more where it was rewritten since."""
        while (head := self._current.head()) is not None and head.value is not None:
            number = Rewrites(self._artifacts).number(head.value["version"])
            if head.value.get("rewrite", 0) >= number:
                return
            value = {**head.value, "reason": "a user was erased", "rewrite": number}
            with suppress(RevisionConflict):
                self._current.append(value, author=author, expected=head.number)

    def plan_cleaning(
        self, *, previous: int, since: datetime, now: datetime, named: Collection[str] = ()
    ) -> Cleaning:
        """
        What `clean` would delete.

        Raises:
            ArtifactCorrupt, ArtifactFormatUnknown: where it cannot be told what a bundle needs.
        """
        objects = list(self._artifacts.list(""))
        manifests = []
        for version in sorted({info.key.partition("/")[0] for info in objects}):
            with suppress(ArtifactMissing):
                manifests.append(self.manifest(version))
        kept = kept_versions(manifests, self._lived(), previous=previous, since=since, named=named)
        return cleaning(objects, manifests, kept, now)

    def clean(
        self, *, previous: int, since: datetime, now: datetime, named: Collection[str] = ()
    ) -> Cleaning:
        """Delete bundles that need not stay, and what was never finished; safe to repeat."""
        planned = self.plan_cleaning(previous=previous, since=since, now=now, named=named)
        while set(planned.versions) & set(self._lived()[: previous + 1]):  # promoted just now
            planned = self.plan_cleaning(previous=previous, since=since, now=now, named=named)
        for key in planned.keys:
            self._artifacts.delete(key)
        return planned

    def _lived(self) -> list[str]:
        """Versions that are or were current; this one first, then where rolling back leads."""
        now = self.current()
        told = [now.version, now.before, *(_current(past).version for past in self.history())]
        return [version for version in dict.fromkeys(told) if version is not None]


def _read_manifest(version: str, raw: bytes) -> Manifest:
    try:
        data = msgspec.json.decode(raw)
        found = data["format"]
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise ArtifactCorrupt(version=version, file=_MANIFEST, reason="is not readable") from error
    if found not in (FORMAT, BEFORE):
        raise ArtifactFormatUnknown(version=version, found=str(found), known=FORMAT)
    try:
        manifest = Manifest.read(data)
    except ValidationError as error:
        reason = f"has {error.error_count()} fields that are missing or wrong"
        raise ArtifactCorrupt(version=version, file=_MANIFEST, reason=reason) from error
    if manifest.version != version:
        reason = f"is that of the version '{manifest.version}'"
        raise ArtifactCorrupt(version=version, file=_MANIFEST, reason=reason)
    return manifest


def _current(revision: Revision | None) -> Current:
    if revision is None or revision.value is None:
        return Current(None, revision.number if revision else 0)
    said = revision.value
    return Current(
        version=said["version"],
        number=revision.number,
        before=said["before"],
        is_forced=said.get("forced", False),
        since=revision.written_at,
    )
