"""What the slot `next` is asked: the next new item of a session, given what came before it."""

from hypothesis import given

from recommender_models.protocol import History
from tests.trainers.datasets.made import any_log, interactions
from trainers.datasets.next_questions import STEPS_PER_SESSION, ask_next
from trainers.datasets.split import split_at, split_by_time

BEFORE = [(9, item, item) for item in (1, 2, 3)]


def asked(*rows, **more) -> list[tuple[dict[int, float], list[int]]]:
    """Each question: the session so far with its weights, and what is right."""
    questions = ask_next(split_at(interactions(*BEFORE, *rows, **more), 100))
    return [
        (_told(history), right.tolist())
        for history, right in zip(questions.histories, questions.relevant, strict=True)
    ]


def _told(history: History) -> dict[int, float]:
    weights = [round(float(weight), 3) for weight in history.weights]
    return dict(zip(history.rows.tolist(), weights, strict=True))


def test_each_step_is_asked_with_the_newest_before_it_counting_most():
    assert asked((0, 1, 100), (0, 2, 101), (0, 3, 102)) == [
        ({1: 1.0}, [2]),
        ({2: 1.0, 1: 0.8}, [3]),
    ]


def test_going_back_to_what_was_there_is_not_asked_for():
    assert asked((0, 1, 100), (0, 2, 101), (0, 1, 102), (0, 3, 103)) == [
        ({1: 1.0}, [2]),
        ({1: 1.64, 2: 0.8}, [3]),
    ]


def test_what_the_model_cannot_know_is_no_beginning_but_a_right_answer():
    assert asked((0, 7, 100), (0, 1, 101), (0, 8, 102)) == [({1: 1.0}, [8])]


def test_a_session_of_one_item_asks_nothing():
    assert asked((0, 1, 100), (0, 1, 101), (1, 2, 102)) == []


def test_a_long_session_asks_a_few_and_a_script_none():
    before = [(9, item, 0) for item in range(600)]
    for length, count in ((STEPS_PER_SESSION + 5, STEPS_PER_SESSION), (501, 0)):
        rows = [(0, item, 100 + item) for item in range(length)]
        split = split_at(interactions(*before, *rows), 100)

        assert len(ask_next(split)) == count


@given(any_log())
def test_what_is_right_was_not_there_before_and_the_past_is_known(log):
    split = split_by_time(log, 0.4)
    questions = ask_next(split)

    past = set(split.train.positive.item.tolist())
    for history, relevant in zip(questions.histories, questions.relevant, strict=True):
        assert len(relevant) == 1
        assert set(history.rows.tolist()) <= past
        assert relevant[0] not in history.excluded
