"""Events as arrays, and the matrix that models are fitted on."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given

from tests.trainers.datasets.made import DAY_US, any_log, interactions
from trainers.datasets.interactions import Interactions


@given(any_log())
def test_the_matrix_sums_to_the_weights(log):
    matrix = log.matrix((6, 8))

    naive = np.zeros((6, 8))
    for actor, item, weight in zip(log.actor, log.item, log.weight, strict=True):
        naive[actor, item] += weight
    assert matrix.toarray().tolist() == naive.tolist()
    assert (matrix.data > 0).all(), "what says nothing for an item leaves no entry"


def test_an_event_of_one_half_life_ago_counts_half_and_the_newest_in_full():
    log = interactions((0, 0, 0), (0, 1, 10 * DAY_US), (1, 0, 20 * DAY_US), weight=4.0)

    matrix = log.matrix((2, 2), half_life_days=10)

    assert matrix.toarray() == pytest.approx(np.array([[1.0, 2.0], [4.0, 0.0]]))


def test_nothing_gives_an_empty_matrix_with_and_without_a_half_life():
    nothing = interactions()

    assert nothing.matrix((3, 4)).nnz == nothing.matrix((3, 4), 5.0).nnz == 0


@given(any_log())
def test_files_give_the_same_interactions_and_the_same_fingerprint(tmp_path_factory, log):
    folder = tmp_path_factory.mktemp("interactions")

    log.save(folder)

    assert Interactions.from_path(folder).fingerprint() == log.fingerprint()


@pytest.mark.parametrize("name", [one.name for one in fields(Interactions)])
def test_a_change_of_one_entry_is_another_fingerprint(name):
    log = interactions((0, 0, 5), (1, 1, 6))
    changed = getattr(log, name).copy()
    changed[1] += 1

    assert replace(log, **{name: changed}).fingerprint() != log.fingerprint()
