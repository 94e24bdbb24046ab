"""Arrays come out of a file as they went in, and whoever opens it has his own."""

from pathlib import Path

import numpy as np
import pytest

from recommender_store.catalog.array_file import ArrayFile

ARRAYS = {
    "codes": np.array([3, -1, 0], np.int32),
    "empty": np.empty(0, np.float64),
    "bytes": np.frombuffer("Käse".encode(), np.uint8),
    "flags": np.array([True, False]),
    "wide": np.arange(5_000, dtype=np.int64)[::2],
}


@pytest.fixture
def path(tmp_path):
    ArrayFile.write(tmp_path / "arrays", ARRAYS, {"rows": 3, "name": "Käse"})
    return tmp_path / "arrays"


def test_arrays_and_what_is_said_of_them_come_back(path):
    file = ArrayFile(path)

    arrays = file.arrays()

    assert file.about == {"rows": 3, "name": "Käse"}
    assert arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        assert np.array_equal(arrays[name], array)


def test_what_one_writes_nobody_else_sees(path):
    file = ArrayFile(path)
    own, other = file.arrays(), file.arrays()

    own["codes"][0] = 99

    assert own["codes"][0] == 99
    assert (
        other["codes"][0] == file.arrays()["codes"][0] == ArrayFile(path).arrays()["codes"][0] == 3
    )


def test_a_file_that_was_replaced_stays_readable_to_who_had_opened_it(path):
    file = ArrayFile(path)
    path.unlink()
    ArrayFile.write(path, {"codes": np.zeros(1, np.int32)}, {})

    assert file.arrays()["codes"].tolist() == [3, -1, 0]


def open_files() -> int:
    return len([*Path("/proc/self/fd").iterdir()])


def test_a_closed_file_leaves_nothing_open(path):
    before = open_files()
    file = ArrayFile(path)
    arrays = file.arrays()
    assert open_files() > before

    del file, arrays

    assert open_files() == before


@pytest.mark.parametrize("left", [0, 5, 20, -1])
def test_a_file_that_is_cut_off_is_refused(path, left):
    path.write_bytes(path.read_bytes()[:left])

    with pytest.raises(ValueError, match=r"arrays|truncated|Input data"):
        ArrayFile(path)
