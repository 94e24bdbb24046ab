"""
One tenant, ready to be asked: its model, its catalog, its live history, each reloaded on its own.

What a request reads is one immutable `Loaded`, swapped whole: a request that began with one ends
with it. A model that cannot be opened is reported and the one before stays.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import structlog
from numpy.typing import NDArray

from recommender_api.history.in_memory import InMemoryHistory
from recommender_models.bundle import Bundle
from recommender_store.artifacts.local_cache import LocalCache
from recommender_store.catalog.columns import AttributeType
from recommender_store.catalog.state import CatalogState
from recommender_store.errors import ArtifactCorrupt, ArtifactFormatUnknown, ArtifactMissing
from recommender_store.tenant_space import TenantSpace

from .catalog_view import CatalogView
from .item_table import ItemTable

_log = structlog.get_logger()

POPULAR_WITHOUT_MODEL = 1_000


@dataclass(frozen=True)
class Loaded:
    """What one request is answered from."""

    bundle: Bundle | None
    items: ItemTable
    catalog: CatalogView
    counted: tuple[tuple[int, int], ...]
    """Row and number of events, most first: what is popular where there is no model."""
    fault: str | None = None
    """Why the current model could not be opened."""

    @cached_property
    def popular_rows(self) -> NDArray[np.int32]:
        return np.array([row for row, _ in self.counted], dtype=np.int32)

    @cached_property
    def popular_scores(self) -> NDArray[np.float32]:
        return np.array([count for _, count in self.counted], dtype=np.float32)


class LiveTenant:
    """The parts are loaded by blocking calls, one at a time; reading them needs no lock."""

    def __init__(self, space: TenantSpace, cache: LocalCache) -> None:
        self.space = space
        self.history = InMemoryHistory()
        self._cache = cache
        self._catalog = CatalogState()
        self._catalog_marks: Mapping[str, str] = {}
        self._bundle: Bundle | None = None
        self._model_number = -1
        self._fault: str | None = None
        self._log_version = -1
        self.loaded = Loaded(None, *self._view(()))

    def load(self) -> None:
        """Everything, from the store."""
        self.refresh(force=True)

    def item(self, item_id: str) -> dict[str, object] | None:
        """What the catalog says of an item, as this process knows it; None for no such item."""
        known = self._catalog.get(item_id)
        return None if known is None or known.is_deleted else dict(known.fields)

    def refresh(self, *, force: bool = False) -> None:
        """Re-read the heads of everything; reload only what has moved."""
        history_moved = self._refresh_history()
        catalog_moved = self._refresh_catalog()
        model_moved = self._refresh_model()
        if force or history_moved or catalog_moved or model_moved or self._has_strangers():
            self._swap()

    def _refresh_history(self) -> bool:
        version = self.space.events.version()
        if version == self._log_version:
            return False
        self.history = InMemoryHistory.load(self.space.events)
        self._log_version = version
        return True

    def _refresh_catalog(self) -> bool:
        changes, self._catalog_marks = self.space.catalog.changes_after(self._catalog_marks)
        return bool(self._catalog.apply(changes))

    def _refresh_model(self) -> bool:
        current = self.space.models.current()
        if current.number == self._model_number:
            return False
        self._model_number = current.number
        if current.version is None:
            return False
        try:
            manifest, folder = self.space.models.open(current.version, self._cache)
            self._bundle, self._fault = Bundle.open(manifest, folder), None
        except (ArtifactCorrupt, ArtifactFormatUnknown, ArtifactMissing) as error:
            self._fault = str(error)
            _log.error(  # noqa: TRY400 - the sentence says it all
                "model_refused",
                tenant_id=self.space.tenant_id,
                version=current.version,
                code=error.code,
                detail=str(error),
                serving=self._bundle.manifest.version if self._bundle else None,
            )
        return True

    def _has_strangers(self) -> bool:
        """Whether live history names items that have no row yet; they matter without a model."""
        known = self.loaded.items
        return any(known.row(item_id) < 0 for item_id in self.history.item_ids[-1000:])

    def _swap(self) -> None:
        described = [item_id for item_id, _ in self._catalog]
        items, view, counted = self._view([*described, *self.history.item_ids])
        self.loaded = Loaded(self._bundle, items, view, counted, self._fault)

    def _view(
        self, ids: "list[str] | tuple[str, ...]"
    ) -> tuple[ItemTable, CatalogView, tuple[tuple[int, int], ...]]:
        items = ItemTable(self._bundle, ids)
        types = {name: AttributeType(kind) for name, kind in self.space.catalog.types.all().items()}
        view = CatalogView.of(items, self._catalog, types)
        counted = tuple(
            (items.row(item_id), count)
            for item_id, count in self.history.popular(POPULAR_WITHOUT_MODEL)
        )
        return items, view, counted
