"""
What can go wrong with items; the root is the store's.
"""

# ruff: noqa: N818 (what happened is the name; that it is an error, the root says)

from typing import ClassVar

from recommender_store.errors import StoreError


class AttributeTypeFixed(StoreError):
    """Settings name another type than an attribute has; it cannot change any more."""

    code: ClassVar[str] = "attribute_type_fixed"

    def __init__(self, *, attribute: str, fixed: str, wanted: str) -> None:
        super().__init__(
            f"attribute_types says that '{attribute}' is a {wanted}, but its type is {fixed} "
            f"already, and a type stays once it is fixed: write {attribute}: {fixed}, leave "
            f"'{attribute}' out, or send its values under another name"
        )
        self.attribute = attribute
        self.fixed = fixed
        self.wanted = wanted


class ItemInvalid(StoreError):
    """An item, or one of its attributes, is not what the catalog can hold."""

    code: ClassVar[str] = "item_invalid"

    def __init__(self, *, item_id: str, attribute: str, reason: str) -> None:
        super().__init__(f"item {item_id!r}, attribute '{attribute}': {reason}")
        self.item_id = item_id
        self.attribute = attribute
        self.reason = reason
