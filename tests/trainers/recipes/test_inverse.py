"""The inverse in blocks is the inverse, whatever the blocks."""

import numpy as np
import pytest

from trainers.recipes.inverse import Matrix, invert


def definite(count: int) -> Matrix:
    tall = np.random.default_rng(1).normal(size=(2 * count, count)).astype(np.float32)
    return np.asfortranarray(tall.T @ tall + np.float32(count) * np.eye(count, dtype=np.float32))


@pytest.mark.parametrize("count", [1, 6, 7, 8, 50])
@pytest.mark.parametrize("block", [1, 7, 64])
def test_the_lower_triangle_becomes_that_of_the_inverse(count, block):
    matrix = definite(count)
    expected = np.linalg.inv(matrix.astype(np.float64))

    invert(matrix, block=block)

    assert np.tril(matrix) == pytest.approx(np.tril(expected), abs=1e-6)


def test_a_matrix_without_rows_stays_as_it_is():
    invert(np.empty((0, 0), dtype=np.float32))


def test_what_is_not_positive_definite_is_refused():
    with pytest.raises(np.linalg.LinAlgError):
        invert(-definite(5), block=2)
