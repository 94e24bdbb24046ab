"""Redis killed, stopped and emptied under load: everybody is answered, and nothing is lost."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Self

import httpx
import pytest
import structlog

from recommender_store.catalog.log import ItemFields
from recommender_store.opening import Store
from tests.recommender_api.redis_server import RedisServer, running_redis
from tests.recommender_api.served import AUTHOR, Served, serving, store_in, until

ITEMS = [f"item-{number}" for number in range(40)]
PATIENCE_MS = 500
"""Reads that last this long are lost: a Redis that a busy machine holds up for a moment is not."""
numbers = count()


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with running_redis() as server:
        yield server


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A shop with a catalog and no model: what was viewed is all there is to tell."""
    store = store_in(tmp_path, create=True)
    space = store.create_tenant("shop", "Shop", author=AUTHOR)
    space.catalog.write(ItemFields(item_id, {"title": item_id}) for item_id in ITEMS)
    return store


@contextmanager
def replica(store: Store, redis: RedisServer) -> Iterator[Served]:
    with serving(store, redis_url=redis.url, history_budget_ms=PATIENCE_MS) as served:
        yield served


def view(shop: httpx.Client, user_id: str, *item_ids: str) -> None:
    at = next(numbers)
    events = [
        {"event_id": f"event-{at}-{place}", "kind": "view", "user_id": user_id}
        | {"item_id": item_id, "occurred_at": f"2026-03-01T{at // 3600:02d}:00:00.{at:06d}Z"}
        for place, item_id in enumerate(item_ids)
    ]
    response = shop.post("/events", json={"events": events})
    assert response.status_code == 202, response.text


def viewed(shop: httpx.Client, user_id: str) -> dict[str, Any]:
    body = {"user_id": user_id, "limit": 40}
    response = shop.post("/placements/recently_viewed:recommend", json=body)
    assert response.status_code == 200, response.text
    return response.json()


def item_ids(answer: dict[str, Any]) -> set[str]:
    return {item["item_id"] for item in answer["items"]}


