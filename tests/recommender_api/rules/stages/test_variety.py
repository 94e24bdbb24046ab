"""Items that are alike move apart."""

import numpy as np
import pytest

from recommender_api.rules.stages.variety import describing, likeness, varied
from recommender_store.catalog.columns import Columns

RECORDS = [
    {"item_id": "a", "title": "A", "category": "shoes", "tags": ["new", "red"]},
    {"item_id": "b", "title": "B", "category": "shoes", "tags": ["new"]},
    {"item_id": "c", "title": "C", "category": "bags", "tags": ["red", "new"]},
    {"item_id": "d", "title": "D", "category": "bags"},
    {"item_id": "e", "title": "E"},
]
COLUMNS = Columns.from_records(RECORDS)
ROWS = np.arange(5, dtype=np.int32)


def test_what_tells_items_apart_does_not_describe_them():
    assert {column.type for column in describing(COLUMNS)} == {"string", "strings"}
    assert len(describing(COLUMNS)) == 2


def test_items_are_alike_as_far_as_the_catalog_describes_them_alike():
    alike = likeness(describing(COLUMNS), ROWS)

    assert alike[0, 1] == pytest.approx((1 + 0.5) / 2)
    assert alike[0, 2] == pytest.approx((0 + 1) / 2)
    assert alike[2, 3] == pytest.approx(0.5)
    assert not alike[4].any()
    assert np.array_equal(alike, alike.T)


def test_without_diversity_the_order_stays():
    scores = np.array([5, 4, 3, 2, 1], np.float32)

    assert varied(scores, likeness(describing(COLUMNS), ROWS), 0.0, 5).tolist() == [0, 1, 2, 3, 4]


def test_with_full_diversity_the_first_stays_and_what_is_unlike_it_follows():
    scores = np.array([5, 4, 3, 2, 1], np.float32)

    order = varied(scores, likeness(describing(COLUMNS), ROWS), 1.0, 5).tolist()

    assert order[0] == 0
    assert order[1] in (3, 4)
    assert sorted(order) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("count", [0, 1])
def test_there_is_nothing_to_vary_among_too_few(count):
    scores = np.ones(count, np.float32)

    assert len(varied(scores, np.zeros((count, count), np.float32), 0.5, 5)) == count


def test_equal_scores_are_varied_too():
    alike = np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1]], np.float32)

    assert varied(np.ones(3, np.float32), alike, 0.5, 3).tolist() == [0, 2, 1]
