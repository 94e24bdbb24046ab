"""
What the slot `next` is asked in its test: the next new item of a session of the test period, given
what was done in it so far. Pure.

The past of a session is put to the model as the API would put it. Where nothing that the model
could know was done yet there is no question.
"""

import numpy as np

from recommender_models.protocol import NO_ROWS, History, Rows
from recommender_models.visit import visit_history

from .questions import Questions, grouped
from .split import Split
from .visits import SESSION_LENGTH_LIMIT, sessions

STEPS_PER_SESSION = 10
"""Asked of one session at the most, from its beginning."""


def ask_next(split: Split) -> Questions:
    said = split.test.positive
    past = np.unique(split.train.positive.item)
    known_rows = np.where(np.isin(said.item, past), said.item, -1)
    histories: list[History] = []
    relevant: list[Rows] = []
    owner: list[int] = []
    for session, events in grouped(sessions(said), np.arange(len(said), dtype=np.int32)):
        if len(events) > SESSION_LENGTH_LIMIT:
            continue
        deeds = list(zip(known_rows[events].tolist(), said.weight[events].tolist(), strict=True))
        for at in _steps(said.item[events]):
            history = visit_history(deeds[:at][::-1])
            if len(history.rows):
                histories.append(history)
                relevant.append(said.item[events[at : at + 1]])
                owner.append(session)
    return Questions(relevant, np.array(owner, dtype=np.int64), histories, NO_ROWS)


def _steps(items: Rows) -> list[int]:
    """Where something comes that was not there before in the session, the first aside."""
    first = np.sort(np.unique(items, return_index=True)[1])
    return [int(at) for at in first[1 : STEPS_PER_SESSION + 1]]
