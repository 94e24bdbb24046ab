"""What every kind of live history keeps and tells, the same after a restart."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from obstore.store import MemoryStore

from recommender_api.history.in_memory import InMemoryHistory
from recommender_api.history.protocol import Deed, History
from recommender_models.bundle import RecentEvent
from recommender_store.event_log.checkpoint import EVENTS_PER_USER
from recommender_store.event_log.log import EventLog
from recommender_store.objects.bucket import BucketObjects
from recommender_store.objects.folder import FolderObjects
from recommender_store.objects.scope import Scope

Make = Callable[[], History]
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


@pytest.fixture(scope="session", params=["in memory"])
def make(request: pytest.FixtureRequest) -> Make:
    """An empty history of a kind; a new one each time it is called."""
    return {"in memory": InMemoryHistory}[request.param]


def tell(history: History, deeds: Iterable[Deed]) -> None:
    asyncio.run(history.add(deeds))


def ask(history: History, user_id: str | None, session_id: str | None) -> list[RecentEvent]:
    return asyncio.run(history.recent(user_id, session_id)).events


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

    assert kept <= {"view", "purchase", "rating"}


def lines(told: Iterable[Deed]) -> list[dict]:
    return [
        {
            "event_id": f"e{number}",
            "kind": deed.kind,
            "occurred_at": datetime.fromtimestamp(deed.at_ms / 1000, UTC).isoformat(),
            "item_id": deed.item_id,
            **({"user_id": deed.user_id} if deed.user_id else {}),
            **({"session_id": deed.session_id} if deed.session_id else {}),
            **({"value": deed.value} if deed.value is not None else {}),
        }
        for number, deed in enumerate(told)
        if deed.user_id or deed.session_id
    ]


@settings(max_examples=50, deadline=None)
@given(st.lists(deeds, max_size=30))
def test_a_history_that_is_rebuilt_from_segments_tells_the_same(told):
    log = EventLog(Scope(BucketObjects(MemoryStore()), "tenants/shop/events"))
    live = InMemoryHistory()
    tell(live, [deed for deed in told if deed.user_id or deed.session_id])
    if lines(told):
        log.append_events(lines(told), "2026-06-01T00:00:00Z")
    rebuilt = InMemoryHistory()
    rebuilt.reload(log)

    for user_id in ("ann", "bob"):
        assert ask(rebuilt, user_id, "s1") == ask(live, user_id, "s1")


@settings(max_examples=8, deadline=None)
@given(st.lists(deeds, min_size=1, max_size=150), st.integers(0, 150))
def test_a_history_that_is_rebuilt_from_a_checkpoint_tells_the_same_of_users(
    tmp_path_factory, told, packed
):
    folder: Path = tmp_path_factory.mktemp("log")
    log = EventLog(Scope(FolderObjects(folder), "tenants/shop/events"))
    live = InMemoryHistory()
    tell(live, [deed for deed in told if deed.user_id])
    events = [line for line in lines(told) if "user_id" in line]
    for part in (events[:packed], events[packed:]):
        if part:
            log.append_events(part, "2026-06-01T00:00:00Z")
            if part is not events[packed:]:
                log.compact()
    rebuilt = InMemoryHistory()
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
