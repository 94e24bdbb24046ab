"""Splits that somebody else made."""

import gzip

import pytest

from trainers.errors import SplitMalformed
from trainers.evaluation.given_split import read_split


def written(folder, **files):
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    return folder


def pairs(matrix):
    entries = matrix.tocoo()
    return sorted(zip(entries.row.tolist(), entries.col.tolist(), strict=True))


def test_a_line_a_user_is_read_plain_and_gzipped(tmp_path):
    (tmp_path / "train.txt.gz").write_bytes(gzip.compress(b"0 1 2\n1 0\n2\n\n3 5 5\n"))
    written(tmp_path, test_txt="0 3\n2 1\n")

    split = read_split(tmp_path)

    assert pairs(split.train) == [(0, 1), (0, 2), (1, 0), (3, 5)]
    assert pairs(split.test) == [(0, 3), (2, 1)]
    assert split.train.shape == split.test.shape == (4, 6)
    assert split.negatives is None


def test_a_line_an_event_is_read_with_and_without_times(tmp_path):
    written(tmp_path, train_txt="0 1 50\n0 2 40\n1 3 45\n", test_txt="0 3\n1 1\n")

    split = read_split(tmp_path)

    assert pairs(split.train) == [(0, 1), (0, 2), (1, 3)]
    assert split.events.item.tolist() == [2, 3, 1], "in order of time"
    assert pairs(split.test) == [(0, 3), (1, 1)]


def test_leave_last_out_brings_its_negatives(tmp_path):
    rated = "0\t1\t5\t9\n0\t2\t4\t8\n1\t2\t5\t7\n"
    (tmp_path / "ml-1m.train.rating").write_text(rated)
    (tmp_path / "ml-1m.test.rating").write_text("0\t3\t5\t10\n1\t0\t5\t10\n")
    (tmp_path / "ml-1m.test.negative").write_text("(0,3)\t4\t7\n(1,0)\t5\t6\n")

    split = read_split(tmp_path)

    assert pairs(split.test) == [(0, 3), (1, 0)]
    assert {user: rows.tolist() for user, rows in split.negatives.items()} == {0: [4, 7], 1: [5, 6]}
    assert split.train.shape == (2, 8)


@pytest.mark.parametrize(
    ("train", "test", "line", "says"),
    [
        ("0 1\n1 x\n", "0 2\n", 2, "train.txt, line 2: 'x' is no id"),
        ("0 1\n\n1 -3\n", "0 2\n", 3, "'-3' is no id"),
        ("0 1\n", "0 99999999999\n", 1, "test.txt, line 1"),
        ("0 1 5\n0 2 6 7 8\n", "0 2\n", 2, "has 5 words"),
        ("0 1 5\n0 2 soon\n", "0 2\n", 2, "'soon' is no time"),
        ("0 1 5\n0 2 nan\n", "0 2\n", 2, "finite"),
        ("0 1\n1 2\n", "5 3\n", None, "nothing can be tested"),
        ("", "", None, "nothing can be tested"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(tmp_path, train, test, line, says):
    written(tmp_path, train_txt=train, test_txt=test)

    with pytest.raises(SplitMalformed, match=says) as refused:
        read_split(tmp_path)

    assert refused.value.line == line
    assert refused.value.code == "split_malformed"


def test_a_missing_side_is_named(tmp_path):
    written(tmp_path, train_txt="0 1\n")

    with pytest.raises(SplitMalformed, match=r"no test\.txt"):
        read_split(tmp_path)


@pytest.mark.parametrize(
    "spoilt",
    [b"not gzip", gzip.compress(b"0 1\n" * 99)[:-9], b"\x1f\x8b\xff"],
    ids=["no archive", "cut short", "a head alone"],
)
def test_a_spoilt_archive_is_told_as_such(tmp_path, spoilt):
    (tmp_path / "train.txt.gz").write_bytes(spoilt)
    written(tmp_path, test_txt="0 1\n")

    with pytest.raises(SplitMalformed, match="cannot be read"):
        read_split(tmp_path)


def test_bytes_that_are_no_text_are_told_as_such(tmp_path):
    (tmp_path / "train.txt").write_bytes(b"0 1\n1 \xff\xfe\n")
    written(tmp_path, test_txt="0 1\n")

    with pytest.raises(SplitMalformed, match="cannot be read"):
        read_split(tmp_path)


@pytest.mark.parametrize(
    ("negatives", "line", "says"),
    [
        ("(0,3)\t4\n(1,2)\t5\n", 2, "item 2 is not what the test file holds of user 1"),
        ("(0,3)\t4\n", None, "lists nothing for 1 users of the test file, such as 1"),
        ("(0,3)\t4\n(1,0)\n", 2, "nothing to rank item 0 among"),
        ("(0,3)\t4\n1\t5\n", 2, "'1' is no pair"),
        ("(0,3)\t4\n(1,0)\t5 x\n", 2, "'x' is no id"),
    ],
)
def test_negatives_that_do_not_fit_the_test_are_told_with_their_line(
    tmp_path, negatives, line, says
):
    written(
        tmp_path,
        train_rating="0\t1\t5\t9\n1\t2\t5\t7\n",
        test_rating="0\t3\t5\t10\n1\t0\t5\t10\n",
        test_negative=negatives,
    )

    with pytest.raises(SplitMalformed, match=says) as refused:
        read_split(tmp_path)

    assert refused.value.line == line
