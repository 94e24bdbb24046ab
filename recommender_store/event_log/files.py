"""
Which Parquet files count: a list, and one chain of revisions that names the newest list.

A file that is not named there is not part of the log, whether it is left over from a killed
compaction or waits for its grace time to end. Marks say which segments the files already hold.
Lists are objects of their own, so that a step costs one small record in the chain for ever, and
a long list only until it is replaced.
"""

import uuid
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from recommender_store.author import Author
from recommender_store.errors import ObjectMissing, RevisionConflict
from recommender_store.objects.scope import Scope

from .errors import LogFileCorrupt
from .flow import DayFlow

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
    flow: dict[str, DayFlow] = Field(default_factory=dict)
    """UTC day of `received_at` → what came and went; see `flow`."""
    purges: int = 0
    """Steps that removed, or may have removed, what somebody was told of: who was, starts anew."""
    imports: int = 0
    """Steps that took in events that no segment ever held."""

    @property
    def row_count(self) -> int:
        return sum(file.rows for file in self.files)

    @property
    def is_accounted(self) -> bool:
        """False where an older version wrote the list, until the next step counts its files."""
        return bool(self.flow) or not self.files


class Listed(NamedTuple):
    """One state, the number of the decision that made it so, and where its list lies."""

    state: LogFiles
    number: int
    key: str | None


class FileLists:
    """The states of one log."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._chain = scope.chain("files")

    def number(self) -> int:
        """Grows with every new state."""
        head = self._chain.head()
        return head.number if head else 0

    def newest(self) -> Listed:
        """
        Raises:
            LogFileCorrupt: where the list is gone or cannot be read.
        """
        head = self._chain.head()
        if head is None or head.value is None:
            return Listed(LogFiles(), head.number if head else 0, None)
        key = head.value["list"]
        try:
            raw = self._scope.get(key)
            if head.value.get("sha256") not in (None, sha256(raw).hexdigest()):
                raise LogFileCorrupt(file=key, reason="has another digest than when it was written")
            return Listed(LogFiles.model_validate_json(raw), head.number, key)
        except ObjectMissing as error:
            raise LogFileCorrupt(file=key, reason="is missing") from error
        except ValidationError as error:
            raise LogFileCorrupt(file=key, reason="is not a list of log files") from error

    def replace(self, before: Listed, state: LogFiles, now: datetime) -> None:
        """
        Make `state` the newest; the list that it replaces retires.

        Raises:
            RevisionConflict: where another process moved the log since `before`.
        """
        if before.key is not None:
            retired = (*state.retired, Retired(key=before.key, at=now))
            state = state.model_copy(update={"retired": retired})
        key = f"lists/{uuid.uuid4().hex}.json"
        raw = state.model_dump_json(exclude_defaults=True).encode()
        self._scope.put(key, raw)
        value = {
            "list": key,
            "sha256": sha256(raw).hexdigest(),
            "files": len(state.files),
            "rows": state.row_count,
        }
        try:
            self._chain.append(value, author=PLATFORM, expected=before.number)
        except RevisionConflict:
            self._scope.delete(key)
            raise
