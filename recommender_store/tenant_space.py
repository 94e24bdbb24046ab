"""
One tenant's corner of the store: the only handle that other rooms are given.

Bound to one `TenantId`; nothing here takes another, so whoever holds a space has nothing to ask
for a second tenant with.
"""

from datetime import UTC, datetime
from functools import cached_property

from recommender_store.artifacts.catalogue import ModelCatalogue
from recommender_store.catalog.log import Catalog
from recommender_store.errors import TenantUnknown
from recommender_store.event_log.log import EventLog
from recommender_store.objects.change_feed import ChangeFeed
from recommender_store.objects.keys import tenant_root
from recommender_store.objects.protocol import ObjectStore
from recommender_store.author import Author
from recommender_store.objects.scope import Scope
from recommender_store.runs.record import Runs
from recommender_store.tenants.identity import TenantId
from recommender_store.tenants.keys import KeyRing
from recommender_store.tenants.settings import TenantSettings
from recommender_store.tenants.signing import SigningSecrets


class TenantSpace:
    """Everything that lies in the store for one tenant."""

    def __init__(
        self,
        tenant_id: TenantId,
        objects: ObjectStore,
        feed: ChangeFeed,
        signing: SigningSecrets,
        writer: str,
    ) -> None:
        self.tenant_id = tenant_id
        self._scope = Scope(objects, tenant_root(tenant_id))
        self._feed = feed
        self._signing = signing
        self._writer = writer

    @cached_property
    def events(self) -> EventLog:
        return EventLog(self._scope.at("events"), self._writer)

    @cached_property
    def catalog(self) -> Catalog:
        return Catalog(self._scope.at("catalog"), self._writer)

    @cached_property
    def models(self) -> ModelCatalogue:
        return ModelCatalogue(self.tenant_id, self._scope)

    @cached_property
    def runs(self) -> Runs:
        return Runs(self._scope.at("runs"))

    @cached_property
    def keys(self) -> KeyRing:
        return KeyRing(self.tenant_id, self._scope.chain("keys"), self._signing)

    def settings(self) -> TenantSettings:
        """
        What the tenant has set.

        Raises:
            TenantUnknown: where there is no such tenant.
        """
        head = self._scope.chain("settings").head()
        if head is None or head.value is None:
            raise TenantUnknown(tenant=self.tenant_id)
        return TenantSettings.model_validate(head.value)

    def save_settings(self, settings: TenantSettings, *, author: Author) -> None:
        chain = self._scope.chain("settings")
        head = chain.head()
        value = settings.model_dump(mode="json")
        chain.append(value, author=author, expected=head.number if head else 0)

    def exists(self) -> bool:
        head = self._scope.chain("settings").head()
        return head is not None and head.value is not None

    def begin(self, name: str, *, author: Author) -> TenantSettings:
        """Write the first settings; raises RevisionConflict where there are some already."""
        settings = TenantSettings(id=self.tenant_id, name=name, created_at=datetime.now(UTC))
        self._scope.chain("settings").append(
            settings.model_dump(mode="json"), author=author, expected=0
        )
        return settings

    def end(self, *, author: Author) -> None:
        """Mark the tenant as deleted; nothing of it is served from then on."""
        self._scope.chain("settings").delete(author=author)

    def announce(self, topic: str, **detail: str) -> None:
        """Hint to every replica that something of this tenant is new."""
        self._feed.publish(topic, self.tenant_id, detail)
