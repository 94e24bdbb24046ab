"""The inner split: newest by time, else a share of each user."""

import numpy as np
from scipy import sparse

from tests.trainers.datasets.made import DAY_US, interactions
from trainers.recipes.protocol import TrainingData
from trainers.tuning.holding_back import hold_back


def timeless(matrix) -> TrainingData:
    return TrainingData(sparse.csr_matrix(matrix), matrix.shape[0], interactions(), 1)


def logged(*rows, users=4, items=30) -> TrainingData:
    log = interactions(*sorted(rows, key=lambda row: row[2]))
    return TrainingData(log.matrix((users, items)), users, log, 10**15)


def test_without_times_a_fifth_of_each_user_is_held_back_but_never_the_only_item():
    matrix = np.zeros((4, 30), dtype=np.float32)
    for user, count in enumerate((20, 10, 2, 1)):
        matrix[user, :count] = 1

    held = hold_back(timeless(matrix), np.random.default_rng(0))

    assert [len(rows) for rows in held.relevant] == [4, 2, 1]
    assert held.data.matrix.sum(axis=1).ravel().tolist() == [[16, 8, 1, 1]]
    for history, relevant in zip(held.histories, held.relevant, strict=True):
        assert not set(history.rows.tolist()) & set(relevant.tolist())


def test_of_each_user_the_newest_is_held_back_where_hardly_anybody_comes_back():
    rows = [(user, item, (user * 10 + item) * DAY_US) for user in range(4) for item in range(10)]

    held = hold_back(logged(*rows), np.random.default_rng(0))

    assert [rows.tolist() for rows in held.relevant] == [[8, 9]] * 4


def test_where_people_come_back_the_newest_of_the_log_is_held_back():
    rows = [(user, day, day * DAY_US + user) for user in range(4) for day in range(20)]

    held = hold_back(logged(*rows), np.random.default_rng(0))

    until_us = held.data.until_us
    assert held.data.interactions.at_us.max() < until_us
    newest = {int(rows.min()) for rows in held.relevant}
    assert all(day * DAY_US >= until_us - DAY_US for day in newest)
    assert held.data.matrix.shape == (4, 30)


def test_fewer_users_are_drawn_with_their_own_answers():
    matrix = np.triu(np.ones((9, 12), dtype=np.float32))
    held = hold_back(timeless(matrix), np.random.default_rng(0))

    some, others = held.shared_out(3, np.random.default_rng(1))

    assert len(some.histories) == len(some.relevant) == 3
    for history, relevant in zip(some.histories, some.relevant, strict=True):
        whole = set(history.rows.tolist()) | set(relevant.tolist())
        assert whole == set(np.flatnonzero(matrix[history.stored_row]).tolist())
    drawn = [history.stored_row for history in some.histories + others.histories]
    assert len(drawn) == len(set(drawn)) == 6


def test_nothing_holds_nothing_back():
    held = hold_back(timeless(np.zeros((3, 5), dtype=np.float32)), np.random.default_rng(0))

    assert held.histories == []
