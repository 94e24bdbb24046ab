"""
Whether more items fit into a catalog of which no more than so many may be there. Pure.
"""

from collections.abc import Iterable

from .state import CatalogState


def beyond(state: CatalogState, item_ids: Iterable[str], limit: int | None) -> set[str]:
    """Those of the ids that would be too many, the last of the new ones; a known one never is."""
    new = [one for one in dict.fromkeys(item_ids) if _is_new(state, one)]
    return set() if limit is None else set(new[max(0, limit - state.item_count) :])


def _is_new(state: CatalogState, item_id: str) -> bool:
    item = state.get(item_id)
    return item is None or item.is_deleted
