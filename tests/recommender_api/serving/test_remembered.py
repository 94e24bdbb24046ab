"""Answers that are the same for everybody: until when they hold, and how many are kept."""

from recommender_api.serving.remembered import OVERHEAD_BYTES, Remembered

ANSWER = b"x" * 700


def test_an_answer_is_remembered_until_its_moment_and_no_longer():
    remembered = Remembered()

    remembered.keep(("question",), ANSWER, until_s=100.0)

    assert remembered.get(("question",), now_s=99.9) == ANSWER
    assert remembered.get(("question",), now_s=100.0) is None
    assert remembered.get(("another",), now_s=0.0) is None


def test_where_it_is_full_it_begins_anew():
    remembered = Remembered(limit_bytes=10 * (len(ANSWER) + OVERHEAD_BYTES + 1))

    for number in range(11):
        remembered.keep((str(number),), ANSWER, until_s=1.0)

    assert remembered.get(("0",), now_s=0.0) is None
    assert remembered.get(("10",), now_s=0.0) == ANSWER


def test_an_answer_larger_than_all_there_is_room_for_is_not_kept():
    remembered = Remembered(limit_bytes=100)

    remembered.keep(("question",), ANSWER, until_s=1.0)

    assert remembered.get(("question",), now_s=0.0) is None


def test_what_is_told_again_counts_once():
    remembered = Remembered(limit_bytes=2 * (len(ANSWER) + OVERHEAD_BYTES + 6))
    remembered.keep(("first",), ANSWER, until_s=1.0)

    for until_s in (2.0, 3.0, 4.0):
        remembered.keep(("second",), ANSWER, until_s=until_s)

    assert remembered.get(("first",), now_s=0.0) == ANSWER
    assert remembered.get(("second",), now_s=3.5) == ANSWER


def test_a_long_question_takes_room_as_its_answer_does():
    remembered = Remembered(limit_bytes=10_000)
    long = ("body", "similar", b"x" * 10_000)

    remembered.keep(long, ANSWER, until_s=1.0)

    assert remembered.get(long, now_s=0.0) is None
