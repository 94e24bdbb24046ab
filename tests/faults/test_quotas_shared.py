"""Two replicas share one quota through a real Redis, and go on when it is gone."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.recommender_api.redis_server import RedisServer, running_redis
from tests.recommender_api.served import AUTHOR, Served, serving, store_in, until

QUOTA = 400.0


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with running_redis() as server:
        yield server


@pytest.fixture
def replicas(tmp_path: Path, redis: RedisServer) -> Iterator[list[Served]]:
    store_in(tmp_path, create=True).create_tenant("shop", "Shop", author=AUTHOR)
    wanted = {"redis_url": redis.url, "history_budget_ms": 500}
    with (
        serving(store_in(tmp_path), **wanted) as one,
        serving(store_in(tmp_path), **wanted) as other,
    ):
        told = one.admin.put("/v1/tenants/shop/quotas", json={"requests_per_s": QUOTA})
        assert told.status_code == 200
        yield [one, other]


def part(replica: Served) -> float:
    """What the replica may let in a second."""
    allowance = replica.applications.documented.state.allowances.known("shop")
    return 0.0 if allowance is None or allowance._requests is None else allowance._requests.rate


def ask(shop: httpx.Client, times: int) -> set[int]:
    return {shop.get("/popular").status_code for _ in range(times)}


def test_a_quota_is_dealt_out_to_replicas_by_what_they_are_asked(replicas):
    busy, calm = replicas
    shop, elsewhere = busy.of("shop"), calm.of("shop")
    assert ask(shop, 1) | ask(elsewhere, 1) == {200}

    until(lambda: abs(part(busy) + part(calm) - QUOTA) < 0.02 * QUOTA)

    def follows() -> bool:
        ask(shop, 60)
        return part(busy) > part(calm) + 10

    until(follows)
    until(lambda: abs(part(busy) + part(calm) - QUOTA) < 0.02 * QUOTA)


def test_a_lost_redis_leaves_each_replica_its_even_part_and_refuses_nobody(replicas, redis):
    one, other = replicas
    shop, elsewhere = one.of("shop"), other.of("shop")
    ask(shop, 1)
    ask(elsewhere, 1)
    until(lambda: part(one) + part(other) < 1.1 * QUOTA)
    redis.kill()
    until(lambda: part(one) == part(other) == QUOTA / 2)

    assert ask(shop, 20) | ask(elsewhere, 20) == {200}


def test_the_part_of_a_replica_that_ends_is_the_other_s(replicas):
    one, other = replicas
    ask(one.of("shop"), 1)
    ask(other.of("shop"), 1)
    until(lambda: part(one) < 0.9 * QUOTA)
    other.listener.should_exit = True

    until(lambda: part(one) == QUOTA)
