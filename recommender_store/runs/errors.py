"""
What can go wrong with what runs leave; the root is the store's.
"""

# ruff: noqa: N818 (what happened is the name; that it is an error, the root says)

from typing import ClassVar

from recommender_store.errors import StoreError


class RunUnknown(StoreError):
    """The tenant has no training run of this id."""

    code: ClassVar[str] = "run_unknown"

    def __init__(self, *, run_id: str) -> None:
        super().__init__(f"there is no run '{run_id}'")
        self.run_id = run_id
