"""What every kind of live history keeps and tells, the same after a restart."""

import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import groupby, pairwise, product
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from obstore.store import MemoryStore

from recommender_api.history.in_memory import InMemoryHistory
from recommender_api.history.protocol import SESSIONS_PER_USER, Deed, History, Join
from recommender_models.bundle import RecentEvent
from recommender_store.event_log.log import EventLog
from recommender_store.event_log.remembered import EVENTS_PER_USER
from recommender_store.objects.bucket import BucketObjects
from recommender_store.objects.folder import FolderObjects
from recommender_store.objects.scope import Scope
from tests.recommender_api.histories import Loop, Make, linked, new_on_redis, running_loop
from tests.recommender_api.redis_server import running_redis

START_MS = 1_780_000_000_000

deeds = st.builds(
    Deed,
    user_id=st.sampled_from(["ann", "bob", None]),
    session_id=st.sampled_from(["s1", "s2", None]),
    kind=st.sampled_from(["view", "purchase", "rating", "impression", "custom:x"]),
    item_id=st.sampled_from(["i1", "i2", "ü/%"]),
    at_ms=st.integers(START_MS, START_MS + 20),
    value=st.sampled_from([None, 1.0, 4.5]),
)

TWINS = [("ann", None), ("ann", 1.0), (None, None)]
"""Who did the same at the same moment, with which value."""

joins = st.builds(
    Join,
    session_id=st.sampled_from(["s1", "s2"]),
    user_id=st.sampled_from(["ann", "bob"]),
    at_ms=st.integers(START_MS, START_MS + 20),
)


@pytest.fixture(scope="session", autouse=True)
def loop() -> Iterator[Loop]:
    """The loop that every history of this file runs on."""
    global LOOP
    with running_loop() as LOOP:
        yield LOOP


@pytest.fixture(scope="session", params=["in memory", "in Redis", "in a cluster"])
def make(request: pytest.FixtureRequest, loop: Loop) -> Iterator[Make]:
    """An empty history of a kind; a new one each time it is called."""
    if request.param == "in memory":
        yield InMemoryHistory
        return
    is_cluster = request.param == "in a cluster"
    with running_redis(is_cluster=is_cluster) as server, linked(loop, server.url) as link:
        yield lambda: new_on_redis(loop, link)


def tell(history: History, told: Iterable[Deed | Join]) -> None:
    async def tell_in_order() -> None:
        for is_join, some in groupby(told, key=lambda one: isinstance(one, Join)):
            if is_join:
                for join in some:
                    await history.join(*join)
            else:
                await history.add(some)

    LOOP.run(tell_in_order())


def ask(history: History, user_id: str | None, session_id: str | None) -> list[RecentEvent]:
    return LOOP.run(history.recent(user_id, session_id)).events


def did(item_id: str, at_ms: int = START_MS, kind: str = "view", user_id: str = "ann") -> Deed:
    return Deed(user_id, None, kind, item_id, at_ms, None)


def test_what_a_user_did_comes_back_newest_first(make):
    history = make()
    tell(history, [did("old", 1), did("new", 3), did("middle", 2)])

    assert [event.item_id for event in ask(history, "ann", None)] == ["new", "middle", "old"]


def test_nobody_has_no_past(make):
    history = make()
    tell(history, [did("a")])

    assert ask(history, "bob", None) == ask(history, None, None) == []
    assert ask(history, "ann", "no session")


def test_a_session_and_its_user_are_told_together_each_event_once(make):
    history = make()
    both = Deed("ann", "s", "view", "a", 2, None)
    tell(history, [both, Deed(None, "s", "view", "b", 1, None), did("c", 3)])

    assert [event.item_id for event in ask(history, "ann", "s")] == ["c", "a", "b"]
    assert [event.item_id for event in ask(history, None, "s")] == ["a", "b"]


def test_the_newest_by_time_stay_however_they_came(make):
    history = make()
    order = [*range(0, 200, 2), *range(199, 0, -2)]
    tell(history, [did(f"item-{at}", at) for at in order])
    kept = [event.at_ms for event in ask(history, "ann", None)]

    assert kept == [*range(199, 199 - EVENTS_PER_USER, -1)]


def test_an_event_that_is_told_twice_counts_once(make):
    history = make()
    for _ in range(2 * EVENTS_PER_USER):
        tell(history, [did("a", 1)])
    tell(history, [did("b", 2), did("b", 3)])

    assert [event.item_id for event in ask(history, "ann", None)] == ["b", "b", "a"]


@given(st.lists(deeds))
@example([Deed(user, "s1", "view", "i", 1, v) for user, v in TWINS])
def test_the_order_of_coming_changes_nothing(make, told):
    forth, back = make(), make()
    tell(forth, told)
    tell(back, reversed(told))
    once = {deed[:5]: deed for deed in told}.values()  # of twins with two values either may stay

    for user_id in ("ann", "bob", None):
        for session_id in ("s1", "s2", None):
            one, other = (ask(each, user_id, session_id) for each in (forth, back))
            assert [event[:3] for event in one] == [event[:3] for event in other]
            assert len(one) <= 2 * EVENTS_PER_USER
            assert len(one) <= len(once)


