"""What the watch tells of tenants, as it lies in the store."""

from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from recommender_api.watch.watch import Watch, unaccounted_yesterday
from recommender_store.artifacts.manifest import Lineage, Manifest
from recommender_store.errors import StoreUnavailable
from recommender_store.runs.record import Run, new_run_id
from tests.recommender_api.looks import looked
from tests.recommender_api.served import AUTHOR, store_in

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    made = store_in(tmp_path, create=True)
    made.create_tenant("shop", "Shop", author=AUTHOR)
    return made


def watching(store, unaccounted_of=lambda _space, _now: 0, disks=None):
    return Watch(store.tenant_ids, store.space, disks or {}, unaccounted_of)


def told(watch):
    registry = CollectorRegistry()
    registry.register(watch)
    lines = generate_latest(registry).decode().splitlines()
    pairs = [line.rpartition(" ") for line in lines if not line.startswith("#")]
    return {name.removeprefix("recommender_api_"): float(value) for name, _, value in pairs}


def run(store, status, started_at=NOW, **fields):
    made = Run(run_id=new_run_id(), status=status, started_at=started_at, **fields)
    store.tenant("shop").runs.save(made, AUTHOR)
    return made


ENDED = 'runs_total{kind="training",outcome="failed",tenant="shop"}'
IN_A_ROW = 'failed_runs_in_a_row{tenant="shop"}'


def test_runs_count_once_they_end_and_those_of_before_do_not(store):
    run(store, "failed")
    watch = watching(store)
    watch.look(NOW)
    assert told(watch)[ENDED] == 0

    under_way = run(store, "running")
    watch.look(NOW)
    assert told(watch)[ENDED] == 0

    failed = under_way.model_copy(update={"status": "failed", "ended_at": NOW})
    store.tenant("shop").runs.save(failed, AUTHOR)
    for _ in range(2):
        watch.look(NOW)

    assert told(watch)[ENDED] == 1


@pytest.mark.parametrize(
    ("statuses", "in_a_row"),
    [
        (["promoted"], 0),
        (["promoted", "failed", "failed"], 2),
        (["failed", "refused"], 0),
        (["failed", "cancelled", "failed"], 2),
    ],
)
def test_failed_trainings_are_counted_since_one_that_did_not_fail(store, statuses, in_a_row):
    for status in statuses:
        run(store, status)
    watch = watching(store)

    watch.look(NOW)

    assert told(watch)[IN_A_ROW] == in_a_row


def test_a_training_that_is_under_way_for_more_than_a_day_counts_as_failed(store):
    run(store, "running", NOW - timedelta(hours=25))
    watch = watching(store)

    watch.look(NOW)

    assert told(watch)[IN_A_ROW] == 1


def test_imports_are_told_apart_and_are_no_trainings(store):
    watch = watching(store)
    watch.look(NOW)

    run(store, "failed", kind="import")
    watch.look(NOW)

    assert told(watch)['runs_total{kind="import",outcome="failed",tenant="shop"}'] == 1
    assert told(watch)[IN_A_ROW] == 0


def test_what_the_ledger_misses_is_asked_for_once_an_hour(store):
    asked = []

    def unaccounted_of(_space, now):
        asked.append(now)
        return 7

    watch = watching(store, unaccounted_of)
    for minutes in (0, 30, 61):
        watch.look(NOW + timedelta(minutes=minutes))

    assert told(watch)['ledger_unaccounted_events{tenant="shop"}'] == 7
    assert len(asked) == 2


def test_an_empty_log_is_accounted_for(store):
    assert unaccounted_yesterday(store.tenant("shop"), NOW) == 0


def test_a_tenant_without_a_model_has_no_age_and_a_deleted_one_is_not_told_of(store):
    store.create_tenant("gone", "Gone", author=AUTHOR)
    watch = watching(store)
    watch.look(NOW)
    assert told(watch)["tenants"] == 2

    store.tenant("gone").end(author=AUTHOR)
    watch.look(NOW)

    assert told(watch)["tenants"] == 1
    assert not [name for name in told(watch) if name.startswith("model_")]


def test_what_cannot_be_read_of_one_keeps_no_other_from_being_looked_at(store):
    store.create_tenant("broken", "Broken", author=AUTHOR)

    def unaccounted_of(space, _now):
        if space.tenant_id == "broken":
            raise StoreUnavailable(action="read", reason="test")
        return 1

    watch = watching(store, unaccounted_of)
    watch.look(NOW)

    assert told(watch)['ledger_unaccounted_events{tenant="shop"}'] == 1
    assert 'ledger_unaccounted_events{tenant="broken"}' not in told(watch)
    assert told(watch)["watch_timestamp_seconds"] > 0


def test_disks_and_packings_are_told(store, tmp_path):
    watch = watching(store, disks={"store": tmp_path, "cache": tmp_path / "missing"})
    watch.count_packing(is_done=True)
    watch.count_packing(is_done=False)

    said = told(watch)

    assert 0 < said['disk_free_bytes{place="store"}'] <= said['disk_size_bytes{place="store"}']
    assert 'disk_free_bytes{place="cache"}' not in said
    assert said['compactions_total{outcome="done"}'] == 1
    assert said['compactions_total{outcome="failed"}'] == 1


def live_model(store, version="v1"):
    """A model without a slot is live."""
    manifest = Manifest(
        version=version,
        created_at=NOW,
        data_until=NOW,
        files={},
        slots={},
        lineage=Lineage(
            run_id="r",
            data_fingerprint="",
            window_since=NOW,
            window_until=NOW,
            events=1,
            interactions=1,
            users=1,
            items=1,
            seed=0,
            threads=1,
            code_version="0",
        ),
    )
    models = store.tenant("shop").models
    models.publish(store.settings.folder, manifest)
    models.promote(version, author=AUTHOR)


def test_what_was_measured_of_the_live_model_is_told(store):
    live_model(store)
    looked(store.tenant("shop"), "v1")
    watch = watching(store)

    watch.look(NOW)

    said = told(watch)
    assert said['model_quality_ratio{slot="for_you",tenant="shop"}'] == pytest.approx(0.25)
    assert said['model_drift_ratio{figure="kind_psi",tenant="shop"}'] == pytest.approx(2)
    assert said['model_findings{advice="look at the logger",tenant="shop"}'] == 1
    assert said['model_findings{advice="retrain",tenant="shop"}'] == 0
    assert said['model_measure_age_seconds{tenant="shop"}'] >= 0
    assert said[IN_A_ROW] == 0


def test_what_was_measured_of_the_version_before_is_forgotten(store):
    live_model(store)
    looked(store.tenant("shop"), "v1")
    watch = watching(store)
    watch.look(NOW)

    live_model(store, "v2")
    watch.look(NOW)

    assert not [name for name in told(watch) if name.startswith("model_findings")]
