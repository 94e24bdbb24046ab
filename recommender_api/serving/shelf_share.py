"""
A tenant's share of the shelf: how much of a worker's memory for loaded tenants its models may take.

Its models alone: they are what crowds the machine, and without its catalog nobody knows what is
hidden. One that is too large is not loaded: what was there before serves on, else the tiers that
need no model.
"""

from collections.abc import Iterable
from typing import ClassVar

from recommender_models.bundle import Bundle
from recommender_store.errors import StoreError
from recommender_store.tenant_space import TenantSpace

from .weight import bundle_bytes, manifest_bytes


class ShelfShareExceeded(StoreError):  # noqa: N818 - what happened is the name
    """A model that would take more of the shelf than its tenant may."""

    code: ClassVar[str] = "shelf_share_exceeded"

    def __init__(self, *, version: str, size_bytes: int, limit_bytes: int, share: float) -> None:
        super().__init__(
            f"the model '{version}' makes {size_bytes:,} bytes, and this tenant's quota "
            f"shelf_share ({share:g}) is {limit_bytes:,} here: have a platform admin raise it, "
            "give workers more memory (RECOMMENDER_SHELF_BYTES), or train a smaller model"
        )


def check_shelf_share(
    space: TenantSpace, version: str, beside: Iterable[Bundle], shelf_bytes: int | None
) -> None:
    """
    Before a version is loaded beside others of the tenant.

    Raises:
        ShelfShareExceeded: where they would be too large together.
        StoreError: where the manifest or the settings cannot be read.
    """
    share = space.settings().quotas.shelf_share if shelf_bytes is not None else None
    if share is None or shelf_bytes is None:
        return
    limit_bytes = int(share * shelf_bytes)
    size_bytes = manifest_bytes(space.models.manifest(version)) + sum(map(bundle_bytes, beside))
    if size_bytes > limit_bytes:
        raise ShelfShareExceeded(
            version=version, size_bytes=size_bytes, limit_bytes=limit_bytes, share=share
        )
