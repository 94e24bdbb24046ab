"""A logger that sends more than its quota waits as long as it is told, and loses nothing."""

from pathlib import Path

from loggers_sdk.event_logger import EventLogger
from loggers_sdk.retry import RetryPolicy
from tests.recommender_api.served import AUTHOR, serving, store_in

EVENTS = 400
QUOTAS = {"events_per_s": 50}
"""Two hundred at once, the rest in four seconds."""


def test_events_beyond_a_quota_are_spooled_and_arrive_once_each(tmp_path: Path):
    store = store_in(tmp_path, create=True)
    store.create_tenant("shop", "Shop", author=AUTHOR)
    with serving(store) as served:
        told = served.admin.put("/v1/tenants/shop/quotas", json=QUOTAS)
        assert told.status_code == 200
        logger = EventLogger(
            served.base_url,
            "shop",
            served.key("shop", "ingest"),
            spool_dir=tmp_path / "spool",
            batch_limit_events=100,
            linger_s=0.01,
            retry=RetryPolicy(first_s=0.01, ceiling_s=0.05),
        )
        for number in range(EVENTS):
            logger.view(item_id=f"item-{number}", user_id=f"user-{number}")
        is_whole = logger.flush(60).is_complete
        stats = logger.stats()
        logger.close()
        usage = served.admin.get("/v1/tenants/shop/usage").json()["total"]

    assert is_whole
    assert (stats.delivered, stats.dropped, stats.rejected) == (EVENTS, 0, 0)
    assert usage["events"] == EVENTS
    # Had it not waited for Retry-After, it would have tried a hundred times.
    assert 1 <= usage["refused"]["events_per_s"] <= 10
