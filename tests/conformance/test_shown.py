"""What every kind of live history tells of what was shown, the same after a restart."""

from collections.abc import Iterator

import pytest

from recommender_api.history.in_memory import InMemoryHistory
from recommender_api.history.protocol import History, Showing, at_ms_of
from recommender_store.event_log.log import EventLog
from recommender_store.event_log.remembered import SHOWN_PER_ACTOR
from recommender_store.objects.folder import FolderObjects
from recommender_store.objects.scope import Scope
from tests.recommender_api.histories import Loop, Make, linked, new_on_redis, running_loop
from tests.recommender_api.redis_server import running_redis


@pytest.fixture(scope="module")
def loop() -> Iterator[Loop]:
    with running_loop() as running:
        yield running


@pytest.fixture(scope="module", params=["in memory", "in Redis", "in a cluster"])
def make(request: pytest.FixtureRequest, loop: Loop) -> Iterator[Make]:
    """An empty history of a kind; a new one each time it is called."""
    if request.param == "in memory":
        yield InMemoryHistory
        return
    is_cluster = request.param == "in a cluster"
    with running_redis(is_cluster=is_cluster) as server, linked(loop, server.url) as link:
        yield lambda: new_on_redis(loop, link)


@pytest.fixture
def history(make: Make) -> History:
    return make()


def shown_to(loop, history, user_id, session_id=None):
    return set(loop.run(history.shown(user_id, session_id)).shown)


def show(loop, history, *showings):
    loop.run(history.show(showings))


def test_what_was_shown_is_told_to_the_user_and_in_a_session_without_one(loop, history):
    show(
        loop,
        history,
        Showing("ann", "s", ["a", "b"], 1),
        Showing("ann", None, ["b"], 2),
        Showing(None, "s", ["c", 'ü",'], 3),
        Showing("bob", "s", ["d"], 4),
    )

    assert shown_to(loop, history, "ann") == {("a", 1), ("b", 1), ("b", 2)}
    assert shown_to(loop, history, None, "s") == {("c", 3), ('ü",', 3)}
    assert shown_to(loop, history, "bob", "s") == {("d", 4), ("c", 3), ('ü",', 3)}
    assert shown_to(loop, history, "cid") == shown_to(loop, history, None) == set()
    assert loop.run(history.recent("ann", "s")).events == []


def test_a_showing_that_is_told_twice_counts_once(loop, history):
    for items in (["a", "b"], ["b", "a"], ["a", "b", "a"]):
        show(loop, history, Showing("ann", None, items, 1))

    assert sorted(loop.run(history.shown("ann", None)).shown) == [("a", 1), ("b", 1)]


@pytest.mark.parametrize("at_once", [1, 30])
def test_at_least_the_newest_that_was_shown_stays_however_it_came(loop, history, at_once):
    count = 2_000 // at_once
    for at in (*range(0, count, 2), *range(count - 1, 0, -2)):
        show(loop, history, Showing("ann", None, [f"item-{n:09}" for n in range(at_once)], at))
    kept = sorted((at for _, at in shown_to(loop, history, "ann")), reverse=True)

    newest = SHOWN_PER_ACTOR // at_once
    assert SHOWN_PER_ACTOR <= len(kept) < 8 * SHOWN_PER_ACTOR
    assert set(kept) >= set(range(count - newest, count))


@pytest.mark.parametrize("is_packed", [False, True])
def test_what_was_shown_outlives_compactions_and_restarts(loop, make, tmp_path, is_packed):
    log = EventLog(Scope(FolderObjects(tmp_path), "tenants/shop/events"))
    moments = ["2026-06-01T00:00:00Z", "2026-06-01T00:00:01Z"]
    one, other = (
        {"event_id": moment, "kind": "impression", "occurred_at": moment, "items": ["b", "a"]}
        for moment in moments
    )
    log.append_events([{**one, "user_id": "ann", "session_id": "s"}], moments[1])
    if is_packed:
        log.compact()
    log.append_events([{**other, "session_id": "s"}], moments[1])
    if is_packed:
        log.compact()
    rebuilt = make()
    rebuilt.reload(log)
    rebuilt.reload(log)
    first, second = (at_ms_of(moment) for moment in moments)

    assert shown_to(loop, rebuilt, "ann") == {("a", first), ("b", first)}
    assert shown_to(loop, rebuilt, None, "s") == {("a", second), ("b", second)}
