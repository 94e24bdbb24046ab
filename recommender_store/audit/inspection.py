"""
Holding the trail to itself, and to the chains that it tells of. Changes nothing but on request.

An entry that was changed, removed or made up breaks a link or a seal; a decision that was changed,
removed or made up is not what the trail says, or is not in it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from recommender_store.errors import ObjectMissing, RecordUnreadable
from recommender_store.objects.finding import Finding, damage
from recommender_store.objects.inspection import RESTORE, REVISION
from recommender_store.objects.keys import AUDIT, check_segment, revision_name, tenant_root
from recommender_store.objects.protocol import ObjectStore
from recommender_store.objects.revisions import Revision, RevisionChain
from recommender_store.objects.scope import Scope

from .audit import entry_of
from .deeds import is_decision
from .entry import AuditEntry, Seals, decode, digest_of, encode, is_sealed
from .trail import Trail

JUST_NOW = timedelta(minutes=1)
"""A decision this young may have its entry on the way."""
ENDED = "tenant.ended"


@dataclass
class Inspected:
    """What a look at the trail came to."""

    entries: int = 0
    head: str = ""
    """SHA-256 of the newest entry's bytes: kept elsewhere, it vouches for all before it."""
    findings: list[Finding] = field(default_factory=list)
    told: dict[tuple[str, str, int], AuditEntry] = field(default_factory=dict)
    """By tenant, chain and revision."""
    ended: set[str] = field(default_factory=set)


