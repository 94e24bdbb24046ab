"""What only Redis can do wrong: grow, mix tenants, answer late, refuse, hold what is not ours."""

import asyncio
from collections.abc import Iterator
from datetime import date

import pytest

from recommender_api.history.on_redis.history import OUT_OF_REACH
from recommender_api.history.on_redis.scripts import TRIM_EVERY_BYTES
from recommender_api.history.protocol import Deed, Recollection
from recommender_store.event_log.erasure import Actor
from recommender_store.event_log.log import EventLog
from recommender_store.event_log.remembered import EVENTS_PER_USER
from recommender_store.objects.folder import FolderObjects
from recommender_store.objects.scope import Scope
from tests.recommender_api.histories import Loop, linked, new_on_redis, on_redis, running_loop
from tests.recommender_api.redis_server import RedisServer, running_redis


@pytest.fixture(scope="module")
def loop() -> Iterator[Loop]:
    with running_loop() as loop:
        yield loop


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with running_redis() as server:
        yield server


def did(item_id: str, at_ms: int = 1, user_id: str = "ann", value: float | None = None) -> Deed:
    return Deed(user_id, "s", "view", item_id, at_ms, value)


def test_a_string_stays_bounded_and_is_given_up_in_time(loop, redis):
    with linked(loop, redis.url, ttl_s=100) as link, redis.client() as client:
        history = new_on_redis(loop, link)
        for at_ms in range(3_000):
            loop.run(history.add([did(f"item-{at_ms}", at_ms)]))
        keys = list(client.scan_iter("recommender:*"))

        assert len(keys) == 2
        assert all(client.strlen(key) < 2 * TRIM_EVERY_BYTES for key in keys)
        assert all(0 < client.ttl(key) <= 100 for key in keys)
        kept = loop.run(history.recent("ann", None)).events
        assert [event.at_ms for event in kept] == [*range(2_999, 2_999 - EVENTS_PER_USER, -1)]


def test_the_longest_ids_are_bounded_too(loop, redis):
    with linked(loop, redis.url) as link, redis.client() as client:
        history = new_on_redis(loop, link)
        for at_ms in range(300):
            loop.run(history.add([did(f'{at_ms},"]\\' + "ü" * 240, at_ms)]))
        (largest,) = {client.strlen(key) for key in client.scan_iter("*:u:*")}

        assert largest < (EVENTS_PER_USER + 2) * 560 + TRIM_EVERY_BYTES
        assert len(loop.run(history.recent("ann", None)).events) == EVENTS_PER_USER


def test_tenants_with_the_same_ids_know_nothing_of_each_other(loop, redis):
    with linked(loop, redis.url) as link:
        one, other = (on_redis(loop, link, tenant) for tenant in ("shop", "shop-u"))
        loop.run(one.add([did("ones", user_id="u:ann")]))
        loop.run(other.add([did("others", user_id="ann")]))

        assert [event.item_id for event in loop.run(one.recent("u:ann", None)).events] == ["ones"]
        assert loop.run(one.recent("ann", None)).events == []


def test_reads_of_one_moment_share_a_round_trip_and_writes_too(loop, redis):
    with linked(loop, redis.url) as link, redis.client() as client:
        history = new_on_redis(loop, link)
        client.config_resetstat()

        async def together(*doing: object) -> None:
            await asyncio.gather(*doing)  # type: ignore[arg-type]

        users = [f"user-{number}" for number in range(50)]
        loop.run(together(*(history.add([did("a", 1, user)]) for user in users)))
        loop.run(together(*(history.recent(user, "s") for user in users)))
        calls = {name: told["calls"] for name, told in client.info("commandstats").items()}

        assert calls["cmdstat_mget"] == 1
        assert calls["cmdstat_evalsha"] <= 2


def test_a_read_that_takes_too_long_is_answered_without(loop, redis):
    with linked(loop, redis.url, read_budget_s=0.02) as link:
        history = new_on_redis(loop, link)
        loop.run(history.add([did("a")]))
        redis.stop()
        answer = loop.run(history.recent("ann", None))
        redis.go_on()

        assert (answer.events, answer.fault) == ([], OUT_OF_REACH)


def test_a_redis_that_refuses_to_write_is_still_read(loop, redis):
    with linked(loop, redis.url) as link, redis.client() as client:
        history = new_on_redis(loop, link)
        loop.run(history.add([did("a")]))
        client.config_set("maxmemory", "1")
        loop.run(history.add([did("b", 2)]))
        answer = loop.run(history.recent("ann", None))

        assert [event.item_id for event in answer.events] == ["a"]
        assert answer.fault is not None


