"""
A demo tenant whole: its items, its events, and the right answers about both.

A name, a seed, sizes and an end come in; the same ones give the same world on any machine.
Nothing is sent anywhere from here: what a world says reaches the platform as any tenant's
data does.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zlib import crc32

import numpy as np

from .events import Diary, WorldEvent
from .pages import Pages
from .paperback import PAPERBACK
from .stock import ItemRecord, make_stock
from .taste import Theme
from .trailhead import TRAILHEAD
from .visits import Visitors, make_visitors, plan_visits

THEMES = {theme.name: theme for theme in (TRAILHEAD, PAPERBACK)}


@dataclass(frozen=True)
class World:
    """
    One tenant and what is known of it.

    `clusters` gives the taste that each item belongs to, `tastes` those that each user has,
    dearest first.
    """

    name: str
    tenant_id: str
    items: list[ItemRecord] = field(repr=False)
    clusters: Mapping[str, str] = field(repr=False)
    tastes: Mapping[str, tuple[str, ...]] = field(repr=False)
    timeline: tuple[WorldEvent, ...] = field(repr=False)

    def events(self) -> Iterator[WorldEvent]:
        """Yield every event in time order."""
        return iter(self.timeline)

    def right_answer(self, item_id: str) -> frozenset[str]:
        """Return the other items of the item's cluster: what a good neighbour list is made of."""
        cluster = self.clusters[item_id]
        return frozenset(
            other for other, its in self.clusters.items() if its == cluster and other != item_id
        )


def build_world(name: str, *, seed: int, users: int, items: int, days: int, end: datetime) -> World:
    """
    Return the world of that name as it was in the `days` before `end`.

    Items do not depend on `users`. Raises ValueError for an unknown name, for sizes below
    one, and for an `end` without a time zone.
    """
    theme = _theme(name)
    if min(users, items, days) < 1:
        raise ValueError("A world needs at least one user, one item and one day.")
    if end.tzinfo is None:
        raise ValueError("Give the end of a world a time zone, such as datetime.now(UTC).")
    start = end.astimezone(UTC) - timedelta(days=days)
    of_items, of_users, of_visits = np.random.default_rng([seed, crc32(name.encode())]).spawn(3)
    stock = make_stock(theme, items, start, days, of_items)
    visitors = make_visitors(theme, users, days, of_users)
    diary = Diary(theme.habits, stock, visitors, of_visits)
    pages = Pages(theme, stock, days, of_visits)
    for number, visit in enumerate(plan_visits(theme, visitors, start, days, of_visits)):
        diary.write(f"visit-{number:06d}", visit, start + timedelta(days=visit.day), pages)
    timeline = sorted(diary.events, key=lambda event: event.occurred_at)
    return World(
        name=theme.name,
        tenant_id=theme.tenant_id,
        items=stock.records,
        clusters={
            str(record["item_id"]): theme.tastes[taste].name
            for record, taste in zip(stock.records, stock.taste, strict=True)
        },
        tastes=_tastes(theme, visitors),
        timeline=tuple(event for event in timeline if event.occurred_at < end),
    )


def _theme(name: str) -> Theme:
    try:
        return THEMES[name]
    except KeyError:
        raise ValueError(f"There is no world {name!r}; there are: {', '.join(THEMES)}.") from None


def _tastes(theme: Theme, visitors: Visitors) -> dict[str, tuple[str, ...]]:
    return {
        user_id: tuple(theme.tastes[taste].name for taste in (-row).argsort() if row[taste] > 0)
        for user_id, row in zip(visitors.user_ids, visitors.liking, strict=True)
    }
