"""A blend: parts on one scale, weighted, summed."""

import numpy as np
import pytest

from recommender_models.blend import Blend
from recommender_models.neighbours import NeighbourLists
from tests.recommender_models.made import history, item_weights, neighbour_lists


def lists(*scores: tuple[int, float]) -> NeighbourLists:
    """Item 0 has these neighbours, the others none."""
    neighbours = np.full((9, len(scores)), -1, dtype=np.int32)
    said = np.zeros((9, len(scores)), dtype=np.float32)
    neighbours[0] = [row for row, _ in scores]
    said[0] = [score for _, score in scores]
    return NeighbourLists(neighbours, said)


def told(answer):
    return dict(zip(answer.rows.tolist(), answer.scores.tolist(), strict=True))


def test_parts_are_brought_to_one_scale_before_they_are_summed():
    loud, quiet = lists((1, 300.0), (2, 100.0)), lists((2, 0.03), (3, 0.01))

    answer = Blend([loud, quiet], [0.5, 0.5]).recommend([history(0, excluded=(0,))], 9)[0]

    assert answer.rows.tolist() == [2, 1, 3]
    assert told(answer) == pytest.approx({2: 0.25 + 0.75, 1: 0.75, 3: 0.25})


def test_one_part_alone_ranks_as_it_does_without_a_blend():
    alone = item_weights(80, 30)

    for seed in range(20):
        asked = history(seed, seed + 9, seed + 21, excluded=(seed,))
        blended = Blend([alone], [0.7]).recommend([asked], 10)[0]
        assert blended.rows.tolist() == alone.recommend([asked], 10)[0].rows.tolist()


def test_a_part_scores_what_another_named():
    first = lists(*((row, 9.0 - row) for row in range(1, 9)))
    second = lists((8, 1.0))

    answer = Blend([first, second], [0.2, 0.8]).recommend([history(0)], 1)[0]

    assert told(answer) == pytest.approx({8: 0.2 * 1 / 4.5 + 0.8})


def test_a_part_that_knows_nothing_of_somebody_leaves_it_to_the_others():
    only = lists((1, 2.0))
    unknown = NeighbourLists(
        np.full((9, 1), -1, dtype=np.int32), np.zeros((9, 1), dtype=np.float32)
    )

    assert Blend([unknown, only], [0.9, 0.1]).recommend([history(0)], 5)[0].rows.tolist() == [1]
    assert not len(Blend([unknown, only], [0.9, 0.1]).recommend([history(5)], 5)[0].rows)


def test_scores_of_the_parts_weighted_give_the_answer():
    blend = Blend([neighbour_lists(), item_weights()], [0.3, 0.7])
    asked = history(3, 7, 11)

    found, scores = blend.part_scores(asked)

    summed = dict(zip(found.tolist(), (np.array([0.3, 0.7]) @ scores).tolist(), strict=True))
    answer = told(blend.recommend([asked], 30)[0])
    assert answer == pytest.approx({row: summed[row] for row in answer}, rel=1e-5)
