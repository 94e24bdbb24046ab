"""
What can go wrong with bundles; the root is the store's.

    StoreError
    ├── ArtifactMissing      artifact_missing      the tenant has no such version
    ├── ArtifactExists       artifact_exists       the version is taken by another bundle
    ├── ArtifactCorrupt      artifact_corrupt      files that are not what was published
    ├── ArtifactFormatUnknown  artifact_format_unknown  made by a newer version of this code
    ├── ModelRefused         model_refused         the gate said no, and nobody said why not
    ├── NothingToRollBack    nothing_to_roll_back  no earlier version was current
"""

# ruff: noqa: N818 (what happened is the name; that it is an error, the root says)

from collections.abc import Mapping
from typing import ClassVar

from recommender_store.errors import StoreError


class ArtifactMissing(StoreError):
    """The tenant has no published artifact of this version, or none is current."""

    code: ClassVar[str] = "artifact_missing"

    def __init__(self, *, version: str) -> None:
        super().__init__(f"there is no published model '{version}': see `recommender models list`")
        self.version = version


class ArtifactExists(StoreError):
    """Another bundle was published under the version."""

    code: ClassVar[str] = "artifact_exists"

    def __init__(self, *, version: str) -> None:
        super().__init__(
            f"another model was published as '{version}' already: train again, "
            "which makes a version of its own"
        )
        self.version = version


class ArtifactCorrupt(StoreError):
    """An artifact's file is missing, cut or changed."""

    code: ClassVar[str] = "artifact_corrupt"

    def __init__(self, *, version: str, file: str, reason: str) -> None:
        super().__init__(
            f"the model '{version}' cannot be opened: its file '{file}' {reason}. "
            "Roll back to an earlier version or train again"
        )
        self.version = version
        self.file = file
        self.reason = reason


class ArtifactFormatUnknown(StoreError):
    """The manifest names a format that this code does not read."""

    code: ClassVar[str] = "artifact_format_unknown"

    def __init__(self, *, version: str, found: str, known: str) -> None:
        super().__init__(
            f"the model '{version}' has the format {found!r}, this code reads {known!r}: "
            "update recommender-platform, or roll back to an earlier version"
        )
        self.version = version
        self.found = found
        self.known = known


class ModelRefused(StoreError):
    """The gate refused slots of the model, and nobody said why it is to go live all the same."""

    code: ClassVar[str] = "model_refused"

    def __init__(self, *, version: str, sentences: Mapping[str, str]) -> None:
        reasons = " | ".join(f"{slot}: {sentence}" for slot, sentence in sentences.items())
        super().__init__(
            f"the gate refused slots of the model '{version}'. {reasons} | to put it live all the "
            "same, force it and give the reason, which is kept"
        )
        self.version = version
        self.sentences = dict(sentences)


class NothingToRollBack(StoreError):
    """No earlier version was ever current."""

    code: ClassVar[str] = "nothing_to_roll_back"

    def __init__(self) -> None:
        super().__init__("no earlier model was live, so there is nothing to roll back to")
