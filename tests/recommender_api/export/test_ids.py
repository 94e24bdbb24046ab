"""Whom an export asks about, as a file or the log names them."""

import numpy as np
import pytest

from recommender_api.export.errors import IdsUnreadable
from recommender_api.export.ids import OfLog, listed
from recommender_store.artifacts.digests import Digests
from recommender_store.artifacts.known_users import DigestedUsers


def written(tmp_path, content):
    path = tmp_path / "users.txt"
    path.write_bytes(content)
    return path


def test_each_is_asked_about_once_in_the_order_of_the_file(tmp_path):
    ids = listed(written(tmp_path, b"\xef\xbb\xbfb\r\na\r\nb\r\n \xc3\xbc\r\n"))

    assert ids.ids == ["b", "a", " ü"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"a\n\nb\n", r"line 2: it is empty"),
        (b"a\nb\tc\n", r"line 2: it is no id"),
        (b"a\nb\n" + 257 * b"x", r"line 3: it is no id"),
        (b"a\n\xff\n", r"line 2: it is not UTF-8"),
        (b"", "it names nobody"),
    ],
)
def test_what_is_no_id_is_told_with_its_line(tmp_path, content, told):
    with pytest.raises(IdsUnreadable, match=told):
        listed(written(tmp_path, content))


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(IdsUnreadable, match="No such file"):
        listed(tmp_path / "missing.txt")


def test_the_name_of_a_list_is_the_same_for_the_same_ids_alone(tmp_path):
    one = listed(written(tmp_path, b"a\nb\n"))
    same = listed(written(tmp_path, b"a\nb\n"))
    other = listed(written(tmp_path, b"a\nc\n"))

    assert one.name == same.name != other.name


def known(*ids: str) -> DigestedUsers:
    digests = Digests(b"k" * 32)
    return DigestedUsers(np.sort(digests.short_of_all("user", ids)), digests)


def test_users_stand_in_the_order_of_their_rows_whatever_the_log_says_first():
    users = known("ann", "bért", "zoe")

    ids = OfLog(users, [["zoe", "new"], ["bért"], [], ["ann"]])

    assert (len(ids), ids.name) == (3, "model")
    assert ids.between(0, 9) == sorted(["ann", "bért", "zoe"], key=users.row)


def test_who_is_in_the_log_no_more_is_left_out_and_moves_nobody():
    users = known("ann", "bért", "zoe")
    whole, rest = OfLog(users, [["ann", "bért", "zoe"]]), OfLog(users, [["zoe", "ann"]])

    for row in range(3):
        assert rest.between(row, row + 1) == [
            one for one in whole.between(row, row + 1) if one != "bért"
        ]
    assert OfLog(users, []).between(0, 3) == []
