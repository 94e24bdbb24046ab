"""
One page of usage: what one worker did for one tenant on one UTC day; and what lay in the store.

A page holds totals, never differences, and only its worker writes it: written twice or late, it
says the same.
"""

from typing import TypeVar

import msgspec
from msgspec import Struct

from recommender_store.errors import RecordUnreadable
from recommender_store.objects.digest import record_digest

FORMAT_VERSION = 1


class UsagePage(Struct, kw_only=True, forbid_unknown_fields=True):
    """The totals of one worker and day."""

    worker: str
    day: str
    """UTC, `YYYY-MM-DD`."""
    version: int = FORMAT_VERSION
    requests: int = 0
    """Let in with the tenant's keys; of a batch of questions each is one."""
    answers: dict[str, int] = {}
    """Tier (`served_by`) → recommendations that it gave."""
    events: int = 0
    """Accepted."""
    event_bytes: int = 0
    """Of the batches that brought them, unpacked."""
    refused: dict[str, int] = {}
    """Quota → how often something was refused for it."""
    shelf_byte_s: float = 0.0
    """Bytes in memory × seconds."""
    sha256: str | None = None
    """Of the page without this field."""


class Stored(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """What lay in the store for a tenant when somebody looked, once on a day."""

    day: str
    at_s: float
    """Since 1970."""
    log_bytes: int = 0
    catalog_bytes: int = 0
    artifact_bytes: int = 0
    version: int = FORMAT_VERSION
    sha256: str | None = None


Record = TypeVar("Record", UsagePage, Stored)


def encode(record: UsagePage | Stored) -> bytes:
    return msgspec.json.encode(msgspec.structs.replace(record, sha256=record_digest(record)))


def decode(key: str, data: bytes, kind: type[Record]) -> Record:
    """
    Raises:
        RecordUnreadable: where it is damaged, or a newer version of this code wrote it.
    """
    try:
        record = msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise RecordUnreadable(key=key, reason=str(error)) from error
    if record.sha256 != record_digest(record):
        raise RecordUnreadable(key=key, reason="its bytes were changed")
    return msgspec.structs.replace(record, sha256=None)
