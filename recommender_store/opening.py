"""
Opening the store, and the platform's own corner of it.

For the files that wire a process; everything else is handed a `TenantSpace`.
"""

from functools import cached_property

from recommender_store.artifacts.local_cache import LocalCache
from recommender_store.errors import RevisionConflict, TenantExists, TenantUnknown
from recommender_store.objects.append_log import new_writer_id
from recommender_store.objects.change_feed import ChangeFeed
from recommender_store.objects.keys import FEED
from recommender_store.objects.location import open_objects
from recommender_store.objects.proof import prove_put_if_absent
from recommender_store.objects.protocol import ObjectStore
from recommender_store.author import Author
from recommender_store.objects.scope import Scope
from recommender_store.settings import StoreSettings
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.identity import TenantId, parse_tenant_id
from recommender_store.tenants.settings import TenantSettings
from recommender_store.tenants.signing import SigningSecrets


class Store:
    """An opened store: tenants' spaces, the directory of tenants, the change feed."""

    def __init__(self, objects: ObjectStore, settings: StoreSettings) -> None:
        self._objects = objects
        self.settings = settings
        self.signing = SigningSecrets.of(settings.signing_secrets())
        self._writer = new_writer_id()

    @cached_property
    def feed(self) -> ChangeFeed:
        return ChangeFeed(Scope(self._objects, FEED))

    @cached_property
    def cache(self) -> LocalCache:
        return LocalCache(self.settings.cache_folder(), self.settings.cache_bytes)

    def space(self, tenant_id: TenantId) -> TenantSpace:
        """The corner of a tenant, whether it exists or not."""
        return TenantSpace(tenant_id, self._objects, self.feed, self.signing, self._writer)

    def tenant(self, text: str) -> TenantSpace:
        """
        The corner of the tenant that `text` names.

        Raises:
            TenantIdInvalid: where it cannot be a tenant's id.
            TenantUnknown: where there is no such tenant.
        """
        space = self.space(parse_tenant_id(text))
        if not space.exists():
            raise TenantUnknown(tenant=text)
        return space

    def tenant_ids(self) -> list[TenantId]:
        """Every id that was ever given, sorted; some may have been deleted."""
        return [parse_tenant_id(name) for name in self._objects.children("tenants")]

    def tenants(self) -> list[TenantSettings]:
        """Every tenant's settings, by id."""
        spaces = [self.space(tenant_id) for tenant_id in self.tenant_ids()]
        return [space.settings() for space in spaces if space.exists()]

    def create_tenant(self, text: str, name: str, *, author: Author) -> TenantSpace:
        """
        Raises:
            TenantIdInvalid: where it cannot be a tenant's id.
            TenantExists: where the id is taken, or was until a deletion.
        """
        space = self.space(parse_tenant_id(text))
        try:
            space.begin(name, author=author)
        except RevisionConflict as error:
            raise TenantExists(tenant=text) from error
        space.announce("tenant")
        return space


def open_store(settings: StoreSettings, *, create: bool = False) -> Store:
    """
    Open the store that the settings name, after it proved that it keeps its promises.

    Args:
        settings: where it lies.
        create: make it where it does not exist; else that is an error.

    Raises:
        StoreMissing, StoreUrlInvalid, StoreFormatUnknown, StoreUnsafe, StoreUnavailable.
    """
    objects = open_objects(settings.url, create=create, environment=settings.environment)
    prove_put_if_absent(objects)
    return Store(objects, settings)
