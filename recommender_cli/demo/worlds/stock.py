"""
What a demo tenant sells: item records, and beside them what only the world knows of each.

A theme, a period and an rng come in; the same ones give the same stock. Most items are
older than the period, some appear within it, a few are sold out, and some come in several
colours or formats that share a `group_id`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .taste import Theme
from .titles import Titles

ItemRecord: TypeAlias = dict[str, object]

SHARE_NEW = 0.15
SHARE_SOLD_OUT = 0.03
SHARE_IN_VARIANTS = 0.08
OLD_DAYS = (20.0, 900.0)


@dataclass(frozen=True, slots=True)
class Stock:
    """
    Item records and, row by row beside them, what visitors go by.

    `taste` is an index into the theme's tastes, `level` runs from 0 (plain) to 1 (fine), and
    `born_day` counts from the start of the period (negative: older than it).
    """

    records: list[ItemRecord]
    prices: list[float]
    taste: NDArray[np.int64]
    level: NDArray[np.float64]
    born_day: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Design:
    """One thing to sell, in one or several variants."""

    title: str
    category: str
    price: float
    words: dict[str, str]
    tags: list[str]
    variants: list[str]
    taste: int
    level: float
    born_day: float


def make_stock(
    theme: Theme, count: int, start: datetime, days: int, rng: np.random.Generator
) -> Stock:
    """Return `count` items, spread evenly over the theme's tastes."""
    titles = Titles(theme.sequel)
    items: list[tuple[_Design, str]] = []
    drawn = 0
    while len(items) < count:
        design = _draw_design(theme, drawn % len(theme.tastes), titles, days, rng)
        items += [(design, variant) for variant in design.variants]
        drawn += 1
    items = items[:count]
    designs = [design for design, _ in items]
    prices = [round(design.price * theme.variants[variant]) - 0.05 for design, variant in items]
    records: list[ItemRecord] = [
        {
            "item_id": f"{theme.item_prefix}-{row + 1:04d}",
            **_described(theme, design, variant),
            "price": price,
            "created_at": (start + timedelta(days=design.born_day)).isoformat(timespec="seconds"),
            "available": bool(rng.random() >= SHARE_SOLD_OUT),
        }
        for row, ((design, variant), price) in enumerate(zip(items, prices, strict=True))
    ]
    return Stock(
        records=records,
        prices=prices,
        taste=np.array([design.taste for design in designs]),
        level=np.array([design.level for design in designs]),
        born_day=np.array([design.born_day for design in designs]),
    )


def _draw_design(
    theme: Theme, taste_index: int, titles: Titles, days: int, rng: np.random.Generator
) -> _Design:
    taste = theme.tastes[taste_index]
    goods = taste.goods[rng.integers(len(taste.goods))]
    slots = {**theme.words, **taste.words}
    words = {slot: str(rng.choice(choices)) for slot, choices in slots.items()}
    pattern = str(rng.choice(taste.titles or theme.titles))
    level = float(rng.random())
    is_new = bool(rng.random() < SHARE_NEW)
    comes_in = int(rng.integers(2, 4)) if rng.random() < SHARE_IN_VARIANTS else 1
    tags = [str(tag) for tag in rng.choice(taste.tags, 2, replace=False)]
    return _Design(
        title=titles.give(pattern, {**words, "goods": goods.name}),
        category=goods.category,
        price=goods.price_low + (goods.price_high - goods.price_low) * level,
        words=words,
        tags=[*tags, "new"] if is_new else tags,
        variants=[str(name) for name in rng.choice(list(theme.variants), comes_in, replace=False)],
        taste=taste_index,
        level=level,
        born_day=float(rng.uniform(0, days) if is_new else -rng.uniform(*OLD_DAYS)),
    )


def _described(theme: Theme, design: _Design, variant: str) -> ItemRecord:
    """Return what is written on the label: a group's items are told apart by their variant."""
    label: ItemRecord = {
        "title": design.title,
        "category": design.category,
        "brand": design.words["brand"],
        "tags": design.tags,
        theme.variant: variant,
    }
    label |= {name: design.words[name] for name in theme.attributes}
    if len(design.variants) > 1:
        label["title"] = f"{design.title}, {variant}"
        label["group_id"] = design.title.lower().replace(" ", "-")
    return label
