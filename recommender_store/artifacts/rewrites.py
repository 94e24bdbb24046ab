"""
The manifests of a bundle after its first one: a chain of revisions below the bundle.

Only an erasure writes one. The newest counts; where there is none, `manifest.json` does.
"""

from pydantic import ValidationError

from recommender_store.author import Author
from recommender_store.errors import RecordUnreadable
from recommender_store.objects.revisions import RevisionChain
from recommender_store.objects.scope import Scope

from .errors import ArtifactCorrupt
from .manifest import Manifest

FOLDER = "manifests"


class Rewrites:
    """The later manifests of the bundles below one scope."""

    def __init__(self, artifacts: Scope) -> None:
        self._artifacts = artifacts

    def number(self, version: str) -> int:
        head = self._chain(version).head()
        return head.number if head else 0

    def newest(self, first: Manifest) -> Manifest:
        """
        What the bundle says of itself now, given what it said first.

        Raises:
            ArtifactCorrupt: where that cannot be read.
        """
        try:
            head = self._chain(first.version).head()
            if head is None or head.value is None:
                return first
            return Manifest.read(head.value)
        except (RecordUnreadable, ValidationError) as error:
            raise ArtifactCorrupt(
                version=first.version, file=FOLDER, reason="cannot be read"
            ) from error

    def append(self, manifest: Manifest, after: int, author: Author) -> None:
        """
        Raises:
            RevisionConflict: where the bundle was rewritten since revision `after`.
        """
        chain = self._chain(manifest.version)
        chain.append(manifest.model_dump(mode="json"), author=author, expected=after)

    def _chain(self, version: str) -> RevisionChain:
        return self._artifacts.chain(version, FOLDER)
