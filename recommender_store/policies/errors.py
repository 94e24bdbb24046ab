"""
What can go wrong with what a tenant decided; the root is the store's.
"""

# ruff: noqa: N818 (what happened is the name; that it is an error, the root says)

from typing import ClassVar

from recommender_store.errors import StoreError


class RecordsFull(StoreError):
    """A tenant has as many records of this kind as there may be."""

    code: ClassVar[str] = "records_full"

    def __init__(self, *, limit: int) -> None:
        super().__init__(f"there are {limit} already, which is the limit: delete some first")
        self.limit = limit
