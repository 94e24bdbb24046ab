"""The bot guard counts by user and minute of what was done, and forgets what failed."""

from collections import Counter

import pytest

from recommender_api.access.quotas.busy_users import BusyUsers, actors_of
from recommender_api.ingest.arrival import Arrival


def done(user: str | None, at: str = "2026-11-20T10:00:30Z", session: str | None = None) -> Arrival:
    return Arrival(
        event_id="e", kind="view", item_id="i", occurred_at=at, user_id=user, session_id=session
    )


def take(guard: BusyUsers, *events: Arrival) -> int:
    """How many were let through."""
    actors = actors_of(events)
    beyond = guard.beyond(actors)
    with guard.taking(Counter(one for at, one in enumerate(actors) if at not in beyond)):
        return len(actors) - len(beyond)


def test_the_last_of_a_busy_user_are_refused_and_others_go_on():
    actors = actors_of([done("bot"), done("u"), done("bot"), done("bot")])

    assert BusyUsers(2).beyond(actors) == {3}


def test_the_next_minute_begins_anew():
    guard = BusyUsers(2)

    assert take(guard, *[done("bot")] * 5) == 2
    assert take(guard, done("bot")) == 0
    assert take(guard, *[done("bot", "2026-11-20T10:01:00Z")] * 5) == 2


def test_an_hour_that_a_logger_kept_and_sends_at_once_makes_nobody_a_bot():
    hour = [done("u", f"2026-11-20T10:{minute:02d}:00Z") for minute in range(60)]

    assert take(BusyUsers(1), *hour) == 60


def test_a_session_counts_where_there_is_no_user():
    assert take(BusyUsers(1), done(None, session="s"), done(None, session="s")) == 1


def test_nobody_may_do_anything_where_the_quota_is_0():
    assert take(BusyUsers(0), done("u")) == 0


def test_what_failed_comes_again_and_is_let_through():
    guard = BusyUsers(1)
    actors = Counter(actors_of([done("u")]))
    with pytest.raises(OSError, match="disk"), guard.taking(actors):
        raise OSError("disk")

    assert take(guard, done("u")) == 1


def test_who_was_forgotten_begins_anew():
    guard = BusyUsers(1, generation=2)
    take(guard, done("a"))
    for number in range(4):
        take(guard, done(f"other-{number}"))

    assert take(guard, done("a")) == 1
