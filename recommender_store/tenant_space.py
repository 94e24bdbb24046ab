"""
One tenant's corner of the store: the only handle that other rooms are given.

Bound to one `TenantId`; nothing here takes another, so whoever holds a space has nothing to ask
for a second tenant with.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from pydantic import ValidationError

from recommender_store.audit.audit import Audit
from recommender_store.author import Author
from recommender_store.errors import RecordUnreadable, RevisionConflict, StoreError
from recommender_store.lazy import lazy
from recommender_store.objects.change_feed import ChangeFeed
from recommender_store.objects.keys import tenant_root
from recommender_store.objects.protocol import ObjectStore
from recommender_store.objects.revisions import Revision
from recommender_store.objects.scope import Scope
from recommender_store.tenants.errors import (
    RestoreTooLate,
    TenantNotDeleted,
    TenantUnknown,
    UsersKnown,
)
from recommender_store.tenants.identity import TenantId
from recommender_store.tenants.pseudonyms import PseudonymKey, Pseudonyms
from recommender_store.tenants.settings import TenantSettings
from recommender_store.tenants.signing import SigningSecrets

if TYPE_CHECKING:
    from recommender_store.artifacts.catalogue import ModelCatalogue
    from recommender_store.artifacts.digests import Digests, Noun
    from recommender_store.catalog.log import Catalog
    from recommender_store.erasures.erasures import Erasures
    from recommender_store.erasures.tombstones import Tombstones
    from recommender_store.event_log.compaction import Growth
    from recommender_store.event_log.erased import BeforeMs
    from recommender_store.event_log.imports import Imports
    from recommender_store.event_log.log import EventLog
    from recommender_store.ledger.ledger import Ledger
    from recommender_store.policies.policies import Policies
    from recommender_store.runs.launches import Launches
    from recommender_store.runs.record import Runs
    from recommender_store.tenant_digests import TenantDigests
    from recommender_store.tenants.key_uses import KeyUses
    from recommender_store.tenants.keys import KeyRing
    from recommender_store.usage.usage import Usage

_log = structlog.get_logger()


class TenantSpace:
    """
    Everything that lies in the store for one tenant. Safe to share between threads.

    A process needs one of a tenant: its logs write under ids of their own. Each part is made, and
    its folder imported, when it is first asked for: who lists a thousand tenants asks for few.
    """

    def __init__(
        self,
        tenant_id: TenantId,
        objects: ObjectStore,
        feed: ChangeFeed,
        signing: SigningSecrets,
        audit: Audit | None = None,
    ) -> None:
        audit = audit or Audit(objects, signing)
        scope = Scope(objects, tenant_root(tenant_id), witness=audit.decided)
        self.tenant_id = tenant_id
        self.audit = audit.of(tenant_id)
        self._scope = scope
        self._settings = scope.chain("settings")
        self._pseudonym_key = PseudonymKey(tenant_id, scope.at("pseudonyms"), signing)
        self._feed = feed
        self._signing = signing

    @lazy
    def events(self) -> "EventLog":
        from recommender_store.event_log.log import EventLog

        return EventLog(self._scope.at("events"))

    @lazy
    def imports(self) -> "Imports":
        from recommender_store.event_log.imports import Imports

        return Imports(self._scope.at("imports"))

    @lazy
    def ledger(self) -> "Ledger":
        from recommender_store.ledger.ledger import Ledger

        return Ledger(self._scope.at("ledger"))

    @lazy
    def usage(self) -> "Usage":
        from recommender_store.usage.usage import Usage

        return Usage(self._scope.at("usage"), self._scope)

    @lazy
    def catalog(self) -> "Catalog":
        from recommender_store.catalog.log import Catalog

        return Catalog(self._scope.at("catalog"))

    @lazy
    def models(self) -> "ModelCatalogue":
        from recommender_store.artifacts.catalogue import ModelCatalogue

        return ModelCatalogue(self.tenant_id, self._scope, self.opened_digests)

    @lazy
    def policies(self) -> "Policies":
        from recommender_store.policies.policies import Policies

        return Policies(self._scope.at("policies"))

    @lazy
    def runs(self) -> "Runs":
        from recommender_store.runs.record import Runs

        return Runs(self._scope.at("runs"))

    @lazy
    def launches(self) -> "Launches":
        from recommender_store.runs.launches import Launches

        return Launches(self._scope.at("launches"))

    @lazy
    def erasures(self) -> "Erasures":
        from recommender_store.erasures.erasures import Erasures

        return Erasures(self._scope.at("erasures"))

    @lazy
    def _digests(self) -> "TenantDigests":
        from recommender_store.tenant_digests import TenantDigests

        return TenantDigests(self.tenant_id, self._scope.at("digests"), self._signing)

    @lazy
    def keys(self) -> "KeyRing":
        from recommender_store.tenants.keys import KeyRing

        return KeyRing(self.tenant_id, self._scope.chain("keys"), self._signing)

    @lazy
    def key_uses(self) -> "KeyUses":
        from recommender_store.tenants.key_uses import KeyUses

        return KeyUses(self._scope.at("key_uses"))

    def settings(self) -> TenantSettings:
        """
        What the tenant has set.

        Raises:
            TenantUnknown: where there is no such tenant, or it was deleted.
            RecordUnreadable: where a newer version of this code wrote it.
        """
        return self._read(self._head())

    def settings_number(self) -> int:
        """Of the newest settings; it grows with each change."""
        return self._head().number

    def settings_revised(self) -> tuple[TenantSettings, Revision]:
        """What the tenant has set, and the revision in which it did; raises as `settings`."""
        head = self._head()
        return self._read(head), head

    def save_settings(
        self, settings: TenantSettings, *, author: Author, expected: int | None = None
    ) -> None:
        """
        Replace what the tenant has set, and fix the types of attributes that it names.

        Saying what is there already changes nothing.

        Raises:
            TenantUnknown: where there is no such tenant, or it was deleted.
            UsersKnown: where users are to be named in another way, and some are named already.
            RevisionConflict: where `expected` is not the newest revision, or somebody else
                replaced it meanwhile.
            AttributeTypeFixed: where it newly names another type than an attribute has.
        """
        head = self._head()
        if expected not in (None, head.number):
            raise RevisionConflict(expected=expected or 0, current=head.number)
        # Not read as settings: what is damaged is repaired by saving what it should be.
        if settings.pseudonymize_users != (head.value or {}).get("pseudonymize_users", False):
            self._name_users_anew(settings)
        value = settings.model_dump(mode="json")
        if value != head.value:
            before = (head.value or {}).get("attribute_types", {})
            self.catalog.types.check(dict(settings.attribute_types.items() - before.items()))
            self._settings.append(value, author=author, expected=head.number)
        self.catalog.types.fix(settings.attribute_types)

    def pseudonyms(self, settings: TenantSettings | None = None) -> Pseudonyms | None:
        """
        What names the tenant's users in the store; None: they are named by their own ids.

        Raises:
            PseudonymKeyUnreadable; TenantUnknown, RecordUnreadable: as `settings`.
        """
        is_on = (settings or self.settings()).pseudonymize_users
        return self._pseudonym_key.opened() if is_on else None

    def held_as(self, user_id: str) -> str:
        """What the store holds in place of a user's id; raises as `pseudonyms`."""
        pseudonyms = self.pseudonyms()
        return user_id if pseudonyms is None else pseudonyms.of(user_id)

    def wrap_keys_anew(self) -> None:
        """Those that there are, by the newest secret too, so that the older ones can go."""
        if self.settings().pseudonymize_users:
            self._pseudonym_key.wrap_anew()
        self._digests.wrap_anew()

    def _name_users_anew(self, settings: TenantSettings) -> None:
        # Receipts count too: a tombstone must go on being found by whoever it is of.
        is_any_known = (
            self.erasures.standing().tombstones
            or any(self.models.versions())
            or self.events.state().names_users()
        )
        if is_any_known:
            raise UsersKnown(tenant=self.tenant_id)
        if settings.pseudonymize_users:
            self._pseudonym_key.made()

    def exists(self) -> bool:
        head = self._settings.head()
        return head is not None and head.value is not None

    def begin(self, name: str, *, author: Author) -> TenantSettings:
        """Write the first settings; raises RevisionConflict where there are some already."""
        settings = TenantSettings(id=self.tenant_id, name=name, created_at=datetime.now(UTC))
        self._settings.append(settings.model_dump(mode="json"), author=author, expected=0)
        return settings

    def end(self, *, author: Author) -> datetime:
        """
        Mark the tenant as deleted, and tell since when: nothing of it is served from then on.

        Raises:
            TenantUnknown, RevisionConflict
        """
        head = self._head()
        return self._settings.delete(author=author, expected=head.number).written_at

    def deleted_at(self) -> datetime | None:
        """Since when it is deleted; None where it lives, never was, or cannot come back."""
        head = self._settings.head()
        is_deleted = head is not None and head.value is None and not self._is_final(head)
        return head.written_at if head is not None and is_deleted else None

    def restore(self, *, author: Author, within: timedelta, now: datetime) -> None:
        """
        Undo a deletion: settings, keys, log and models are what they were.

        Raises:
            TenantUnknown: where there never was such a tenant, or it is gone for good.
            TenantNotDeleted: where it lives.
            RestoreTooLate: where it was deleted longer ago than `within`.
            RevisionConflict: where somebody decided otherwise meanwhile.
        """
        head = self._settings.head()
        if head is None or self._is_final(head):
            raise TenantUnknown(tenant=self.tenant_id)
        if head.value is not None:
            raise TenantNotDeleted(tenant=self.tenant_id)
        if now - head.written_at >= within:
            raise RestoreTooLate(tenant=self.tenant_id, until=head.written_at + within)
        value = self._settings.at(head.number - 1).value or {}
        self._settings.append(value, author=author, expected=head.number)

    def end_for_good(self, *, author: Author, before: datetime) -> bool:
        """
        A second deletion behind one from before a moment: nothing brings the tenant back then.

        False where it lives, or was deleted later.

        Raises:
            RevisionConflict: where somebody restored it meanwhile.
        """
        head = self._settings.head()
        if head is None or self._is_final(head):
            return True
        if head.value is not None or head.written_at >= before:
            return False
        self._settings.delete(author=author, expected=head.number)
        return True

    def is_ended(self) -> bool:
        """Whether nothing brings it back any more."""
        head = self._settings.head()
        return head is not None and self._is_final(head)

    def _is_final(self, head: Revision) -> bool:
        return (
            head.value is None
            and head.number > 1
            and self._settings.at(head.number - 1).value is None
        )

    def digests(self) -> "Digests":
        """The tenant's keyed digests; raises DigestKeyUnreadable, as the next two do."""
        return self._digests.made()

    def known_digests(self) -> "Digests | None":
        """The same, for whoever only reads; None: nothing was ever digested with a key."""
        return self._digests.known()

    def opened_digests(self) -> "Digests":
        """The same, for whoever reads what was digested: raises where there is no key, too."""
        return self._digests.opened()

    def digest_of(self, noun: "Noun", outside_id: str) -> str:
        """The tenant's keyed digest of a user or a session: who holds the id finds it again."""
        return self.digests().of(noun, outside_id)

    def digests_of(self, noun: "Noun", outside_id: str) -> AbstractSet[str]:
        """The digests under which it may have been written down."""
        return self._digests.finding(noun)(outside_id)

    def tombstones(self, times: Mapping[str, int] | None = None) -> "Tombstones":
        """Who was erased: as the store knows it now, or as `times` of their digests say."""
        from recommender_store.erasures.tombstones import Tombstones

        known = self.erasures.standing().tombstones if times is None else times
        return Tombstones(known, self._digests.finding("user") if known else lambda _: frozenset())

    def adopt(self, paths: Sequence[Path]) -> "Growth":
        """
        Take whole Parquet files of canonical columns into the log, each event once; not what users
        who were erased did before.
        """
        return self.events.adopt(paths, self._erased)

    def announce(self, topic: str, **detail: str) -> None:
        """
        Hint to every replica that something of this tenant is new.

        What it hints at is durable already, so a hint that cannot be written fails nothing: the
        replicas find out by themselves within a minute.
        """
        try:
            self._feed.publish(topic, self.tenant_id, detail)
        except StoreError as error:
            _log.warning(
                "announcement_failed", tenant_id=self.tenant_id, topic=topic, detail=str(error)
            )

    def _erased(self) -> "BeforeMs | None":
        tombstones = self.tombstones()
        return None if tombstones.is_empty else tombstones.before_ms

    def _head(self) -> Revision:
        head = self._settings.head()
        if head is None or head.value is None:
            raise TenantUnknown(tenant=self.tenant_id)
        return head

    def _read(self, head: Revision) -> TenantSettings:
        try:
            return TenantSettings.model_validate(head.value)
        except ValidationError as error:
            faults = "; ".join(
                f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()
            )
            key = f"tenants/{self.tenant_id}/settings"
            raise RecordUnreadable(key=key, reason=faults) from error
