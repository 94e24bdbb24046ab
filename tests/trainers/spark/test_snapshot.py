"""The dataset that Spark takes out of a log is the one that DuckDB takes."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from recommender_models.weighting import Weighting
from tests.trainers.tenant import event, log, new_store, new_tenant
from trainers.datasets import snapshot as local
from trainers.errors import DataRefused

pytestmark = [pytest.mark.spark, pytest.mark.xdist_group("spark")]

WEIGHTING = Weighting(
    {"view": 1.0, "purchase": 5.0, "rating": 3.0, "custom:it's": 0.1, "cart": -1.0},
    positive_rating=3.0,
)
START = datetime(2026, 1, 1, tzinfo=UTC)
KINDS = [
    *("view", "view", "view", "click", "cart", "purchase", "rating", "dislike"),
    *("custom:it's", "custom:back\\slash", "impression", "served", "identify"),
]


@pytest.fixture
def tenant(tmp_path):
    return new_tenant(new_store(tmp_path / "a store [of {ours}]"))


def any_events(count: int, first: int = 0, seed: int = 0):
    """All that a log may hold, in no order: visits, joins back and forth, strange ids."""
    rng = np.random.default_rng(seed)
    for number in range(first, first + count):
        kind = KINDS[rng.integers(len(KINDS))]
        at = START + timedelta(microseconds=int(rng.integers(40 * 86_400_000_000)))
        fields = {"session_id": f"visit ü{rng.integers(60)}"}
        if rng.random() < 0.5 or kind == "identify":
            fields |= {"user_id": f"user'{rng.integers(40)}\\"}
            if rng.random() < 0.3 and kind != "identify":
                del fields["session_id"]
        if kind == "impression":
            fields |= {"items": ["a", "b"]}
        elif kind != "identify" and rng.random() < 0.95:
            fields |= {"item_id": f"ïtem-{rng.integers(50)}"}
        if kind == "rating" and rng.random() < 0.8:
            fields |= {"value": float(rng.integers(1, 6))}
        yield event(number, at, kind, **fields)


def on_both(engine, tenant, **options):
    state = tenant.events.state()
    asked = {"window_days": None, "catalog_ids": ["ïtem-1", "never touched"], "threads": 1}
    here = local.take_snapshot(state, WEIGHTING, tenant.digests(), **asked | options)
    return here, engine.take_snapshot(state, WEIGHTING, tenant.digests(), **asked | options)


def assert_same(here, there):
    assert there.fingerprint == here.fingerprint
    assert there.statistics == here.statistics


@pytest.mark.parametrize("window_days", [None, 10])
def test_files_segments_and_twins_of_both_give_the_same_dataset(engine, tenant, window_days):
    log(tenant, any_events(3_000))
    tenant.events.compact()
    log(tenant, any_events(500, first=2_800, seed=1))
    log(tenant, any_events(200, first=2_900, seed=0))
    state = tenant.events.state()

    here, there = on_both(engine, tenant, window_days=window_days)

    assert state.files.files
    assert state.pending
    assert here.statistics.sessions_without_user
    assert_same(here, there)


def test_twins_across_files_and_segments_count_once(engine, tenant):
    told = list(any_events(400))
    log(tenant, told)
    tenant.events.compact()
    log(tenant, [*told[:200], *any_events(100, first=400, seed=2)])

    assert_same(*on_both(engine, tenant))


def test_a_log_of_segments_alone_gives_the_same_dataset(engine, tenant):
    log(tenant, any_events(800))

    assert_same(*on_both(engine, tenant))


def test_a_log_without_visits_or_joins_gives_the_same_dataset(engine, tenant):
    rows = [one for one in any_events(800) if "user_id" in one and one["kind"] != "identify"]
    for one in rows:
        one.pop("session_id", None)
    log(tenant, rows)
    tenant.events.compact()

    here, there = on_both(engine, tenant)

    assert here.statistics.sessions_without_user == 0
    assert_same(here, there)


def test_visits_alone_give_the_same_dataset(engine, tenant):
    rows = [one for one in any_events(800) if "session_id" in one and one["kind"] != "identify"]
    for one in rows:
        one.pop("user_id", None)
    log(tenant, rows)

    here, there = on_both(engine, tenant)

    assert here.statistics.users == 0
    assert_same(here, there)


def test_a_log_in_which_nobody_did_anything_is_refused(engine, tenant):
    state = tenant.events.state()

    with pytest.raises(DataRefused, match="recommender events import") as refused:
        engine.take_snapshot(
            state, WEIGHTING, tenant.digests(), window_days=None, catalog_ids=[], threads=None
        )

    assert refused.value.reason == "log_empty"
