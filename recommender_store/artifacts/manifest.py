"""
What a bundle says of itself: its format first, then its slots, its files with their digests, and
where it comes from. Written last: a bundle without a manifest does not exist.

Every slot was fitted, measured and gated alone. A slot that was refused is carried over from the
bundle that was current: its files stay where they are, named here by version and digest.

What `bundle/1` said is read as it was meant: its users are named by plain ids.
"""

import hashlib
import json
from datetime import datetime
from typing import Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field

FORMAT: Literal["bundle/2"] = "bundle/2"
BEFORE = "bundle/1"
"""The older format that is read, too."""

SlotName = Literal[
    "similar", "bought_together", "for_you", "next", "content", "popular", "trending"
]
SLOTS: tuple[SlotName, ...] = get_args(SlotName)


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FileRecord(_Record):
    """One file of a bundle."""

    version: str
    """The bundle under which the file lies; another one's where it was carried over."""
    path: str
    """Below that bundle, for example `similar/neighbours.npy`."""
    size_bytes: int
    sha256: str


class Verdict(_Record):
    """What the gate said of a slot."""

    slot: SlotName
    passed: bool
    sentence: str
    figures: dict[str, float | int | str | None] = Field(default_factory=dict)


class SlotRecord(_Record):
    """One slot: which recipe filled it, with what, and how well it did."""

    recipe: str
    kind: str
    """What the files are, and so which code of `recommender_models` opens them."""
    parameters: dict[str, Any]
    was_searched: bool = False
    """A search chose recipe and parameters: the next trainings take them over."""
    warm_starts: int = 0
    """How many fits in a row, this one among them, went on from the live one; 0: from nothing."""
    fitted_in: str
    """The version whose training fitted it."""
    data_until: datetime
    files: dict[str, FileRecord]
    """Name within the slot → file."""
    metrics: dict[str, Any] = Field(default_factory=dict)
    verdict: Verdict | None = None


class Lineage(_Record):
    """Where a bundle comes from: enough to make it again."""

    run_id: str
    data_fingerprint: str
    window_since: datetime
    window_until: datetime
    events: int
    interactions: int
    users: int
    items: int
    seed: int
    threads: int
    code_version: str
    settings: dict[str, Any] = Field(default_factory=dict)
    """The tenant's settings for training and gate, as they were."""
    durations_s: dict[str, float] = Field(default_factory=dict)


class Manifest(_Record):
    """One bundle."""

    format: Literal["bundle/2"] = FORMAT
    version: str
    created_at: datetime
    data_until: datetime
    """Up to when the bundle's record of users and popularity knows the log."""
    user_ids: Literal["digest", "plain"] = "digest"
    """What stands for a user: the tenant's keyed digest, or, in what `bundle/1` left, the id."""
    files: dict[str, FileRecord]
    """The bundle's own parts: items, users, what was seen."""
    slots: dict[SlotName, SlotRecord]
    refused: dict[SlotName, Verdict] = Field(default_factory=dict)
    """What was fitted and not let in; a carried-over slot may stand in its place."""
    lineage: Lineage

    @classmethod
    def read(cls, data: dict[str, Any]) -> Self:
        """
        From what was written, in either format.

        Raises:
            ValidationError
        """
        if data.get("format") == BEFORE:
            data = {**data, "format": FORMAT, "user_ids": "plain"}
        return cls.model_validate(data)

    def places(self) -> dict[str, FileRecord]:
        """Where each file lies in a whole bundle: its own at the top, a slot's below its name."""
        places = dict(self.files)
        for slot, record in self.slots.items():
            places |= {f"{slot}/{name}": file for name, file in record.files.items()}
        return places

    def every_file(self) -> list[FileRecord]:
        return list(self.places().values())

    def not_let_in(self) -> dict[SlotName, Verdict]:
        """Slots that the bundle brings itself although the gate refused them."""
        return {
            slot: record.verdict
            for slot, record in self.slots.items()
            if record.fitted_in == self.version
            and record.verdict is not None
            and not record.verdict.passed
        }


def content_sha256(manifest: Manifest) -> str:
    """
    A digest of what a bundle holds and says: files, recipes, parameters, figures, verdicts.

    Times, durations, threads and the names of version and run are left out: the same log, seed and
    code give the same digest, whenever and wherever.
    """
    said = manifest.model_dump(mode="json", exclude={"version", "created_at"})
    said["files"] = {name: file.sha256 for name, file in sorted(manifest.files.items())}
    for slot, record in manifest.slots.items():
        said["slots"][slot]["files"] = {name: one.sha256 for name, one in record.files.items()}
        if record.fitted_in == manifest.version:
            del said["slots"][slot]["fitted_in"]
    for name in ("run_id", "durations_s", "threads"):
        del said["lineage"][name]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
