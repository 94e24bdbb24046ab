"""
Readiness of the log that a tenant has, beside its catalog and what its trainings count.
"""

from recommender_store.tenant_space import TenantSpace

from .readiness import Readiness, readiness_of_log


def readiness_of(space: TenantSpace) -> Readiness:
    """
    Raises:
        TenantUnknown; StoreError: where the log or the catalog cannot be read.
    """
    known = [item_id for item_id, _ in space.catalog.state()]
    return readiness_of_log(
        space.events.state(),
        known_items=known or None,
        learned_kinds=list(space.settings().training.kind_weights),
    )
