"""
The catalog as this process knows it: followed change by change, and what changed meanwhile.
"""

from collections.abc import Mapping

from recommender_store.catalog.log import Catalog
from recommender_store.catalog.state import CatalogState


class FollowedCatalog:
    """One tenant's; read by one thread at a time."""

    def __init__(self, catalog: Catalog) -> None:
        self.state = CatalogState()
        self.touched: set[str] = set()
        """Items that were changed since somebody last said `seen`."""
        self._catalog = catalog
        self._marks: Mapping[str, str] = {}

    def follow(self) -> bool:
        """
        Take in what is new; returns whether anything is.

        Raises:
            StoreError: where the catalog cannot be read; what is known stays.
        """
        changes, marks = self._catalog.changes_after(self._marks)
        touched = self.state.apply(changes)
        self.touched |= touched
        self._marks = marks
        return bool(touched)

    def seen(self) -> None:
        self.touched = set()
