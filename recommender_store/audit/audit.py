"""
The audit of a store: what every decision leaves in the trail, and how it is read again.

Decisions of chains come by themselves, through the witness that the chains are given; what is in
no chain (an erasure, an import) is noted by whoever did it. Values are read from the revisions
when somebody asks, so that they go where their tenant goes.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from uuid import uuid4

import structlog

from recommender_store.author import Author
from recommender_store.errors import ObjectMissing, RecordUnreadable, StoreError
from recommender_store.objects.keys import AUDIT, tenant_root
from recommender_store.objects.protocol import ObjectStore
from recommender_store.objects.revisions import Revision
from recommender_store.objects.scope import Scope

from .changes import Change
from .deeds import Deed, changes_of, deed_of, is_decision
from .entry import AuditEntry, Seals
from .trail import READS_AT_ONCE, Trail

_log = structlog.get_logger()


@dataclass(frozen=True)
class Wanted:
    """Which entries; None: all."""

    tenant_id: str | None = None
    by: str | None = None
    kind: str | None = None
    """`key.revoked`, or `key` for all of them."""
    day: date | None = None
    """In UTC."""

    def fits(self, entry: AuditEntry) -> bool:
        return (
            self.tenant_id in (None, entry.tenant_id)
            and self.by in (None, entry.written_by)
            and self.kind in (None, entry.kind, entry.kind.partition(".")[0])
            and self.day in (None, entry.written_at.astimezone(UTC).date())
        )


class Listed(NamedTuple):
    """A page as it is told, the newest first; `before` begins the next one."""

    entries: list[dict[str, Any]]
    before: int | None


class Audit:
    """Of one store. Safe to share between threads."""

    def __init__(self, objects: ObjectStore, seals: Seals) -> None:
        self._objects = objects
        self.trail = Trail(Scope(objects, AUDIT), seals)

    def decided(self, prefix: str, before: Revision | None, after: Revision) -> None:
        """
        The witness of every chain: write down what was decided.

        The decision is durable already, so an entry that cannot be written fails nothing: it is
        told in the log of the process, and `recommender audit check` names it.
        """
        tenant_id, chain = tenant_and_chain(prefix)
        if not is_decision(chain):
            return
        try:
            self.trail.append(entry_of(tenant_id, chain, before, after))
        except StoreError as error:
            _log.error(
                "audit_entry_missing", tenant_id=tenant_id, chain=chain, revision=after.number,
                detail=str(error),
            )  # fmt: skip

    def note(
        self, tenant_id: str, deed: Deed, author: Author, detail: Mapping[str, Any] | None = None
    ) -> None:
        """
        Write down what is in no chain; of a user `detail` names only the keyed digest.

        Raises:
            StoreUnavailable, StoreFull
        """
        entry = AuditEntry(
            kind=deed.kind,
            subject=deed.subject,
            tenant_id=tenant_id,
            written_at=datetime.now(UTC),
            written_by=author.by,
            written_from=author.origin,
            request_id=author.request_id,
            write_id=uuid4().hex,
            detail=dict(detail or {}),
        )
        self.trail.append(entry)

    def page(self, wanted: Wanted, limit: int, before: int | None = None) -> Listed:
        """A page may be short, or empty, and still have a next one: see `Trail.page`."""
        found = self.trail.page(limit, before, wanted.fits)
        with ThreadPoolExecutor(READS_AT_ONCE) as readers:
            return Listed([*readers.map(self._told, found.entries)], found.before)

    def of(self, tenant_id: str) -> "TenantAudit":
        return TenantAudit(self, tenant_id)

    def _told(self, entry: AuditEntry) -> dict[str, Any]:
        changes = self._changes(entry) if entry.chain else []
        return {
            "number": entry.number,
            "kind": entry.kind,
            "tenant": entry.tenant_id or None,
            "subject": list(entry.subject),
            "at": entry.written_at,
            "by": entry.written_by,
            "from": entry.written_from,
            "request_id": entry.request_id or None,
            "changes": None if changes is None else [one._asdict() for one in changes],
            "detail": entry.detail,
            "late": entry.is_late,
        }

    def _changes(self, entry: AuditEntry) -> list[Change] | None:
        """What the revision changed; None where it went with its tenant, or is another one now."""
        chain = Scope(self._objects, tenant_root(entry.tenant_id)).chain(entry.chain)
        try:
            after = chain.at(entry.revision)
            before = chain.at(entry.revision - 1) if entry.revision > 1 else None
        except (ObjectMissing, RecordUnreadable):
            return None
        if entry.record != (after.sha256 or ""):
            return None
        return changes_of(entry.chain, before.value if before else None, after.value)


class TenantAudit:
    """The trail as one tenant sees it."""

    def __init__(self, audit: Audit, tenant_id: str) -> None:
        self._audit = audit
        self._tenant_id = tenant_id

    def note(self, deed: Deed, author: Author, detail: Mapping[str, Any] | None = None) -> None:
        """As `Audit.note`."""
        self._audit.note(self._tenant_id, deed, author, detail)

    def tell(self, deed: Deed, author: Author, detail: Mapping[str, Any] | None = None) -> None:
        """The same of what is done already: that it cannot be written down fails nothing."""
        try:
            self.note(deed, author, detail)
        except StoreError as error:
            _log.error(
                "audit_entry_missing", tenant_id=self._tenant_id, kind=deed.kind, detail=str(error)
            )

    def page(self, wanted: Wanted, limit: int, before: int | None = None) -> Listed:
        """As `Audit.page`, whichever tenant is wanted."""
        return self._audit.page(replace(wanted, tenant_id=self._tenant_id), limit, before)


def tenant_and_chain(prefix: str) -> tuple[str, str]:
    """Whose chain lies under a prefix, and which; '' is the platform."""
    room, _, rest = prefix.partition("/")
    if room != "tenants":
        return "", prefix
    tenant_id, _, chain = rest.partition("/")
    return tenant_id, chain


def entry_of(
    tenant_id: str, chain: str, before: Revision | None, after: Revision, *, is_late: bool = False
) -> AuditEntry:
    """What is written down of a decision."""
    deed = deed_of(chain, before, after)
    return AuditEntry(
        kind=deed.kind,
        subject=deed.subject,
        tenant_id=tenant_id,
        written_at=after.written_at,
        written_by=after.written_by,
        written_from=after.written_from,
        request_id=after.request_id,
        write_id=after.write_id,
        chain=chain,
        revision=after.number,
        record=after.sha256 or "",
        is_late=is_late,
    )
