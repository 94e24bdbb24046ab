"""Counting what comes in: a page a day, bounded, whatever the header says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender_api.accounting.tally import SESSIONS_LIMIT, Tally
from recommender_api.errors import BodyMalformed, Overloaded
from recommender_store.ledger.page import Answered, Page, decode_page
from tests.recommender_api.accounting.sdk import PaperSdk

NOON_S = 1_795_176_000.0
"""2026-11-20T12:00:00Z."""
DAY, NEXT_DAY = "2026-11-20", "2026-11-21"
DAY_S = 86_400.0


class Clock:
    def __init__(self) -> None:
        self.now_s = NOON_S

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tally(clock) -> Tally:
    return Tally("replica", clock)


def take(tally: Tally, *, goodbye: bool = False) -> dict[str, Page]:
    return {day: decode_page(day, page) for day, page in tally.take(goodbye=goodbye).items()}


def answer(tally: Tally, sdk: str | None, verdicts: tuple[int, int, int]) -> None:
    rejections = [{"code": "time_too_old"}] * verdicts[2]
    with tally.entry(NOON_S, sdk) as entry:
        entry.settle(verdicts[0], verdicts[1], rejections)


def fail_to_write(tally: Tally, events: int) -> None:
    with tally.entry(NOON_S, None) as entry:
        entry.attempted = events
        raise OSError("full")


def test_plain_requests_are_counted_apart_from_those_of_sdks(tally):
    answer(tally, None, (3, 2, 1))
    answer(tally, PaperSdk(pending=5).header(), (5, 0, 0))

    page = take(tally)[DAY]

    assert page.others == Answered(3, 2, 1)
    assert page.sessions["s1"].answered == Answered(accepted=5)
    assert page.rejected_by_code == {"time_too_old": 1}
    assert page.answered == Answered(8, 2, 1)


def test_the_report_with_the_highest_sequence_is_the_newest_however_requests_come(tally):
    sdk = PaperSdk()
    headers = []
    for _ in range(3):
        sdk.offer(10)
        headers.append(sdk.header())
        sdk.told(10)
    for n in (1, 0, 2, 1):
        answer(tally, headers[n], (10, 0, 0))

    session = take(tally)[DAY].sessions["s1"]

    assert session.first.sequence == 1
    assert session.newest.sequence == 3
    assert session.last == Answered(accepted=10)
    assert session.answered == Answered(accepted=40)


def test_a_trial_is_not_counted(tally):
    with tally.entry(NOON_S, PaperSdk().header(), is_trial=True) as entry:
        entry.settle(5, 0, [{"code": "time_too_old"}])

    assert not tally.is_due
    assert take(tally) == {}


def test_a_batch_that_cannot_be_read_is_counted_by_its_code(tally):
    with pytest.raises(BodyMalformed), tally.entry(NOON_S, None):
        raise BodyMalformed("it is no JSON")

    assert take(tally)[DAY].refused_batches == {"body_malformed": 1}


def test_events_of_a_write_that_failed_are_unacknowledged(tally):
    with pytest.raises(OSError, match="full"):
        fail_to_write(tally, 7)

    page = take(tally)[DAY]

    assert page.unacknowledged == 7
    assert page.answered.total == 0


def test_the_report_of_a_request_without_room_is_heard(tally):
    sdk = PaperSdk(pending=50)
    with pytest.raises(Overloaded), tally.entry(NOON_S, sdk.header()):
        raise Overloaded("too much at once")

    page = take(tally)[DAY]

    assert page.sessions["s1"].newest.pending == 50
    assert page.unacknowledged == 0
    assert page.refused_batches == {}


def test_what_was_taken_is_not_taken_again_until_it_changes(tally):
    answer(tally, None, (1, 0, 0))

    assert take(tally)[DAY].others.accepted == 1
    assert take(tally) == {}
    answer(tally, None, (1, 0, 0))
    assert take(tally)[DAY].others.accepted == 2


def test_what_could_not_be_written_is_taken_again(tally):
    answer(tally, None, (1, 0, 0))
    tally.take()
    tally.note(DAY)

    assert take(tally)[DAY].others.accepted == 1


def test_a_day_that_is_over_is_closed_and_let_go(tally, clock):
    answer(tally, None, (1, 0, 0))
    assert not take(tally)[DAY].is_closed
    tally.let_go(DAY)

    clock.now_s += DAY_S
    assert tally.is_due
    assert take(tally)[DAY].is_closed
    tally.let_go(DAY)

    assert not tally.is_due


def test_a_day_is_not_closed_while_a_request_of_it_is_inside(tally, clock):
    with tally.entry(NOON_S, None) as entry:
        clock.now_s += DAY_S
        assert not take(tally)[DAY].is_closed
        entry.settle(4, 0, [])

    page = take(tally)[DAY]
    assert page.is_closed
    assert page.others.accepted == 4


def test_a_page_that_closed_while_it_was_written_but_changed_since_is_kept(tally, clock):
    answer(tally, None, (1, 0, 0))
    clock.now_s += DAY_S
    tally.take()
    tally.note(DAY)
    tally.let_go(DAY)

    assert take(tally)[DAY].others.accepted == 1


def test_a_goodbye_closes_what_was_written_before(tally):
    answer(tally, None, (1, 0, 0))
    tally.take()

    assert take(tally, goodbye=True)[DAY].is_closed


def test_sessions_beyond_the_limit_are_summed(tally):
    for n in range(SESSIONS_LIMIT + 3):
        answer(tally, PaperSdk(session=f"s{n}", pending=2).header(), (2, 0, 0))

    page = take(tally)[DAY]

    assert len(page.sessions) == SESSIONS_LIMIT
    assert page.crowd == Answered(accepted=6)
    assert page.crowd_requests == 3
    assert page.answered.accepted == 2 * (SESSIONS_LIMIT + 3)


HEADER = PaperSdk(pending=1).header()


@pytest.mark.parametrize(
    "header",
    [
        "",
        "x" * 100_000,
        HEADER.replace("s1", "\x00"),
        HEADER.replace("s1", "séance"),
        HEADER.replace("s1", ""),
        HEADER.replace("offered=1", "offered=-1"),
        HEADER.replace("offered=1", f"offered={'9' * 40}"),
        HEADER.replace("offered=1", "sdk=1"),
        f"{HEADER}; more=1",
    ],
)
def test_a_hostile_report_counts_as_none(tally, header):
    answer(tally, header, (1, 0, 0))

    page = take(tally)[DAY]

    assert page.sessions == {}
    assert page.others.accepted == 1


@given(st.text(max_size=400) | st.text("0123456789=; sequencionfrd/", max_size=400))
def test_no_header_breaks_a_request(header):
    tally = Tally("replica")
    with tally.entry(NOON_S, header) as entry:
        entry.settle(1, 0, [])

    assert take(tally)[DAY].answered.accepted == 1