class Shoppers:
    """View one item after the other and ask for it at once, until told to go."""

    def __init__(self, served: Served, count: int = 4) -> None:
        self._go = threading.Event()
        self.seen: dict[str, set[str]] = {f"user-{number}": set() for number in range(count)}
        self.degraded: list[bool] = []
        self.faults: list[BaseException] = []
        self._threads = [
            threading.Thread(target=self._shop, args=(served.of("shop"), user_id))
            for user_id in self.seen
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._go.set()
        for thread in self._threads:
            thread.join()

    def have_asked(self, more: int) -> Callable[[], bool]:
        """Whether so many more were answered since now."""
        enough = len(self.degraded) + more
        return lambda: len(self.degraded) >= enough or bool(self.faults)

    def _shop(self, shop: httpx.Client, user_id: str) -> None:
        try:
            for number in count():
                if self._go.is_set():
                    return
                item_id = ITEMS[number % len(ITEMS)]
                view(shop, user_id, item_id)
                self.seen[user_id].add(item_id)
                self.degraded.append(viewed(shop, user_id)["degraded"])
        except BaseException as error:  # noqa: BLE001 - told to the test, which fails by it
            self.faults.append(error)


@pytest.mark.parametrize(
    ("lose", "restore"),
    [(RedisServer.kill, RedisServer.start), (RedisServer.stop, RedisServer.go_on)],
    ids=["killed, back with nothing", "stopped, back as it was"],
)
def test_a_redis_that_is_lost_and_returns_costs_no_answer_and_no_event(store, redis, lose, restore):
    with replica(store, redis) as served:
        asking = served.of("shop")
        with Shoppers(served) as shoppers:
            until(shoppers.have_asked(40))
            until(lambda: not viewed(asking, "user-0")["degraded"])
            lose(redis)
            before = len(shoppers.degraded)
            until(shoppers.have_asked(40))
            between = shoppers.degraded[before + 20 :]
            restore(redis)
            until(lambda: not viewed(asking, "user-0")["degraded"])
            until(shoppers.have_asked(20))

        assert not shoppers.faults
        assert not all(shoppers.degraded[:before])
        assert all(between)
        until(lambda: not viewed(asking, "user-0")["degraded"])
        for user_id, seen in shoppers.seen.items():
            assert item_ids(viewed(asking, user_id)) == seen


def test_a_redis_that_was_emptied_is_noticed_and_told_everything_again(store, redis):
    with replica(store, redis) as served:
        shop = served.of("shop")
        view(shop, "ann", "item-1", "item-2")
        with redis.client() as client:
            client.flushall()

        assert viewed(shop, "ann")["degraded"]
        until(lambda: not viewed(shop, "ann")["degraded"])
        assert item_ids(viewed(shop, "ann")) == {"item-1", "item-2"}


def test_a_server_starts_and_answers_without_its_redis_and_catches_up_when_it_comes(store, redis):
    redis.kill()
    with replica(store, redis) as served:
        shop = served.of("shop")
        view(shop, "ann", "item-1")
        answer = viewed(shop, "ann")

        assert answer["degraded"]
        assert "live history is out of reach" in str(answer["warnings"])
        assert {one["code"] for one in answer["warnings"]} == {"no_model", "degraded"}
        assert served.client().get(served.internal_url + "/readyz").status_code == 200
        told = served.client().get(served.internal_url + "/metrics").text
        assert "recommender_api_history_up 0.0" in told
        assert 'recommender_api_history_faults_total{tenant="shop"} 1.0' in told

        redis.start()
        until(lambda: item_ids(viewed(shop, "ann")) == {"item-1"})
        until(lambda: not viewed(shop, "ann")["degraded"])


def test_what_one_replica_accepted_the_other_tells_at_once(store, redis, tmp_path):
    with replica(store, redis) as one, replica(store_in(tmp_path), redis) as other:
        here, there = one.of("shop"), other.of("shop")
        for item_id in ITEMS[:20]:
            view(here, "ann", item_id)

            assert item_id in item_ids(viewed(there, "ann"))


def test_an_item_nobody_has_heard_of_joins_the_answers_of_every_replica_and_stays(
    store, redis, tmp_path
):
    with replica(store, redis) as one, replica(store_in(tmp_path), redis) as other:
        here, there = one.of("shop"), other.of("shop")
        viewed(there, "ann")
        view(here, "ann", "never heard of")

        for shop in (here, there):
            until(lambda shop=shop: item_ids(viewed(shop, "ann")) == {"never heard of"})
        view(here, "bob", "item-1")
        one.store.tenant("shop").announce("events")
        for shop in (here, there) * 20:
            assert item_ids(viewed(shop, "ann")) == {"never heard of"}


def test_what_a_replica_missed_before_it_was_killed_the_next_one_tells(store, redis, tmp_path):
    with replica(store, redis) as served:
        shop = served.of("shop")
        link = served.applications.documented.state.histories._link
        view(shop, "ann", "item-1")
        redis.stop()
        until(lambda: viewed(shop, "ann")["degraded"] and not link.is_open)
        view(shop, "ann", "item-2")
    redis.go_on()
    with replica(store_in(tmp_path), redis) as next_one:
        shop = next_one.of("shop")

        until(lambda: item_ids(viewed(shop, "ann")) == {"item-1", "item-2"})


def test_a_redis_that_is_known_to_be_lost_is_asked_no_more(store, redis):
    with replica(store, redis) as served:
        shop = served.of("shop")
        link = served.applications.documented.state.histories._link
        viewed(shop, "ann")
        redis.stop()
        until(lambda: viewed(shop, "ann")["degraded"] and not link.is_open)
        until(lambda: not link._reads._under_way)
        late = link._late
        answers = [viewed(shop, "ann") for _ in range(20)]

        assert all(answer["degraded"] for answer in answers)
        assert not link._reads._under_way
        assert link._late == late


def test_a_server_starts_without_its_cluster_and_uses_it_when_it_comes_goes_and_comes_again(store):
    with running_redis(is_cluster=True) as cluster:
        cluster.kill()
        with replica(store, cluster) as served:
            shop = served.of("shop")
            for number in range(2):
                view(shop, "ann", f"item-{number}")
                assert viewed(shop, "ann")["degraded"]

                cluster.start()
                until(lambda: not viewed(shop, "ann")["degraded"])
                assert item_ids(viewed(shop, "ann")) == {f"item-{n}" for n in range(number + 1)}
                cluster.kill()


def test_what_a_shopper_did_is_in_no_log_when_redis_refuses_it(store, redis):
    with structlog.testing.capture_logs() as logged, replica(store, redis) as served:
        shop = served.of("shop")
        with redis.client() as client:
            client.config_set("maxmemory", "1")
        view(shop, "ann-of-the-secrets", "item-1")

    assert "redis_refused" in {entry["event"] for entry in logged}
    assert "ann-of-the-secrets" not in str([e for e in logged if e["event"] == "redis_refused"])
