"""A slot of an older bundle answers in the newer one's rows."""

import numpy as np
import pytest

from recommender_models.carried import CarriedDescriptions, CarriedOver
from recommender_models.popularity import PopularRanking
from tests.recommender_models.made import (
    described_lists,
    factors,
    history,
    neighbour_lists,
    popular_ranking,
    rows,
)

OLD = 30
HERE = np.array([row // 2 if row % 2 else -1 for row in range(OLD)], dtype=np.int32)
"""Every second older row is gone; row 2n + 1 is row n here; rows from 15 on are new."""
ROW_COUNT = 20


def carried(model):
    return CarriedOver(model, HERE, ROW_COUNT)


def test_items_are_translated_there_and_back_and_lost_ones_left_out():
    lists = neighbour_lists(OLD)
    there = lists.similar_items(rows(7), OLD)[0]

    here = carried(lists).similar_items(rows(3), OLD)[0]

    known = [(row // 2, score) for row, score in zip(*map(list, there), strict=True) if row % 2]
    assert list(zip(here.rows.tolist(), here.scores.tolist(), strict=True)) == known


@pytest.mark.parametrize("row", [-1, 15, 19, 20, 1_000])
def test_items_that_the_older_bundle_lacks_have_no_neighbours(row):
    assert not len(carried(neighbour_lists(OLD)).similar_items(rows(row), 5)[0].rows)


def test_what_is_gone_does_not_shorten_the_answer():
    answer = carried(popular_ranking(OLD)).recommend([history()], 10)[0]

    assert answer.rows.tolist() == [14, 13, 12, 11, 10, 9, 8, 7, 6, 5]


def test_a_history_is_translated_with_its_weights_and_its_exclusions():
    model = factors(OLD + 1)
    wide = CarriedOver(model, np.append(HERE, np.int32(-1)), ROW_COUNT)
    here = history(2, 17, 4, weight=3.0, excluded=(1, 18), stored_row=0, is_newer=False)
    there = history(5, 9, weight=3.0, excluded=(3, *range(0, OLD + 1, 2)))

    answer = wide.recommend([here], 5)[0]

    expected = model.recommend([there], 5)[0]
    assert answer.rows.tolist() == [row // 2 for row in expected.rows.tolist()]
    assert answer.scores.tolist() == expected.scores.tolist()


@pytest.mark.parametrize("model", [factors(OLD), neighbour_lists(OLD), popular_ranking(OLD)])
def test_rows_are_ranked_among_also_by_a_model_that_can_only_recommend(model):
    one = history(2, 5, 9, excluded=(4,))
    chosen = rows(1, 3, 4, 8, 17, 500)

    among = carried(model).rank_among(one, chosen, 3)

    everything = carried(model).recommend([one], OLD)[0]
    wanted = np.isin(everything.rows, chosen)
    assert among.rows.tolist() == everything.rows[wanted][:3].tolist()
    assert 4 not in among.rows


def test_a_model_of_the_other_kind_says_so():
    class OnlyUsers:
        def recommend(self, histories, n):
            return [PopularRanking(rows(1), np.ones(1, np.float32)).top(n) for _ in histories]

    with pytest.raises(TypeError, match="item-to-item"):
        carried(OnlyUsers()).similar_items(rows(1), 3)
    with pytest.raises(TypeError, match="user-to-item"):
        carried(object()).recommend([history(1)], 3)


def test_who_is_described_alike_is_found_by_words_and_translated():
    lists = described_lists(OLD)
    here = CarriedDescriptions(lists, HERE, ROW_COUNT)
    said = here.description(["all", "third"])

    answer = here.alike(said, 6)

    there = lists.alike(said, OLD).rows.tolist()
    assert answer.rows.tolist() == [row // 2 for row in there if row % 2][:6]
    assert here.minimum_similarity == lists.minimum_similarity
    # Rows 2 and 3 here were 5 and 7 there, of which nothing was said; 15 is new.
    told = lists.is_told_of(rows(*range(1, OLD, 2))).tolist()
    assert here.is_told_of(rows(*range(15), 15, -1)).tolist() == [*told, False, False]
