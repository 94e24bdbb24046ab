"""An erased user is gone from a real Redis too, in which everybody else stays."""

from pathlib import Path

from tests.recommender_api.admin.test_users import USER, done, sent, viewed
from tests.recommender_api.redis_server import RedisServer, running_redis
from tests.recommender_api.served import serving, store_in, until


def names(redis: RedisServer, text: str) -> bool:
    """Whether any key or string of the tenant holds the text."""
    with redis.client() as client:
        return any(
            text.encode()
            in key + (client.get(key) or b"" if client.type(key) == b"string" else b"")
            for key in client.scan_iter("recommender:*:shop:*")
        )


def test_an_erased_user_is_gone_from_redis_and_nobody_else_is(folder: Path) -> None:
    with (
        running_redis() as redis,
        serving(store_in(folder), redis_url=redis.url, history_budget_ms=2_000) as own,
    ):
        shop = own.of("shop")
        shown = {**viewed(USER, 2), "kind": "impression", "items": ["item-000030"]}
        del shown["item_id"]
        sent(shop, viewed(USER, 1), shown, viewed("other", 3))
        shop.post("/sessions/visit-1:identify", json={"user_id": USER})
        assert names(redis, USER)
        assert names(redis, "other")

        receipt = done(shop, shop.delete(f"/users/{USER}").json())

        assert receipt["places"]["history"] == "erased"
        until(lambda: not names(redis, USER))
        until(lambda: names(redis, "other"))
        sent(shop, viewed(USER, 4))
        assert names(redis, USER)
