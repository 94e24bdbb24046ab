"""
What the slot `next` is asked in its test: the next new item of a session of the test period, given
what was done in it so far. Pure.

The past of a session is put to the model as the API would put it. Where nothing that the model
could know was done yet there is no question.
"""

import numpy as np
from numpy.typing import NDArray

from recommender_models.ordering import is_among
from recommender_models.protocol import NO_ROWS, History, Rows
from recommender_models.visit import visit_history

from .distinct import distinct_rows
from .ordering import begin_of, stable_order
from .questions import Questions, first_times
from .split import Split
from .visits import SESSION_LENGTH_LIMIT, sessions

STEPS_PER_SESSION = 10
"""Asked of one session at the most, from its beginning."""


def ask_next(split: Split) -> Questions:
    said = split.test.positive
    past = distinct_rows(split.train.positive.item)
    numbers = sessions(said)
    order = stable_order(numbers)
    said, numbers = said.where(order), numbers[order]
    known_rows = np.where(is_among(said.item, past), said.item, -1)
    deeds = list(zip(known_rows.tolist(), said.weight.tolist(), strict=True))
    histories: list[History] = []
    asked: list[int] = []
    for begin, at in _steps(said.item, numbers):
        history = visit_history(deeds[begin:at][::-1])
        if len(history.rows):
            histories.append(history)
            asked.append(at)
    relevant = [said.item[at : at + 1] for at in asked]
    return Questions(relevant, numbers[asked], histories, NO_ROWS)


def _steps(items: Rows, numbers: NDArray[np.int64]) -> list[tuple[int, int]]:
    """
    Where something comes that was not there before in its session, the first aside; and where the
    session begins.

    Args:
        items: session by session, each in its order.
        numbers: the session of each, ascending.
    """
    first = first_times(numbers, items)
    session = numbers[first]
    rank = np.arange(len(first)) - begin_of(session)
    is_short = np.bincount(numbers)[session] <= SESSION_LENGTH_LIMIT
    at = first[(rank >= 1) & (rank <= STEPS_PER_SESSION) & is_short]
    return list(zip(begin_of(numbers)[at].tolist(), at.tolist(), strict=True))
