"""Pages show what is on sale in a taste, the popular more often than the rest."""

from datetime import UTC, datetime

import numpy as np
import pytest

from recommender_cli.demo.worlds.pages import Pages
from recommender_cli.demo.worlds.stock import make_stock
from recommender_cli.demo.worlds.trailhead import TRAILHEAD
from recommender_cli.demo.worlds.visits import WINDOW, Visit

START = datetime(2026, 10, 1, tzinfo=UTC)
DAYS = 30


@pytest.fixture(scope="module")
def stock():
    return make_stock(TRAILHEAD, 240, START, DAYS, np.random.default_rng(2))


@pytest.fixture
def pages(stock):
    return Pages(TRAILHEAD, stock, DAYS, np.random.default_rng(3))


def test_a_page_of_a_taste_shows_that_taste_alone(pages, stock):
    rows = pages.draw(Visit(user=0, taste=4, day=20.0), budget=0.5, count=8)

    assert len(rows) == 8
    assert set(stock.taste[rows].tolist()) == {4}


def test_the_shop_window_shows_several_tastes(pages, stock):
    rows = pages.draw(Visit(user=0, taste=WINDOW, day=20.0), budget=0.5, count=40)

    assert len(set(stock.taste[rows].tolist())) > 3


def test_nothing_is_shown_twice_in_a_visit(pages):
    rows = pages.draw(Visit(user=0, taste=WINDOW, day=20.0), budget=0.5, count=100)

    assert len(set(rows)) == len(rows)


def test_nothing_is_shown_before_it_is_on_sale(pages, stock):
    rows = pages.draw(Visit(user=0, taste=WINDOW, day=1.0), budget=0.5, count=240)

    assert (stock.born_day[rows] <= 1.0).all()
    assert len(rows) < 240


def test_the_popularity_of_what_is_shown_has_a_long_tail(pages):
    visit = Visit(user=0, taste=WINDOW, day=29.0)
    shown = np.bincount(
        [row for _ in range(500) for row in pages.draw(visit, budget=0.5, count=6)], minlength=240
    )

    ranked = np.sort(shown)[::-1]

    assert ranked[:48].sum() > 0.5 * ranked.sum()
    assert (ranked > 0).sum() > 150


@pytest.mark.parametrize(("budget", "dearer"), [(0.0, False), (1.0, True)])
def test_what_is_shown_keeps_to_the_price_level_of_the_user(pages, stock, budget, dearer):
    visit = Visit(user=0, taste=WINDOW, day=29.0)

    rows = [row for _ in range(200) for row in pages.draw(visit, budget, count=6)]

    assert (stock.level[rows].mean() > 0.5) == dearer
