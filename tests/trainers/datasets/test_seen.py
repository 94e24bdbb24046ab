"""What the bundle keeps of each user."""

import numpy as np
import pytest
from hypothesis import given

from tests.trainers.datasets.made import any_log, interactions
from trainers.datasets.seen import seen_items


@given(any_log())
def test_every_users_events_are_there_by_item_with_all_their_kinds(log):
    users = 4
    seen = seen_items(log, users, 8, half_life_days=1e9)

    for user in range(users):
        rows, _, kinds = seen.of(user)
        expected: dict[int, int] = {}
        for actor, item, kind in zip(log.actor, log.item, log.kind, strict=True):
            if actor == user:
                expected[int(item)] = expected.get(int(item), 0) | int(kind)
        assert dict(zip(rows.tolist(), kinds.tolist(), strict=True)) == expected
        assert rows.tolist() == sorted(expected)


@given(any_log())
def test_weights_are_those_of_the_matrix_that_models_are_fitted_on(log):
    seen, matrix = seen_items(log, 6, 8, 3.0), log.matrix((6, 8), 3.0).toarray()

    for user in range(6):
        rows, weights, _ = seen.of(user)
        dense = np.zeros(8)
        dense[rows] = weights
        assert dense == pytest.approx(matrix[user], rel=1e-5)


def test_without_events_or_users_nobody_has_seen_anything():
    assert not len(seen_items(interactions(), 2, 3, 1.0).of(1)[0])
    only_visits = seen_items(interactions((5, 1, 0)), 0, 3, 1.0)
    assert only_visits._indptr.tolist() == [0]
