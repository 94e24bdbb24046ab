"""
The keyword arguments of the logger's calls, for type checkers and for people.

At run time they are plain keywords: a wrong one is counted as a rejected event and never raises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypedDict, Union

Number = Union[int, float, Decimal]


class _AnyEvent(TypedDict, total=False):
    user_id: str | None
    session_id: str | None
    occurred_at: datetime | str | None
    event_id: str | None
    recommendation_id: str | None
    placement: str | None
    position: int | None
    quantity: Number | None
    attributes: Mapping[str, object] | None


class ItemKeywords(_AnyEvent, total=False):
    """What happened to one item, by ``user_id`` or ``session_id``."""

    item_id: str
    value: Number | None


class RatingKeywords(_AnyEvent):
    """``value`` is the rating."""

    item_id: str
    value: Number


class ImpressionKeywords(_AnyEvent):
    """``items`` as they were shown, in order."""

    items: Sequence[str]


class TrackKeywords(ItemKeywords, total=False):
    """Any field of any kind."""

    items: Sequence[str]
