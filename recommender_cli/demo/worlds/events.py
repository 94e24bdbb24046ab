"""
What happens on a visit: pages are shown, things are clicked, carried home and rated.

Pages and visits come in, events go out. A click gets rarer down the page, for what the user
knows already and for what is not to their taste; a rating comes days after the purchase,
outside any session, and so perhaps after the period.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from .pages import Pages
from .stock import Stock
from .taste import Habits
from .visits import Visit, Visitors

CLICK_DECAY = 0.88  # from one place on a page to the next
KNOWN_ALREADY = 0.3  # a click on a known item, against one on a new item
NOT_TO_TASTE = 0.3  # any step with an item of another taste, against one of the user's own
CHEAP = 30.0  # below this price people take more than one
PAUSE_S = 25.0
RATED_AFTER_DAYS = (2.0, 12.0)


@dataclass(frozen=True, slots=True)
class WorldEvent:
    """One event as the logger SDK takes it: UTC, and as `value` the stars or what was paid."""

    kind: str
    user_id: str
    occurred_at: datetime
    session_id: str | None = None
    item_id: str | None = None
    items: tuple[str, ...] | None = None
    quantity: int | None = None
    value: float | None = None


@dataclass(slots=True)
class _Walk:
    """A visit under way: who, in which session, and how late it is by now."""

    user: int
    user_id: str
    session_id: str
    now: datetime


class Diary:
    """Writes down visit after visit, and remembers which user has looked at what."""

    def __init__(
        self, habits: Habits, stock: Stock, visitors: Visitors, rng: np.random.Generator
    ) -> None:
        self.events: list[WorldEvent] = []
        self._habits = habits
        self._stock = stock
        self._item_ids = [str(record["item_id"]) for record in stock.records]
        self._visitors = visitors
        self._rng = rng
        self._known: set[tuple[int, int]] = set()

    def write(self, session_id: str, visit: Visit, started_at: datetime, pages: Pages) -> None:
        """Add the events of one visit, in their order."""
        walk = _Walk(visit.user, self._visitors.user_ids[visit.user], session_id, started_at)
        size = self._habits.items_per_page
        count = 1 + int(self._rng.poisson(self._habits.pages_per_visit - 1))
        rows = pages.draw(visit, float(self._visitors.budget[visit.user]), count * size)
        for first in range(0, len(rows), size):
            self._show(walk, rows[first : first + size])

    def _show(self, walk: _Walk, page: list[int]) -> None:
        items = tuple(self._item_ids[row] for row in page)
        self.events.append(
            WorldEvent("impression", walk.user_id, walk.now, walk.session_id, items=items)
        )
        for place, row in enumerate(page):
            known = KNOWN_ALREADY if (walk.user, row) in self._known else 1.0
            if self._does(self._habits.click * CLICK_DECAY**place * known, walk, row):
                self._note("click", walk, row)
                self._look(walk, row)

    def _look(self, walk: _Walk, row: int) -> None:
        self._known.add((walk.user, row))
        self._note("view", walk, row)
        if self._rng.random() < self._habits.dislike:
            self._note("dislike", walk, row)
            return
        if self._does(self._habits.favorite, walk, row):
            self._note("favorite", walk, row)
        if self._does(self._habits.cart, walk, row):
            self._carry(walk, row)

    def _carry(self, walk: _Walk, row: int) -> None:
        price = self._stock.prices[row]
        quantity = int(self._rng.geometric(0.7)) if price < CHEAP else 1
        self._note("cart", walk, row, quantity)
        if self._does(self._habits.purchase, walk, row):
            self._note("purchase", walk, row, quantity, round(quantity * price, 2))
            if self._rng.random() < self._habits.rating:
                self._rate(walk, row)

    def _rate(self, walk: _Walk, row: int) -> None:
        later = timedelta(days=float(self._rng.uniform(*RATED_AFTER_DAYS)))
        stars = 1 + int(self._rng.binomial(4, 0.8 if self._likes(walk, row) else 0.45))
        self.events.append(
            WorldEvent(
                "rating",
                walk.user_id,
                walk.now + later,
                item_id=self._item_ids[row],
                value=float(stars),
            )
        )

    def _likes(self, walk: _Walk, row: int) -> bool:
        return bool(self._visitors.liking[walk.user, self._stock.taste[row]] > 0)

    def _does(self, chance: float, walk: _Walk, row: int) -> bool:
        to_taste = 1.0 if self._likes(walk, row) else NOT_TO_TASTE
        return self._rng.random() < chance * to_taste

    def _note(
        self,
        kind: str,
        walk: _Walk,
        row: int,
        quantity: int | None = None,
        value: float | None = None,
    ) -> None:
        """Add an event of now about an item, and let a moment pass."""
        self.events.append(
            WorldEvent(
                kind,
                walk.user_id,
                walk.now,
                walk.session_id,
                self._item_ids[row],
                quantity=quantity,
                value=value,
            )
        )
        walk.now += timedelta(seconds=1 + float(self._rng.exponential(PAUSE_S)))
