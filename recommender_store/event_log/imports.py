"""
How far imports of whole logs have come, so that one that was killed goes on and is not redone.

One record an import, named by the digest of what is imported and how. It says only what is durable
in the log already: it is written after the events, so that a kill between the two costs a block
that is read again, and found to be known.
"""

from datetime import date, datetime
from hashlib import sha256
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from recommender_store.errors import ObjectMissing, RecordUnreadable
from recommender_store.objects.scope import Scope


class ImportRecord(BaseModel):
    """One import, from its start to its end."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    """What people called it: the names of its files."""
    received_at: datetime
    """Of all its events, whenever the import is taken up again."""
    stored_until: date | None = None
    """Events before this UTC day of `occurred_at` are in the log."""
    new_events: int = 0
    duplicates: int = 0
    finished_at: datetime | None = None
    report: dict[str, Any] = Field(default_factory=dict)
    """What was told at its end."""
    sha256: str | None = None
    """Of the record without this field; older records have none."""


class Imports:
    """The records below one tenant's scope."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def find(self, digest: str) -> ImportRecord | None:
        """
        Raises:
            RecordUnreadable: where it is damaged, or of a newer version of this code.
        """
        key = _key(digest)
        try:
            record = ImportRecord.model_validate_json(self._scope.get(key))
        except ObjectMissing:
            return None
        except ValidationError as error:
            raise RecordUnreadable(key=key, reason=str(error.errors()[0]["msg"])) from error
        if record.sha256 not in (None, _digest(record)):
            raise RecordUnreadable(key=key, reason="its bytes were changed")
        return record.model_copy(update={"sha256": None})

    def begin(self, digest: str, record: ImportRecord) -> ImportRecord:
        """Write a first record; gives the one that another process was faster to write."""
        if self._scope.put_if_absent(_key(digest), _encoded(record)):
            return record
        return self.find(digest) or record

    def save(self, digest: str, record: ImportRecord) -> None:
        """Replace the record, whatever it was."""
        self._scope.put(_key(digest), _encoded(record))


def _key(digest: str) -> str:
    return f"{digest}.json"


def _encoded(record: ImportRecord) -> bytes:
    return record.model_copy(update={"sha256": _digest(record)}).model_dump_json().encode()


def _digest(record: ImportRecord) -> str:
    return sha256(record.model_dump_json(exclude={"sha256"}).encode()).hexdigest()
