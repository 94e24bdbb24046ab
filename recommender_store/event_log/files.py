"""
Which Parquet files count: the newest revision of one chain.

A file that is not named here is not part of the log, whether it is left over from a killed
compaction or waits for its grace time to end. Marks say which segments the files already hold.
"""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from recommender_store.author import Author
from recommender_store.objects.revisions import Revision, RevisionChain

PLATFORM = Author(by="platform", origin="event_log")


class LogFile(BaseModel):
    """One Parquet file: the events of one UTC day, or some of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    """Below the tenant's event log."""
    day: str
    """UTC day of `occurred_at`, `YYYY-MM-DD`."""
    rows: int
    size_bytes: int
    sha256: str


class Retired(BaseModel):
    """An object that counts no more and may be deleted after its grace time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    at: datetime


class LogFiles(BaseModel):
    """One state of the log's Parquet side."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    files: tuple[LogFile, ...] = ()
    marks: dict[str, str] = Field(default_factory=dict)
    """Writer → its last segment whose events the files hold."""
    checkpoint: str | None = None
    """Where the newest events of each user lie, for live history."""
    retired: tuple[Retired, ...] = ()

    def of_day(self, day: str) -> list[LogFile]:
        return [file for file in self.files if file.day == day]

    @property
    def row_count(self) -> int:
        return sum(file.rows for file in self.files)


class LogFilesHead:
    """The chain's newest state and the number it stands under."""

    def __init__(self, value: LogFiles, number: int) -> None:
        self.value = value
        self.number = number

    @classmethod
    def read(cls, chain: RevisionChain) -> Self:
        return cls.of(chain.head())

    @classmethod
    def of(cls, revision: Revision | None) -> Self:
        if revision is None or revision.value is None:
            return cls(LogFiles(), revision.number if revision else 0)
        return cls(LogFiles.model_validate(revision.value), revision.number)

    def replace(self, chain: RevisionChain, value: LogFiles) -> None:
        """
        Make `value` the newest state.

        Raises:
            RevisionConflict: where another process moved the log meanwhile.
        """
        chain.append(value.model_dump(mode="json"), author=PLATFORM, expected=self.number)
