"""A stock is a plausible catalog: unique, priced, dated, in several tastes."""

import json
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from recommender_cli.demo.worlds.stock import make_stock
from recommender_cli.demo.worlds.world import THEMES

START = datetime(2026, 10, 1, tzinfo=UTC)
DAYS = 45


@pytest.fixture(scope="module", params=sorted(THEMES))
def theme(request):
    return THEMES[request.param]


def stock_of(theme, count=400):
    return make_stock(theme, count, START, DAYS, np.random.default_rng(11))


@pytest.mark.parametrize("count", [1, 40, 3000])
def test_no_two_items_share_an_id_or_a_title(theme, count):
    records = stock_of(theme, count).records

    assert len(records) == count
    assert len({record["item_id"] for record in records}) == count
    assert len({record["title"] for record in records}) == count


def test_records_travel_as_json(theme):
    records = stock_of(theme).records

    assert json.loads(json.dumps(records)) == records


def test_every_item_says_what_it_is_and_costs_something(theme):
    for record in stock_of(theme).records:
        assert record.keys() >= {"category", "brand", "tags", "available", theme.variant}
        assert record["price"] > 0
        assert datetime.fromisoformat(record["created_at"]).tzinfo is not None


def test_no_title_holds_a_slot_that_was_not_filled(theme):
    assert not [record for record in stock_of(theme).records if set("{}") & set(record["title"])]


def test_the_items_are_spread_over_all_tastes(theme):
    sizes = Counter(stock_of(theme).taste.tolist())

    assert len(sizes) == len(theme.tastes)
    assert max(sizes.values()) < 2 * min(sizes.values())


def test_some_items_are_new_some_old_and_few_sold_out(theme):
    stock = stock_of(theme)
    created_at = [datetime.fromisoformat(record["created_at"]) for record in stock.records]

    new = [at for at in created_at if at >= START]

    assert 0.05 < len(new) / len(created_at) < 0.3
    assert max(created_at) < START + timedelta(days=DAYS)
    assert 0 < sum(not record["available"] for record in stock.records) < 40


def test_new_items_wear_the_tag_new(theme):
    for record in stock_of(theme).records:
        is_new = datetime.fromisoformat(record["created_at"]) >= START

        assert ("new" in record["tags"]) == is_new


def test_a_group_is_one_thing_in_several_variants(theme):
    groups = defaultdict(list)
    for record in stock_of(theme).records:
        if "group_id" in record:
            groups[record["group_id"]].append(record)

    assert groups
    for members in groups.values():
        assert len({member[theme.variant] for member in members}) == len(members)
        assert len({(member["category"], member["brand"]) for member in members}) == 1
