"""
What can go wrong with canaries; the root is the store's.
"""

# ruff: noqa: N818 (what happened is the name; that it is an error, the root says)

from typing import ClassVar

from recommender_store.errors import StoreError


class CanaryImpossible(StoreError):
    """No part of the users can be set aside; the sentence says why."""

    code: ClassVar[str] = "canary_impossible"
