"""
What a visitor is shown: the pages of a taste, or the shop window over all of them.

Popularity within a taste follows Zipf's law; what is new gets a push that fades within
weeks; what lies far from the user's price level sinks; and chance shuffles the rest.
"""

import numpy as np

from .stock import Stock
from .taste import Theme
from .visits import WINDOW, Visit, demand

ZIPF_EXPONENT = 1.3
PRICE_PICKINESS = 2.0  # what a whole step from plain to fine costs, in log-odds
NOVELTY_PUSH = 1.5  # log-odds on the first day
NOVELTY_DAYS = 7.0


class Pages:
    """Draws the items that a visit is shown; keeps no state but the rng it is given."""

    def __init__(self, theme: Theme, stock: Stock, days: int, rng: np.random.Generator) -> None:
        self._theme = theme
        self._stock = stock
        self._days = days
        self._rng = rng
        self._rows = {WINDOW: np.arange(len(stock.records))}
        self._log_popularity = np.zeros(len(stock.records))
        for taste in range(len(theme.tastes)):
            rows = np.flatnonzero(stock.taste == taste)
            rank = 1 + rng.permutation(len(rows))
            self._rows[taste] = rows
            self._log_popularity[rows] = -ZIPF_EXPONENT * np.log(rank)

    def draw(self, visit: Visit, budget: float, count: int) -> list[int]:
        """Return up to `count` rows of items on sale that day, most prominent first, no repeats."""
        rows = self._rows[visit.taste]
        age_days = visit.day - self._stock.born_day[rows]
        appeal = (
            self._log_popularity[rows]
            - PRICE_PICKINESS * np.abs(self._stock.level[rows] - budget)
            + NOVELTY_PUSH * np.exp(-age_days / NOVELTY_DAYS)
            + self._rng.gumbel(size=len(rows))
        )
        if visit.taste == WINDOW:
            share = demand(self._theme, np.array([visit.day / self._days]))[0]
            appeal += np.log(share[self._stock.taste])
        on_sale = age_days >= 0
        best = np.argsort(-appeal[on_sale])[:count]
        return [int(row) for row in rows[on_sale][best]]
