"""
What people call the kinds of events: their word, our kind.
"""

import re

from recommender_api.foreign_logs.declarations.kinds import CUSTOM_KIND

KIND_WORDS: dict[str, tuple[str, ...]] = {
    "impression": ("impression", "impressions", "shown", "show", "exposure", "imp"),
    "view": (
        "view", "views", "pageview", "pv", "detail", "details", "detailview", "viewitem",
        "productview", "viewed", "visit", "read", "play", "watch", "listen", "stream", "checkin",
        "itemview", "viewproduct", "viewedproduct", "seen",
    ),
    "click": ("click", "clicks", "clicked", "clickout", "clk", "tap", "open"),
    "cart": (
        "cart", "carts", "addtocart", "addcart", "basket", "addtobasket", "atc", "carted",
        "addedtocart", "added",
    ),
    "favorite": (
        "favorite", "favourite", "fav", "wishlist", "addtowishlist", "like", "liked", "save",
        "bookmark", "follow", "heart", "star",
    ),
    "purchase": (
        "purchase", "purchases", "purchased", "buy", "bought", "order", "ordered", "transaction",
        "sale", "checkout", "conversion", "pay", "payment", "install", "download", "rent",
    ),
    "rating": ("rating", "rate", "rated", "review"),
    "dislike": ("dislike", "disliked", "thumbsdown", "hide", "skip", "downvote"),
}  # fmt: skip
"""Words without case and signs."""

_KIND_OF = {word: kind for kind, words in KIND_WORDS.items() for word in words}
_KNOWN_SHARE = 0.5
_TURNED = {
    "remove", "removed", "delete", "deleted", "cancel", "cancelled", "canceled", "return",
    "returned", "refund", "refunded", "started", "start", "begin", "abandoned", "failed", "list",
    "search", "not", "un",
}  # fmt: skip
"""Beside one of these a word means something else: remove_from_cart is no cart."""
_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def kind_of(word: str) -> str | None:
    """The kind that a word of a log means; None for one that is not known."""
    if word in KIND_WORDS:
        return word
    whole = _KIND_OF.get(re.sub(r"[^a-z]", "", word.lower()))
    if whole is not None:
        return whole
    parts = {part.lower() for part in _PARTS.findall(word)}
    kinds = {_KIND_OF[part] for part in parts if part in _KIND_OF}
    return kinds.pop() if len(kinds) == 1 and not parts & _TURNED else None


def kind_map(words: list[str]) -> dict[str, str] | None:
    """Translate a column's words; those unknown become custom kinds; None if most are."""
    kinds = {word: kind_of(word) or _custom(word) for word in words}
    known = sum(not kind.startswith("custom:") for kind in kinds.values())
    return kinds if words and known >= _KNOWN_SHARE * len(words) else None


def kind_in_name(file_name: str) -> str | None:
    """The kind that a file's name speaks of, as clicks.csv and orders_2024.csv do."""
    words = re.findall(r"[a-z]+", file_name.lower())
    return next(
        (kind for word in words if (kind := kind_of(word) or kind_of(word.rstrip("s")))), None
    )


def _custom(word: str) -> str:
    name = re.sub(r"[^A-Za-z0-9_.:-]+", "_", word).strip("_.:-")[:64].lower() or "other"
    kind = f"custom:{name}"
    return kind if re.fullmatch(CUSTOM_KIND, kind) else "custom:other"
