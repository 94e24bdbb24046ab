"""A server that is killed loses counts of its last seconds, and the ledger accounts for them."""

import signal
import time
from datetime import UTC, datetime

import httpx
import pytest

from loggers_sdk import EventLogger
from loggers_sdk.retry import RetryPolicy
from recommender_api.accounting.days import days_asked
from recommender_api.accounting.document import LedgerDay
from recommender_api.accounting.statement import draw_up
from tests.journeys.test_http_durability import Child, batch
from tests.recommender_api.served import AUTHOR, NO_TLS, PATIENCE_S, store_in

EVENTS = 400
MORE = 20
"""Whose count a kill takes along."""


@pytest.fixture
def space(tmp_path):
    store = store_in(tmp_path, create=True)
    return store.create_tenant("shop", "Shop", author=AUTHOR)


def ledger_of(space) -> list[LedgerDay]:
    days = days_asked(None, 2, datetime.now(UTC).date())
    told = draw_up(space, days, count=True, now_s=time.time() + 3600).days
    return [day for day in told if day.received.events]


def logger_for(server: Child, key: str) -> EventLogger:
    retry = RetryPolicy(first_s=0.05, ceiling_s=0.2)
    return EventLogger(server.url, "shop", key, batch_limit_events=20, linger_s=0.01, retry=retry)


def live(server: Child, key: str, life: int, how: signal.Signals) -> None:
    """A server's life: events come and are counted, some more come, and it ends."""
    headers = {"Authorization": f"Bearer {key}"}
    try:
        events = logger_for(server, key)
        for number in range(EVENTS):
            events.view(user_id="u", item_id=f"i{life}-{number}")
        assert events.close(timeout_s=PATIENCE_S).is_complete
        shop = f"{server.url}/v1/tenants/shop"
        asked = httpx.get(f"{shop}/events:ledger", headers=headers, verify=NO_TLS)
        assert asked.is_success, asked.text
        more = batch([f"{life}-{number}" for number in range(MORE)])
        assert httpx.post(f"{shop}/events", json=more, headers=headers, verify=NO_TLS).is_success
    finally:
        server.end(how)


def test_after_a_kill_the_ledger_balances_and_says_that_a_replica_said_no_goodbye(space, tmp_path):
    key = space.keys.create("web", ["ingest", "manage"], author=AUTHOR).secret
    for life, how in enumerate((signal.SIGKILL, signal.SIGTERM)):
        live(Child(tmp_path), key, life, how)
    space.events.compact()

    days = ledger_of(space)

    assert sum(day.log.in_parquet for day in days) == 2 * (EVENTS + MORE)
    assert {day.state for day in days} == {"balanced"}, [day.checks for day in days]
    told = " ".join(check.sentence for day in days for check in day.checks)
    counted = sum(day.received.accepted for day in days)
    assert counted == 2 * (EVENTS + MORE) or "did not say goodbye" in told