@given(st.lists(deeds))
def test_only_what_says_something_of_an_item_is_kept(make, told):
    history = make()
    tell(history, told)
    kept = {event.kind for event in ask(history, "ann", "s1")}

    assert kept <= {"view", "purchase", "rating", "custom:x"}


def visit(item_id: str, at_ms: int, session_id: str = "s", user_id: str | None = None) -> Deed:
    return Deed(user_id, session_id, "view", item_id, at_ms, None)


def items(history: History, user_id: str | None, session_id: str | None) -> list[str]:
    return [event.item_id for event in ask(history, user_id, session_id)]


def test_what_a_session_did_before_and_after_it_was_joined_is_the_users(make):
    history = make()
    tell(history, [visit("before", 1), Join("s", "ann", 2), visit("after", 3), did("own", 4)])

    assert items(history, "ann", None) == items(history, "ann", "s") == ["own", "after", "before"]
    assert items(history, "bob", None) == items(history, "bob", "s") == []
    assert items(history, None, "s") == ["after", "before"]


def test_the_last_join_wins_from_its_time_on(make):
    history = make()
    tell(history, [visit(f"at {at}", at) for at in (1, 2, 3, 4, 5)])
    tell(history, [Join("s", "bob", 4), Join("s", "ann", 2)])

    assert items(history, "ann", "s") == ["at 3", "at 2", "at 1"]
    assert items(history, "bob", "s") == ["at 5", "at 4"]


def test_a_late_join_between_two_others_takes_what_was_done_from_then_on(make):
    history = make()
    tell(history, [Join("s", "ann", 1), Join("s", "ann", 9), visit("late", 5)])
    assert items(history, "ann", None) == ["late"]

    tell(history, [Join("s", "bob", 4)])

    assert items(history, "ann", None) == []
    assert items(history, "bob", None) == ["late"]


def test_an_event_that_names_a_user_stays_that_users_whoever_the_session_is_joined_to(make):
    history = make()
    tell(history, [visit("anns", 1, user_id="ann"), visit("nobodys", 2), Join("s", "bob", 1)])

    assert items(history, "ann", "s") == ["anns"]
    assert items(history, "bob", "s") == ["nobodys"]


def test_what_others_did_in_a_session_that_nobody_joined_is_not_told_to_a_user(make):
    history = make()
    tell(history, [visit("anns", 1, user_id="ann"), visit("nobodys", 2)])

    assert items(history, "bob", "s") == ["nobodys"]
    assert items(history, "ann", "s") == ["nobodys", "anns"]


def test_of_two_joins_of_one_moment_the_greater_user_id_counts(make):
    for order in (
        [Join("s", "ann", 1), Join("s", "bob", 1)],
        [Join("s", "bob", 1), Join("s", "ann", 1)],
    ):
        history = make()
        tell(history, [*order, visit("a", 1)])

        assert items(history, "bob", None) == ["a"]
        assert items(history, "ann", None) == []


def test_a_user_is_told_the_newest_of_all_joined_sessions(make):
    history = make()
    tell(history, [visit(f"{at}", at, f"s{at % 3}") for at in range(2 * EVENTS_PER_USER)])
    tell(history, [Join(f"s{at}", "ann", at) for at in range(3)])
    newest = range(2 * EVENTS_PER_USER - 1, EVENTS_PER_USER - 1, -1)

    assert items(history, "ann", None) == [f"{at}" for at in newest]


def test_the_sessions_that_were_joined_last_are_remembered(make):
    history = make()
    order = list(range(3 * SESSIONS_PER_USER))
    random.Random(1).shuffle(order)
    for at in order:
        tell(history, [visit(f"{at}", at, f"s{at}"), Join(f"s{at}", "ann", at)])
    newest = list(range(3 * SESSIONS_PER_USER - 1, 2 * SESSIONS_PER_USER - 1, -1))

    assert items(history, "ann", None)[:SESSIONS_PER_USER] == [f"{at}" for at in newest]


def owner(deed: Deed, joins: list[Join]) -> str | None:
    """Whom a deed belongs to, told slowly."""
    if deed.user_id is not None:
        return deed.user_id
    of_session = sorted(
        (join.at_ms, join.user_id) for join in joins if join.session_id == deed.session_id
    )
    if not of_session:
        return None
    before = [user_id for at_ms, user_id in of_session if at_ms <= deed.at_ms]
    return before[-1] if before else of_session[0][1]


def expected(told: list[Deed | Join], user_id: str | None, session_id: str | None) -> set[tuple]:
    joined = [one for one in told if isinstance(one, Join)]
    known = [one for one in told if isinstance(one, Deed) and one.kind != "impression"]
    if user_id is None:
        those = [one for one in known if session_id and one.session_id == session_id]
    else:
        those = [
            one
            for one in known
            if owner(one, joined) == user_id
            or (owner(one, joined) is None and session_id and one.session_id == session_id)
        ]
    return {(one.kind, one.item_id, one.at_ms) for one in those}


