"""
One tenant's corner of the store: the only handle that other rooms are given.

Bound to one `TenantId`; nothing here takes another, so whoever holds a space has nothing to ask
for a second tenant with.
"""

from datetime import UTC, datetime

import structlog
from pydantic import ValidationError

from recommender_store.artifacts.catalogue import ModelCatalogue
from recommender_store.author import Author
from recommender_store.catalog.log import Catalog
from recommender_store.errors import RecordUnreadable, StoreError, TenantUnknown
from recommender_store.event_log.imports import Imports
from recommender_store.event_log.log import EventLog
from recommender_store.ledger.ledger import Ledger
from recommender_store.objects.change_feed import ChangeFeed
from recommender_store.objects.keys import tenant_root
from recommender_store.objects.protocol import ObjectStore
from recommender_store.objects.revisions import Revision
from recommender_store.objects.scope import Scope
from recommender_store.policies.policies import Policies
from recommender_store.runs.launches import Launches
from recommender_store.runs.record import Runs
from recommender_store.tenants.identity import TenantId
from recommender_store.tenants.keys import KeyRing
from recommender_store.tenants.settings import TenantSettings
from recommender_store.tenants.signing import SigningSecrets
from recommender_store.usage.usage import Usage

_log = structlog.get_logger()


class TenantSpace:
    """
    Everything that lies in the store for one tenant. Safe to share between threads.

    A process needs one of a tenant: its logs write under ids of their own.
    """

    def __init__(
        self, tenant_id: TenantId, objects: ObjectStore, feed: ChangeFeed, signing: SigningSecrets
    ) -> None:
        scope = Scope(objects, tenant_root(tenant_id))
        self.tenant_id = tenant_id
        self.events = EventLog(scope.at("events"))
        self.imports = Imports(scope.at("imports"))
        self.ledger = Ledger(scope.at("ledger"))
        self.usage = Usage(scope.at("usage"), scope)
        self.catalog = Catalog(scope.at("catalog"))
        self.models = ModelCatalogue(tenant_id, scope)
        self.policies = Policies(scope.at("policies"))
        self.runs = Runs(scope.at("runs"))
        self.launches = Launches(scope.at("launches"))
        self.keys = KeyRing(tenant_id, scope.chain("keys"), signing)
        self._settings = scope.chain("settings")
        self._feed = feed

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

    def save_settings(self, settings: TenantSettings, *, author: Author) -> None:
        """
        Replace what the tenant has set, and fix the types of attributes that it names.

        Raises:
            TenantUnknown: where there is no such tenant, or it was deleted.
            RevisionConflict: where somebody else replaced it meanwhile.
        """
        head = self._head()
        self._settings.append(settings.model_dump(mode="json"), author=author, expected=head.number)
        self.catalog.types.fix(settings.attribute_types)

    def exists(self) -> bool:
        head = self._settings.head()
        return head is not None and head.value is not None

    def begin(self, name: str, *, author: Author) -> TenantSettings:
        """Write the first settings; raises RevisionConflict where there are some already."""
        settings = TenantSettings(id=self.tenant_id, name=name, created_at=datetime.now(UTC))
        self._settings.append(settings.model_dump(mode="json"), author=author, expected=0)
        return settings

    def end(self, *, author: Author) -> None:
        """Mark the tenant as deleted; nothing of it is served from then on."""
        self._settings.delete(author=author)

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
