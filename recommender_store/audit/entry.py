"""
One line of the audit trail, and its bytes.

An entry holds no value: it points at the revision that does, by number and digest. It is sealed
with the platform's secret, and names the digest of the bytes of the entry before it.
"""

from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any, Protocol

import msgspec

from recommender_store.author import Author
from recommender_store.errors import RecordUnreadable
from recommender_store.objects.keys import revision_name

FORMAT = "audit/1"
PURPOSE = "audit"


class Seals(Protocol):
    """The platform's secrets, as far as the trail needs them."""

    def digest(self, purpose: str, text: str) -> str: ...

    def verifies(self, purpose: str, text: str, digest: str) -> bool: ...


class AuditEntry(
    msgspec.Struct,
    frozen=True,
    omit_defaults=True,
    rename={"written_at": "at", "written_by": "by", "written_from": "from"},
):
    """Who did what to which tenant."""

    kind: str
    """What was done: `key.revoked`."""
    tenant_id: str
    """Empty: the platform."""
    written_at: Annotated[datetime, msgspec.Meta(tz=True)]
    written_by: str
    written_from: str
    write_id: str
    subject: tuple[str, ...] = ()
    """To what: ids, or names of settings."""
    request_id: str = ""
    chain: str = ""
    """The revision chain below the tenant's prefix; empty for what is no decision of a chain."""
    revision: int = 0
    record: str = ""
    """The digest that the revision carries."""
    detail: dict[str, Any] = {}
    """Of what is in no chain."""
    is_late: bool = False
    """Taken in afterwards: whoever wrote the revision did not come to write this."""
    number: int = 0
    previous: str = ""
    """SHA-256 of the bytes of the entry before; empty for the first."""
    seal: str = ""
    """Keyed digest of all the above."""
    format: str = FORMAT

    @property
    def author(self) -> Author:
        return Author(self.written_by, self.written_from, self.request_id)


def placed(entry: AuditEntry, number: int, before: bytes | None, seals: Seals) -> AuditEntry:
    """The entry under its number, linked and sealed."""
    previous = "" if before is None else digest_of(before)
    linked = msgspec.structs.replace(entry, number=number, previous=previous)
    return msgspec.structs.replace(linked, seal=seals.digest(PURPOSE, _sealed_text(linked)))


def is_sealed(entry: AuditEntry, seals: Seals) -> bool:
    """Whether one of the platform's secrets sealed what the entry says."""
    return seals.verifies(PURPOSE, _sealed_text(entry), entry.seal)


def encode(entry: AuditEntry) -> bytes:
    return msgspec.json.encode(entry)


def decode(data: bytes, number: int) -> AuditEntry:
    """Raises RecordUnreadable."""
    try:
        entry = msgspec.json.decode(data, type=AuditEntry)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise RecordUnreadable(key=revision_name(number), reason=str(error)) from error
    if (entry.format, entry.number) != (FORMAT, number):
        reason = f"it is {entry.format!r} number {entry.number}, not {FORMAT!r} number {number}"
        raise RecordUnreadable(key=revision_name(number), reason=reason)
    return entry


def digest_of(data: bytes) -> str:
    return sha256(data).hexdigest()


def _sealed_text(entry: AuditEntry) -> str:
    return encode(msgspec.structs.replace(entry, seal="")).decode()
