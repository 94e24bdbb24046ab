"""
The words and habits a demo world is made of.

A theme is one tenant: its tastes (each a cluster of goods that belong together) and how
its visitors behave. Values only: no randomness, no dates, nothing of the platform.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Goods:
    """One sort of thing that a taste buys, and what it costs from plain to fine."""

    name: str
    category: str
    price_low: float
    price_high: float


@dataclass(frozen=True, slots=True)
class Taste:
    """
    A cluster of goods that the same people like.

    `titles` are patterns; their slots are filled from `words`, from the theme's words, and
    `goods` with the name of the goods. Titles or words left out are the theme's. The shares
    say how much of the demand falls on the taste on the first and on the last day.
    """

    name: str
    goods: tuple[Goods, ...]
    tags: tuple[str, ...]
    share_first_day: float = 1.0
    share_last_day: float = 1.0
    titles: tuple[str, ...] = ()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Habits:
    """
    How visitors behave: wanted visits per user and day, and chances of the next step.

    `hours` and `weekdays` (Monday first) are relative weights of a visit's time in UTC.
    """

    visits_per_day: float
    items_per_page: int
    pages_per_visit: float
    click: float
    favorite: float
    cart: float
    purchase: float
    rating: float
    dislike: float
    hours: tuple[float, ...]
    weekdays: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Theme:
    """
    One tenant's world in words.

    `variants` maps what an item may come in (a colour, a format) to its factor on the price;
    `variant` names that attribute, `attributes` the word slots that items carry as well.
    """

    name: str
    tenant_id: str
    item_prefix: str
    user_prefix: str
    tastes: tuple[Taste, ...]
    words: Mapping[str, tuple[str, ...]]
    titles: tuple[str, ...]
    sequel: str
    attributes: tuple[str, ...]
    variant: str
    variants: Mapping[str, float]
    habits: Habits