def told_apart(history: History) -> dict[tuple[str | None, str | None], set[tuple]]:
    """All answers of a history."""
    return {
        (user_id, session_id): {event[:3] for event in ask(history, user_id, session_id)}
        for user_id in ("ann", "bob", None)
        for session_id in ("s1", "s2", None)
    }


@given(st.lists(deeds | joins, max_size=30), st.randoms(use_true_random=False))
def test_joins_and_events_in_any_order_tell_what_the_rule_says(make, told, shuffler):
    history = make()
    shuffled = list(told)
    shuffler.shuffle(shuffled)
    tell(history, shuffled)

    for asked, answer in told_apart(history).items():
        assert answer == expected(told, *asked)


@settings(max_examples=15, deadline=None)
@given(
    told=st.lists(deeds | joins, min_size=1, max_size=30),
    cuts=st.lists(st.integers(0, 30), max_size=2),
)
def test_joins_and_sessions_outlive_compactions_and_restarts(make, tmp_path_factory, told, cuts):
    log = EventLog(Scope(FolderObjects(tmp_path_factory.mktemp("log")), "tenants/shop/events"))
    events, told = lines(told), [one for one in told if one.user_id or one.session_id]
    bounds = [0, *sorted(cuts), len(events)]
    for since, until in pairwise(bounds):
        if since:
            log.compact()
        if events[since:until]:
            log.append_events(events[since:until], "2026-06-01T00:00:00Z")
    rebuilt = make()
    rebuilt.reload(log)

    for asked, answer in told_apart(rebuilt).items():
        assert answer == expected(told, *asked)


@settings(max_examples=30, deadline=None)
@given(told=st.lists(deeds | joins, max_size=12))
def test_what_was_read_from_the_same_bytes_says_the_same(make, told):
    history, said = make(), {}
    for one in told:
        tell(history, [one])
        for who in product(["ann", "bob", None], ["s1", "s2", None]):
            recalled = LOOP.run(history.recent(*who))
            if recalled.read_from is not None:
                told_before = said.setdefault((who, recalled.read_from), recalled.events)
                assert recalled.events == told_before


def lines(told: Iterable[Deed | Join]) -> list[dict]:
    return [
        {
            "event_id": f"e{number}",
            "occurred_at": datetime.fromtimestamp(one.at_ms / 1000, UTC).isoformat(),
            **{name: value for name, value in fields(one).items() if value is not None},
        }
        for number, one in enumerate(told)
        if one.user_id or one.session_id
    ]


def fields(one: Deed | Join) -> dict[str, object]:
    if isinstance(one, Join):
        return {"kind": "identify", "session_id": one.session_id, "user_id": one.user_id}
    return {name: value for name, value in one._asdict().items() if name != "at_ms"}


@settings(max_examples=50, deadline=None)
@given(st.lists(deeds, max_size=30))
def test_a_history_that_is_rebuilt_from_segments_tells_the_same(make, told):
    log = EventLog(Scope(BucketObjects(MemoryStore()), "tenants/shop/events"))
    live = make()
    tell(live, [deed for deed in told if deed.user_id or deed.session_id])
    if lines(told):
        log.append_events(lines(told), "2026-06-01T00:00:00Z")
    rebuilt = make()
    rebuilt.reload(log)

    for user_id in ("ann", "bob"):
        assert ask(rebuilt, user_id, "s1") == ask(live, user_id, "s1")


@settings(max_examples=8, deadline=None)
@given(st.lists(deeds, min_size=1, max_size=150), st.integers(0, 150))
def test_a_history_that_is_rebuilt_from_a_checkpoint_tells_the_same_of_users(
    make, tmp_path_factory, told, packed
):
    folder: Path = tmp_path_factory.mktemp("log")
    log = EventLog(Scope(FolderObjects(folder), "tenants/shop/events"))
    live = make()
    tell(live, [deed for deed in told if deed.user_id])
    events = [line for line in lines(told) if "user_id" in line]
    for part in (events[:packed], events[packed:]):
        if part:
            log.append_events(part, "2026-06-01T00:00:00Z")
            if part is not events[packed:]:
                log.compact()
    rebuilt = make()
    rebuilt.reload(log)

    for user_id in ("ann", "bob"):
        one, other = ask(rebuilt, user_id, None), ask(live, user_id, None)
        assert [event[:3] for event in one] == [event[:3] for event in other]


def test_whoever_was_silent_longest_goes_first():
    history = InMemoryHistory(actors_limit=2)
    tell(
        history,
        [did("a", 1, user_id="ann"), did("b", 2, user_id="bob"), did("c", 3, user_id="ann")],
    )
    tell(history, [did("d", 4, user_id="cid")])

    assert ask(history, "bob", None) == []
    assert [event.item_id for event in ask(history, "ann", None)] == ["c", "a"]
    assert ask(history, "cid", None)