class Inspection:
    """One look at a store's trail, and at the decisions of all tenants, or of one."""

    def __init__(
        self,
        objects: ObjectStore,
        seals: Seals,
        now: datetime | None = None,
        tenant_id: str | None = None,
    ) -> None:
        self._objects = objects
        self._seals = seals
        self._now = now or datetime.now(UTC)
        self._tenant_id = tenant_id
        self._found = Inspected()

    def run(self, known: tuple[int, str] | None = None) -> Inspected:
        """
        Args:
            known: number and digest of an entry, as an earlier look told them as its head.
        """
        self._look_at_entries(known)
        self._look_at_decisions()
        for tenant_id, chain, _, after in self.untold():
            self._tell(
                f"{tenant_root(tenant_id)}/{chain}/{revision_name(after.number)}",
                f"is not in the trail (it says that {after.written_by} wrote it at "
                f"{after.written_at:%Y-%m-%d %H:%M:%S} UTC): its writer died, or somebody wrote "
                "past the platform; look at it, then `recommender audit record` takes it in",
            )
        return self._found

    def _look_at_entries(self, known: tuple[int, str] | None) -> None:
        scope = Scope(self._objects, AUDIT)
        before: bytes | None = None
        number, is_known = 0, False
        for info in scope.list(""):
            missing, number = number + 1, _number(info.key)
            for gone in range(missing, number):
                self._tell_entry(gone, "was removed")
                before = None
            data = scope.get(info.key)
            entry = self._read(data, number)
            if entry is not None:
                is_known = self._look_at(entry, before, is_known=is_known)
            if known is not None and known == (number, digest_of(data)):
                known = None
            before = data
        self._found.entries = number
        self._found.head = digest_of(before) if before is not None else ""
        if number and not is_known:
            self._tell_entry(number, "is not sealed with RECOMMENDER_SECRET_KEY")
        if known is not None:
            self._tell_entry(known[0], "is not the one that is known: the trail was written anew")

    def _read(self, data: bytes, number: int) -> AuditEntry | None:
        try:
            entry = decode(data, number)
        except RecordUnreadable as error:
            self._tell_entry(number, f"cannot be read ({error.reason})")
            return None
        if encode(entry) != data:
            self._tell_entry(number, "was changed")
        self._found.told[entry.tenant_id, entry.chain, entry.revision] = entry
        if entry.kind == ENDED:
            self._found.ended.add(entry.tenant_id)
        return entry

    def _look_at(self, entry: AuditEntry, before: bytes | None, *, is_known: bool) -> bool:
        """Whether a secret that is known has sealed this one, or one before it."""
        has_seal = is_sealed(entry, self._seals)
        if is_known and not has_seal:
            # A secret that was retired can only have sealed what came before any that is known.
            self._tell_entry(
                entry.number, "was changed, or made up: its seal is not the platform's"
            )
        if before is not None and entry.previous != digest_of(before):
            self._tell_entry(
                entry.number - 1, f"is not what entry {entry.number} was written after"
            )
        if before is None and entry.number == 1 and entry.previous:
            self._tell_entry(1, "names an entry before it")
        return is_known or has_seal

    def _look_at_decisions(self) -> None:
        """Every revision that the trail names is there, and says what it said."""
        for (tenant_id, chain, revision), entry in self._found.told.items():
            if not chain or not self._is_looked_at(tenant_id):
                continue
            key = f"{tenant_root(tenant_id)}/{chain}/{revision_name(revision)}"
            by = f"entry {entry.number} of the trail names it ({entry.kind} by {entry.written_by})"
            try:
                after = _chain(self._objects, tenant_id, chain).at(revision)
            except ObjectMissing:
                self._tell(key, f"was removed: {by}; {RESTORE}")
            except RecordUnreadable as error:
                self._tell(key, f"was changed ({error.reason}): {by}; {RESTORE}")
            else:
                if (after.sha256 or "") != entry.record:
                    self._tell(key, f"was changed: {by}, with another digest; {RESTORE}")

    def untold(self) -> Iterator[tuple[str, str, Revision | None, Revision]]:
        """Tenant, chain, what was before and what is: decisions that the trail does not name."""
        for tenant_id in self._objects.children("tenants"):
            if self._is_looked_at(tenant_id):
                for chain, numbers in _chains(self._objects, tenant_id).items():
                    found = self._untold_of(tenant_id, chain, numbers)
                    yield from ((tenant_id, chain, *pair) for pair in found)

    def _is_looked_at(self, tenant_id: str) -> bool:
        return self._tenant_id in (None, tenant_id) and tenant_id not in self._found.ended

    def _untold_of(
        self, tenant_id: str, chain: str, numbers: set[int]
    ) -> Iterator[tuple[Revision | None, Revision]]:
        revisions = _chain(self._objects, tenant_id, chain)
        for number in sorted(numbers):
            if (tenant_id, chain, number) in self._found.told:
                continue
            try:
                after = revisions.at(number)
                before = revisions.at(number - 1) if number > 1 else None
            except (ObjectMissing, RecordUnreadable):
                continue  # `recommender store check` names it
            if abs(self._now - after.written_at) >= JUST_NOW:
                yield before, after

    def _tell_entry(self, number: int, sentence: str) -> None:
        key = f"{AUDIT}/{revision_name(number)}"
        self._tell(key, f"(entry {number} of the trail) {sentence}: {RESTORE}")

    def _tell(self, key: str, sentence: str) -> None:
        self._found.findings.append(damage(key, sentence))


def record_untold(
    objects: ObjectStore, seals: Seals, trail: Trail, now: datetime | None = None
) -> list[AuditEntry]:
    """Take into the trail what is not in it, in the order in which it says it was written."""
    inspection = Inspection(objects, seals, now)
    inspection.run()
    found = sorted(inspection.untold(), key=lambda one: one[3].written_at)
    return [trail.append(entry_of(*one, is_late=True)) for one in found]


def _chains(objects: ObjectStore, tenant_id: str) -> dict[str, set[int]]:
    """The decisions of a tenant: chain → numbers."""
    chains: dict[str, set[int]] = {}
    scope = Scope(objects, tenant_root(tenant_id))
    for top in scope.children(""):
        if is_decision(f"{check_segment(top)}/"):
            for info in scope.list(top):
                if match := REVISION.fullmatch(info.key):
                    chains.setdefault(match[1], set()).add(int(match[2]))
    return chains


def _chain(objects: ObjectStore, tenant_id: str, chain: str) -> RevisionChain:
    return Scope(objects, tenant_root(tenant_id)).chain(chain)


def _number(name: str) -> int:
    return int(name.removesuffix(".json"))
