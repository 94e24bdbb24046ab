"""
What can go wrong with erasures; the root is the store's.
"""

# ruff: noqa: N818 (what happened is the name; that it is an error, the root says)

from typing import ClassVar

from recommender_store.errors import StoreError


class ErasureUnknown(StoreError):
    """The tenant has no receipt of this id."""

    code: ClassVar[str] = "erasure_unknown"

    def __init__(self, *, receipt_id: str) -> None:
        super().__init__(f"there is no erasure '{receipt_id[:100]}'")
        self.receipt_id = receipt_id
