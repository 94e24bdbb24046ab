"""A log that somebody else made, split as papers do."""

import gzip

import numpy as np
import pytest

from trainers.errors import SplitMalformed
from trainers.evaluation.given_log import read_log, split_log

LOG = "anna x 5 10\nanna y 4 20\nanna z 3 30\nben y 5 15\nben x 5 25\ncora z 1 31\n"


def told(folder, text=LOG, name="log.txt"):
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


def split(path, by, share=0.5):
    return split_log(path, by, share, np.random.default_rng(0))


def pairs(matrix):
    entries = matrix.tocoo()
    return sorted(zip(entries.row.tolist(), entries.col.tolist(), strict=True))


@pytest.mark.parametrize("between", [" ", "\t", ",", "::"])
@pytest.mark.parametrize("name", ["log.txt", "log.gz"])
def test_lines_are_read_however_their_words_are_parted(tmp_path, between, name):
    events = read_log(told(tmp_path, LOG.replace(" ", between), name))

    assert events.user.tolist() == [0, 0, 0, 1, 1, 2]
    assert events.item.tolist() == [0, 1, 2, 1, 0, 2]
    assert events.at_s.tolist() == [10, 20, 30, 15, 25, 31]


def test_a_first_line_of_names_is_passed_over(tmp_path):
    events = read_log(told(tmp_path, "userId,movieId,rating,timestamp\n1,31,2.5,1260759144\n"))

    assert len(events.user) == 1


def test_the_last_item_of_each_user_is_foretold(tmp_path):
    found = split(told(tmp_path), "last")

    assert pairs(found.test) == [(0, 2), (1, 0)]
    assert pairs(found.train) == [(0, 0), (0, 1), (1, 1), (2, 2)]
    assert found.events.at_s.tolist() == [10, 15, 20, 31], "in order of time"
    assert found.negatives is None


def test_a_share_of_each_user_s_items_is_foretold(tmp_path):
    found = split(told(tmp_path), "random")

    assert found.test.sum(axis=1).ravel().tolist() == [[2, 1, 0]]
    assert (found.train + found.test).max() == 1


def test_what_is_newest_is_foretold_and_nothing_that_was_learned(tmp_path):
    path = told(tmp_path, LOG + "anna x 5 99\n")

    found = split(path, "time")

    assert found.events.at_s.tolist() == [10, 15, 20]
    assert pairs(found.test) == [(0, 2), (1, 0), (2, 2)], "that anna comes back to x is not asked"


@pytest.mark.parametrize(
    ("text", "by", "line", "says"),
    [
        ("a x 1\nb\n", "last", 2, "has 1 words"),
        ("a x 5 1\nb y 5 soon\n", "last", 2, "'soon' is no time"),
        ("a x 5 1\nb y 5 nan\n", "time", 2, "finite"),
        ("a x\na y\n", "last", None, "has no times"),
        ("a x 7\na y 7\n", "time", None, "split it at random"),
        ("a x 1\nb y 2\n", "last", None, "nothing can be tested"),
        ("", "random", None, "no event"),
    ],
)
def test_what_cannot_be_split_is_told_in_a_sentence(tmp_path, text, by, line, says):
    with pytest.raises(SplitMalformed, match=says) as refused:
        split(told(tmp_path, text), by)

    assert refused.value.line == line
