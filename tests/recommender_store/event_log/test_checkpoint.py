"""The newest events of each user, the same however the log was cut into steps."""

import random
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from obstore.store import MemoryStore

from recommender_store.event_log.log import EventLog
from recommender_store.event_log.remembered import (
    EVENTS_PER_USER,
    SHOWN_PER_ACTOR,
    ShownItems,
    UserEvents,
)
from recommender_store.objects.bucket import BucketObjects
from recommender_store.objects.scope import Scope
from tests.recommender_store.event_log.canonical import event, written


def recalled(log: EventLog) -> dict[str, UserEvents]:
    return {one.user_id: one for one in log.remembered()[0] if isinstance(one, UserEvents)}


def test_a_user_keeps_the_newest_events_oldest_first(memory: Scope) -> None:
    log = EventLog(memory)
    order = list(range(EVENTS_PER_USER + 10))
    random.Random(1).shuffle(order)
    for part in (order[:30], order[30:]):
        written(log, *(event(f"e{n:03}", f"2026-11-20T10:{n // 60:02}:{n % 60:02}Z") for n in part))
        log.compact()

    (user,) = recalled(log).values()

    assert user.items == [f"item-of-e{n:03}" for n in range(10, EVENTS_PER_USER + 10)]
    assert user.times_ms == sorted(user.times_ms)
    assert len(user.kinds) == len(user.ratings) == EVENTS_PER_USER


def test_ratings_stand_beside_their_events(memory: Scope) -> None:
    log = EventLog(memory)
    written(
        log,
        event("e1", "2026-11-20T10:00:01Z", kind="rating", value=4.5),
        event("e2", "2026-11-20T10:00:02Z"),
        event("e3", "2026-11-20T10:00:03Z", kind="rating", value=2),
    )
    log.compact()

    (user,) = recalled(log).values()

    assert (user.kinds, user.ratings) == (["rating", "view", "rating"], [4.5, None, 2.0])


def test_what_no_user_did_to_an_item_is_left_out(memory: Scope) -> None:
    log = EventLog(memory)
    shown = {**event("e3"), "kind": "impression", "items": ["i"]}
    written(
        log,
        event("e1", session_id="s"),
        {name: value for name, value in shown.items() if name != "item_id"},
    )
    log.compact()

    assert recalled(log) == {}


def test_what_was_shown_last_is_remembered_of_users_and_of_sessions_without_one(
    memory: Scope,
) -> None:
    log = EventLog(memory)
    for second in range(3):
        items = [f"i{n:03}" for n in range(80)]
        shown = {**event("", f"2026-11-20T10:00:0{second}Z"), "kind": "impression", "items": items}
        del shown["item_id"], shown["user_id"]
        written(
            log,
            {**shown, "event_id": f"e{second}", "user_id": "u", "session_id": "s"},
            {**shown, "event_id": f"a{second}", "session_id": "s"},
        )
        log.compact()

    ofs = [one for one in log.remembered()[0] if isinstance(one, ShownItems)]

    assert {(one.user_id, one.session_id) for one in ofs} == {("u", None), (None, "s")}
    for one in ofs:
        assert len(one.items) == len(one.times_ms) == SHOWN_PER_ACTOR
        assert one.times_ms == sorted(one.times_ms)
        assert one.items[-80:] == items


moments = st.tuples(
    st.sampled_from(["u1", "u2"]),
    st.integers(0, 3),
    st.sampled_from(["i", "j"]),
    st.sampled_from(["view", "cart"]),
)


@settings(max_examples=10, deadline=None)
@given(deeds=st.lists(moments, max_size=20), cuts=st.lists(st.integers(0, 240), max_size=2))
def test_merged_step_by_step_it_is_what_one_step_makes(
    deeds: list[tuple[str, int, str, str]], cuts: list[int]
) -> None:
    # Many times over, so that the cut to the newest falls among events of one moment.
    deeds = deeds * 12
    events = [
        event(f"e{n}", f"2026-11-20T10:00:0{second}Z", user_id=user, item_id=item, kind=kind)
        for n, (user, second, item, kind) in enumerate(deeds)
    ]
    one_step, steps = (EventLog(Scope(BucketObjects(MemoryStore()))) for _ in range(2))
    written(one_step, *events)
    one_step.compact()
    bounds = [0, *sorted(cuts), len(events)]
    for start, end in pairwise(bounds):
        written(steps, *events[start:end])
        steps.compact()

    assert recalled(steps) == recalled(one_step)