def test_a_string_that_somebody_else_wrote_spoils_one_answer_only(loop, redis):
    with linked(loop, redis.url) as link, redis.client() as client:
        history = on_redis(loop, link, "shop")
        client.set("recommender:1:shop:u:ann", "rubbish")
        loop.run(history.add([did("b", user_id="bob")]))

        assert loop.run(history.recent("ann", None)).fault == OUT_OF_REACH
        assert [event.item_id for event in loop.run(history.recent("bob", None)).events] == ["b"]


def line(event_id: str, at: int, user_id: str = "ann") -> dict[str, str]:
    return {"event_id": event_id, "kind": "view", "item_id": event_id, "user_id": user_id} | {
        "occurred_at": f"2026-03-01T00:00:{at:02d}Z"
    }


def test_what_redis_knows_is_not_told_again(loop, redis, tmp_path):
    log = EventLog(Scope(FolderObjects(tmp_path), "tenants/shop/events"))
    log.append_events([line(f"e{at}", at) for at in range(5)], "2026-03-01T00:01:00Z")
    with linked(loop, redis.url) as link, redis.client() as client:
        on_redis(loop, link, "shop").reload(log)
        before = client.strlen("recommender:1:shop:u:ann")
        log.compact()
        on_redis(loop, link, "shop").reload(log)

        assert client.strlen("recommender:1:shop:u:ann") == before > 0


def test_events_that_were_compacted_before_redis_heard_of_them_are_told_from_the_checkpoint(
    loop, redis, tmp_path
):
    log = EventLog(Scope(FolderObjects(tmp_path), "tenants/shop/events"))
    log.append_events([line("e1", 1)], "2026-03-01T00:01:00Z")
    log.compact()
    log.append_events([line("e2", 2)], "2026-03-01T00:01:00Z")
    with linked(loop, redis.url) as link:
        history = on_redis(loop, link, "shop")
        history.reload(log)
        answer = loop.run(history.recent("ann", None))

        assert [event.item_id for event in answer.events] == ["e2", "e1"]
        assert answer.fault is None


def test_somebody_who_was_erased_from_the_log_is_gone_from_redis(loop, redis, tmp_path):
    log = EventLog(Scope(FolderObjects(tmp_path), "tenants/shop/events"))
    log.append_events([line("e1", 1), line("e2", 2, "bob")], "2026-03-01T00:01:00Z")
    with linked(loop, redis.url) as link, redis.client() as client:
        history = on_redis(loop, link, "shop")
        history.reload(log)
        log.erase(Actor("user_id", "ann"))
        history.reload(log)

        assert not client.exists("recommender:1:shop:u:ann")
        assert [event.item_id for event in loop.run(history.recent("bob", None)).events] == ["e2"]


def test_the_keys_of_a_stranger_are_left_alone_by_a_rebuild(loop, redis, tmp_path):
    log = EventLog(Scope(FolderObjects(tmp_path), "tenants/shop/events"))
    log.append_events([line("e1", 1), line("e2", 2, "bob")], "2026-03-01T00:01:00Z")
    with linked(loop, redis.url) as link:
        other = on_redis(loop, link, "shop-two")
        loop.run(other.add([did("theirs")]))
        history = on_redis(loop, link, "shop")
        history.reload(log)
        log.erase(Actor("user_id", "ann"))
        history.reload(log)

        assert loop.run(other.recent("ann", None)).events


def test_what_expired_in_the_log_expires_in_redis(loop, redis, tmp_path):
    log = EventLog(Scope(FolderObjects(tmp_path), "tenants/shop/events"))
    log.append_events([line("e1", 1), line("e2", 2, "bob")], "2026-03-01T00:01:00Z")
    with linked(loop, redis.url) as link:
        history = on_redis(loop, link, "shop")
        history.reload(log)
        assert loop.run(history.recent("ann", None)).events
        log.expire(date(2026, 3, 2))
        history.reload(log)

        assert loop.run(history.recent("ann", None)) == Recollection([], read_from=(b"",))


def test_events_that_redis_missed_outlive_the_erasure_of_a_stranger(loop, redis, tmp_path):
    log = EventLog(Scope(FolderObjects(tmp_path), "tenants/shop/events"))
    log.append_events([line("e1", 1)], "2026-03-01T00:01:00Z")
    with linked(loop, redis.url) as link:
        history = on_redis(loop, link, "shop")
        history.reload(log)
        log.append_events([line("missed", 2)], "2026-03-01T00:01:00Z")
        log.erase(Actor("user_id", "nobody"))
        history.reload(log)
        found = loop.run(history.recent("ann", None)).events

        assert [event.item_id for event in found] == ["missed", "e1"]
