"""What is remembered, for how long, and within which bounds."""

from recommender_api.serving.remembered import OVERHEAD_BYTES, Remembered, Room, Told

ANSWER = Told(b"x" * 700, "model", "own")
ENTRY_BYTES = len(ANSWER.rest) + OVERHEAD_BYTES + 2
"""Of a question of two letters."""


def named(number: int) -> tuple[str]:
    return (f"{number:02d}",)


def test_an_answer_is_remembered_until_its_moment_and_no_longer():
    remembered = Remembered(Room())

    remembered.keep(("question",), ANSWER, until_s=100.0)

    assert remembered.get(("question",), now_s=99.9) == ANSWER
    assert remembered.get(("question",), now_s=100.0) is None
    assert remembered.get(("another",), now_s=0.0) is None


def test_what_is_asked_for_again_outlives_what_is_not():
    room = Room(10 * ENTRY_BYTES)
    remembered = Remembered(room)

    for number in range(40):
        remembered.keep(named(number), ANSWER, until_s=1.0)
        assert remembered.get(named(0), now_s=0.0) == ANSWER
        assert room.used_bytes == remembered.size_bytes <= room.limit_bytes

    assert remembered.get(named(39), now_s=0.0) == ANSWER
    assert remembered.get(named(1), now_s=0.0) is None


def test_an_answer_larger_than_all_there_is_room_for_is_not_kept():
    remembered = Remembered(Room(100))

    remembered.keep(("question",), ANSWER, until_s=1.0)

    assert remembered.get(("question",), now_s=0.0) is None
    assert remembered.size_bytes == 0


def test_what_is_told_again_counts_once_and_the_last_time():
    room = Room(10 * ENTRY_BYTES)
    remembered = Remembered(room)

    for until_s in (2.0, 3.0, 4.0):
        remembered.keep(named(1), ANSWER, until_s=until_s)

    assert room.used_bytes == ENTRY_BYTES
    assert remembered.get(named(1), now_s=3.5) == ANSWER


def test_a_long_question_takes_room_as_its_answer_does():
    remembered = Remembered(Room(10_000))
    long = ("body", "similar", b"x" * 10_000)

    remembered.keep(long, ANSWER, until_s=1.0)

    assert remembered.get(long, now_s=0.0) is None


def test_who_comes_late_finds_what_others_left_and_what_is_forgotten_is_free():
    room = Room(10 * ENTRY_BYTES)
    one, other = Remembered(room), Remembered(room)
    for number in range(20):
        one.keep(named(number), ANSWER, until_s=1.0)
        other.keep(named(number), ANSWER, until_s=1.0)

        assert room.used_bytes <= room.limit_bytes
    assert room.used_bytes == one.size_bytes + other.size_bytes
    del one

    assert room.used_bytes == other.size_bytes
    other.keep(named(50), ANSWER, until_s=1.0)
    assert other.get(named(50), now_s=0.0) == ANSWER
