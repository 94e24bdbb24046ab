"""What a slot is asked, and what would have been right."""

import numpy as np
import pytest
from hypothesis import given

from recommender_models.protocol import History
from recommender_models.seen import KIND_BITS
from tests.trainers.datasets.made import HOUR_US, any_log, interactions
from trainers.datasets.questions import (
    SEEDS_PER_SESSION,
    ask_bought_together,
    ask_for_you,
    ask_similar,
)
from trainers.datasets.split import split_at, split_by_time

MINUTE_US = HOUR_US // 60


def histories(split, users):
    """Every user's past items, all of them excluded."""

    def history_of(user):
        rows = np.unique(split.train.item[split.train.actor == user]).astype(np.int32)
        return History(rows=rows, excluded=rows)

    return ask_for_you(split, users, history_of)


def similar(*rows, session=-1, at_us=100):
    asked = ask_similar(split_at(interactions(*rows, session=session), at_us))
    return list(zip(asked.seeds.tolist(), [one.tolist() for one in asked.relevant], strict=True))


def test_a_user_with_a_past_is_asked_for_what_was_new():
    log = interactions((0, 1, 0), (1, 2, 1), (0, 1, 100), (0, 3, 101), (0, 4, 102), (2, 4, 103))

    asked = histories(split_at(log, 100), users=3)

    assert asked.owner.tolist() == [0]
    assert [one.tolist() for one in asked.relevant] == [[3, 4]]
    assert asked.histories[0].rows.tolist() == [1]


def test_who_only_came_back_to_old_items_or_disliked_new_ones_is_not_asked():
    log = interactions((0, 1, 0), (1, 1, 1), (0, 1, 100), (1, 2, 101), weight=[1, 1, 1, 0])

    assert not len(histories(split_at(log, 100), users=2))


def test_sessions_without_a_user_are_not_asked_for_themselves():
    log = interactions((0, 1, 0), (1, 1, 1), (0, 2, 100), (1, 2, 101))

    assert histories(split_at(log, 100), users=1).owner.tolist() == [0]
    assert not len(histories(split_at(log, 100), users=0))


@given(any_log())
def test_no_right_answer_was_seen_before_and_every_asked_user_has_a_past(log):
    split = split_by_time(log, 0.4)
    asked = histories(split, users=4)

    learned = split.train.positive
    for owner, history, relevant in zip(asked.owner, asked.histories, asked.relevant, strict=True):
        assert not set(relevant.tolist()) & set(history.excluded.tolist())
        assert owner in learned.actor
        assert len(relevant)


@given(any_log())
def test_every_seed_has_a_past_and_is_no_right_answer_to_itself(log):
    split = split_by_time(log, 0.4)
    asked = ask_similar(split)

    past = set(split.train.positive.item.tolist())
    for seed, relevant in zip(asked.seeds.tolist(), asked.relevant, strict=True):
        assert seed in past
        assert seed not in relevant
        assert len(set(relevant.tolist())) == len(relevant) > 0


def test_each_item_of_a_session_is_asked_for_the_rest_of_it():
    before = [(9, item, item) for item in (1, 2, 3)]

    asked = similar(*before, (0, 2, 100), (0, 1, 101), (0, 2, 102), (0, 3, 103))

    assert asked == [(2, [1, 3]), (1, [2, 3]), (3, [2, 1])]


def test_an_item_without_a_past_is_no_seed_but_a_right_answer():
    assert similar((9, 1, 0), (0, 1, 100), (0, 7, 101)) == [(1, [7])]


def test_half_an_hour_without_an_event_ends_a_session_that_has_no_name():
    before = [(9, 1, 0), (9, 2, 1), (9, 3, 2)]
    late = 101 + 31 * MINUTE_US

    asked = similar(*before, (0, 1, 100), (0, 2, 101), (0, 3, late), (0, 1, late + 1))

    assert asked == [(1, [2]), (2, [1]), (3, [1]), (1, [3])]


def test_a_named_session_goes_on_over_a_pause_and_does_not_mix_with_another():
    before = [(9, 1, 0), (9, 2, 1), (9, 3, 2)]
    late = 100 + 40 * MINUTE_US
    rows = [(0, 1, 100), (0, 3, 101), (0, 2, late), (0, 1, late + 1)]

    asked = similar(*before, *rows, session=[-1, -1, -1, 5, 6, 5, 6])

    assert asked == [(1, [2]), (2, [1]), (3, [1]), (1, [3])]


def test_two_users_at_the_same_time_are_two_sessions():
    before = [(9, item, item) for item in (1, 2)]

    assert similar(*before, (0, 1, 100), (1, 2, 100)) == []


@pytest.mark.parametrize(("length", "seeds"), [(1, 0), (2, 2), (40, SEEDS_PER_SESSION), (501, 0)])
def test_a_long_session_asks_a_few_and_a_script_none(length, seeds):
    before = [(9, item, item % 50) for item in range(600)]
    before.sort(key=lambda row: row[2])

    assert len(similar(*before, *((0, item, 100 + item) for item in range(length)))) == seeds


def test_queries_of_one_session_belong_together():
    before = [(9, item, item) for item in (1, 2, 3)]
    log = interactions(*before, (0, 1, 100), (0, 2, 101), (1, 2, 102), (1, 3, 103))

    asked = ask_similar(split_at(log, 100))

    assert (len(asked), asked.owners) == (4, 2)


def test_each_item_of_a_basket_is_asked_for_the_rest_of_it_where_it_was_bought_before():
    bought = KIND_BITS["purchase"]
    rows = [(9, 1, 0), (9, 2, 1), (9, 3, 2), (0, 1, 100), (0, 2, 101), (0, 4, 102), (0, 3, 103)]
    log = interactions(*rows, kind=[bought, bought, 1, bought, 1, bought, bought])

    asked = ask_bought_together(split_at(log, 100))

    found = zip(asked.seeds.tolist(), asked.relevant, strict=True)
    assert [(seed, right.tolist()) for seed, right in found] == [(1, [4, 3])]
