"""A store whose tending is killed at random moments has lost nothing and doubled nothing."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from recommender_store.opening import open_store
from recommender_store.settings import StoreSettings
from recommender_store.tenants.settings import RetentionSettings
from tests.recommender_store.care.conftest import AUTHOR, SHOP, Shop, empty_shop
from tests.recommender_store.event_log.canonical import ids

ROUNDS = 10

TENDING = """
import sys
from datetime import UTC, datetime
from itertools import count
from recommender_store.care.prune import prune_tenant
from recommender_store.catalog.log import ItemFields
from recommender_store.opening import open_store
from recommender_store.settings import StoreSettings
from tests.recommender_store.event_log.canonical import event, written

store = open_store(StoreSettings(url=f"file://{sys.argv[1]}"))
space = store.tenant("shop")
for number in count():
    name = f"{sys.argv[2]}-{number}"
    at = f"2026-11-{10 + number % 10}T10:00:00Z"
    written(space.events, event(name, at), event(f"{name}-old", "2020-01-01T00:00:00Z"))
    space.catalog.write([ItemFields("i", {"price": number}), ItemFields(name, {"price": 1})])
    print(name, flush=True)
    if number % 3 == 0:
        space.events.compact()
    if number % 7 == 6:
        prune_tenant(space, datetime(2026, 11, 21, tzinfo=UTC))
        store.feed.prune(5)
"""


def killed_after(folder: Path, name: str, delay_s: float) -> list[str]:
    """What two processes acknowledged before both were killed."""
    command = [sys.executable, "-c", TENDING, str(folder)]
    children = [
        subprocess.Popen([*command, f"{name}{at}"], stdout=subprocess.PIPE, text=True)
        for at in "ab"
    ]
    told = []
    for child in children:
        assert child.stdout is not None
        told.append(child.stdout.readline().strip())
    time.sleep(delay_s)
    for child in children:
        child.kill()
    for child in children:
        assert child.stdout is not None
        told += [line.strip() for line in child.stdout if line.endswith("\n")]
        child.stdout.close()
        child.wait()
    return told


@pytest.mark.slow
def test_compaction_and_pruning_killed_at_random_moments_lose_nothing(tmp_path: Path) -> None:
    shop = empty_shop(tmp_path)
    kept = RetentionSettings(events_days=100)
    settings = shop.space.settings().model_copy(update={"retention": kept})
    shop.space.save_settings(settings, author=AUTHOR)
    moments = random.Random(7)
    acknowledged: list[str] = []
    for turn in range(ROUNDS):
        acknowledged += killed_after(shop.folder, f"p{turn}", moments.uniform(0.1, 1.5))

    store = open_store(StoreSettings(url=f"file://{shop.folder}"))
    left = Shop(shop.folder, store, store.space(SHOP))
    left.space.events.compact()
    told = [one for one in ids(left.space.events) if not one.endswith("-old")]

    assert len(acknowledged) > ROUNDS
    assert set(acknowledged) <= set(told)
    assert len(told) == len(set(told)) <= len(acknowledged) + 2 * ROUNDS
    assert set(acknowledged) <= {item_id for item_id, _ in left.space.catalog.state()}
    assert left.findings() == []
    head = store.feed.head()
    assert store.feed.publish("tenant", "shop").number == head + 1
