import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loggers_sdk.transport import Answer
from loggers_sdk.verdict import Fate, judge


def fate(status: int, body: object = None) -> Fate:
    return judge(Answer(status, b"" if body is None else json.dumps(body).encode()), 3).fate


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (202, Fate.SETTLED),
        (200, Fate.RETRY),
        (204, Fate.RETRY),
        (301, Fate.RETRY),
        (400, Fate.REFUSED),
        (401, Fate.REFUSED),
        (403, Fate.REFUSED),
        (408, Fate.RETRY),
        (413, Fate.SPLIT),
        (422, Fate.REFUSED),
        (429, Fate.RETRY),
        (500, Fate.RETRY),
        (503, Fate.RETRY),
    ],
)
def test_a_status_decides_the_fate_of_a_batch(status: int, expected: Fate) -> None:
    assert fate(status) is expected


def test_a_success_that_is_not_the_platform_s_settles_nothing() -> None:
    assert fate(200, "<html>please log in</html>") is Fate.RETRY
    assert fate(200, {"accepted": 3}) is Fate.SETTLED


def test_single_events_are_refused_by_their_position_once_each() -> None:
    entry = {"index": 1, "event_id": "e1", "code": "time_too_old", "detail": "secret"}
    body = {"accepted": 2, "duplicates": 0, "rejected": [entry, entry]}

    verdict = judge(Answer(202, json.dumps(body).encode()), 3)

    assert [(r.reason, r.event_id) for r in verdict.rejected] == [("time_too_old", "e1")]
    assert "secret" not in str(verdict.rejected[0])


@pytest.mark.parametrize("rejected", [None, 3, [3], [{}], [{"index": 3}], [{"index": -1}]])
def test_verdicts_that_name_no_event_of_the_batch_count_nothing(rejected: object) -> None:
    verdict = judge(Answer(202, json.dumps({"accepted": 3, "rejected": rejected}).encode()), 3)

    assert verdict == (Fate.SETTLED, ())


def test_a_code_that_is_no_code_is_not_repeated() -> None:
    body = {"accepted": 0, "rejected": [{"index": 0, "event_id": 5, "code": "u1 bought milk"}]}

    (rejection,) = judge(Answer(202, json.dumps(body).encode()), 1).rejected

    assert (rejection.reason, rejection.event_id) == ("unknown", None)


@given(st.integers(100, 599), st.binary())
def test_no_answer_makes_judging_it_raise(status: int, body: bytes) -> None:
    judge(Answer(status, body), 3)
