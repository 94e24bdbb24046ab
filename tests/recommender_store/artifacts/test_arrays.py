"""Arrays come back as they were, mapped and not to be written."""

from pathlib import Path

import numpy as np
import pytest

from recommender_store.artifacts.arrays import map_array, save_array


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6, dtype=np.int32).reshape(2, 3),
        np.zeros((0,), np.float32),
        np.zeros((0, 4), np.int64),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(10)[::2],
        np.array([True, False]),
    ],
)
def test_an_array_comes_back_as_it_was(array: np.ndarray, tmp_path: Path) -> None:
    save_array(tmp_path / "deep" / "a.npy", array)

    mapped = map_array(tmp_path / "deep" / "a.npy")

    np.testing.assert_array_equal(mapped, array)
    assert mapped.dtype == array.dtype


def test_a_mapped_array_cannot_be_written(tmp_path: Path) -> None:
    save_array(tmp_path / "a.npy", np.arange(3))

    with pytest.raises(ValueError, match="read-only"):
        map_array(tmp_path / "a.npy")[0] = 9


def test_nothing_is_ever_unpickled(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="pickle"):
        save_array(tmp_path / "a.npy", np.array([object()]))
    np.save(tmp_path / "b.npy", np.array([{"a": 1}]), allow_pickle=True)
    with pytest.raises(ValueError, match=r"pickle|Python objects"):
        map_array(tmp_path / "b.npy")
