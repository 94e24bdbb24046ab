"""
One tenant's catalog beside its live model, and beside each other model that experiments ask for.
"""

from collections.abc import Collection
from contextlib import suppress

from recommender_api.serving.weight import CHANGED_BYTES
from recommender_models.bundle import Bundle
from recommender_store.artifacts.local_cache import LocalCache
from recommender_store.catalog.state import CatalogState
from recommender_store.errors import StoreError
from recommender_store.tenant_space import TenantSpace

from .followed_catalog import CatalogRows, FollowedCatalog, HeardOf, Types
from .layouts import ITEMS_FILE, Layouts, ModelItems


class Catalogs:
    """Used by one thread at a time."""

    def __init__(self, space: TenantSpace, cache: LocalCache) -> None:
        self._space = space
        self._layouts = Layouts(cache, space.tenant_id)
        self._live = FollowedCatalog(space.catalog, self._layouts)
        self._beside: dict[str, FollowedCatalog] = {}
        self._has_begun = False

    @property
    def state(self) -> CatalogState:
        """What the catalog says."""
        return self._live.state

    @property
    def size_bytes(self) -> int:
        """An estimate of what they weigh."""
        every = (self._live, *self._beside.values())
        return sum(one.size_bytes + one.changed_count * CHANGED_BYTES for one in every)

    def follow(self) -> bool:
        """
        Know what is new, whether or not the live model was read; returns whether anything is.

        Raises:
            StoreError: where the catalog cannot be read; what is known stays.
        """
        if not self._has_begun:
            self._live.begin(self._items_sha256())
            self._has_begun = True
        return self._live.follow()

    def types(self) -> Types:
        """Of the attributes, as they are now."""
        return self._space.catalog.attribute_types()

    def rows(self, bundle: Bundle | None, types: Types, heard_of: HeardOf) -> CatalogRows:
        """Beside the live model; None: as long as it is not read."""
        return self._live.rows(None if bundle is None else ModelItems.of(bundle), types, heard_of)

    def rows_beside(
        self, bundle: Bundle, types: Types, heard_of: HeardOf
    ) -> tuple[CatalogRows, CatalogState]:
        """Beside another model, and what the catalog says there."""
        version = bundle.manifest.version
        followed = self._beside.get(version)
        if followed is None:
            followed = self._beside[version] = FollowedCatalog(self._space.catalog, self._layouts)
        followed.follow()
        return followed.rows(ModelItems.of(bundle), types, heard_of), followed.state

    def keep(self, versions: Collection[str]) -> None:
        """Forget what lay beside other versions of the model."""
        self._beside = {one: it for one, it in self._beside.items() if one in versions}

    def _items_sha256(self) -> str | None:
        """Of the live model's items; None where there is no model, or none that can be read."""
        with suppress(StoreError):  # what is wrong is told when the model itself is read
            version = self._space.models.current().version
            if version is not None:
                return self._space.models.manifest(version).files[ITEMS_FILE].sha256
        return None
