"""What need not stay goes, and nothing that anybody still needs."""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recommender_store.artifacts.errors import ArtifactCorrupt
from recommender_store.artifacts.local_cache import LocalCache
from recommender_store.artifacts.manifest import Manifest
from recommender_store.care.prune import prune_tenant
from recommender_store.objects.folder import FolderObjects
from recommender_store.runs.record import Run
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.settings import RetentionSettings
from tests.recommender_store.artifacts.conftest import AT
from tests.recommender_store.care.conftest import AUTHOR, SHOP, Shop, publish
from tests.recommender_store.event_log.canonical import ids
from tests.recommender_store.faulty import Died, MortalObjects

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
LATER = AT + timedelta(days=100)


def retain(shop: Shop, **settings: int) -> None:
    told = shop.space.settings().model_copy(update={"retention": RetentionSettings(**settings)})
    shop.space.save_settings(told, author=AUTHOR)


def versions(space: TenantSpace) -> list[str]:
    return [manifest.version for manifest in space.models.versions()]


def test_by_default_every_event_stays(shop: Shop) -> None:
    prune_tenant(shop.space, LATER)

    assert len(ids(shop.space.events)) == 13


def test_events_older_than_the_tenant_keeps_go(shop: Shop) -> None:
    retain(shop, events_days=2)

    pruning = prune_tenant(shop.space, NOW)

    assert (str(pruning.cut), pruning.events.events) == ("2026-11-19", 4)
    assert len(ids(shop.space.events)) == 9
    assert shop.findings() == []


def test_a_dry_run_tells_the_same_and_removes_nothing(shop: Shop) -> None:
    retain(shop, events_days=2, models_previous=1)
    publish(shop.space, shop.folder.parent / "made", "v3")
    before = [path for path in shop.folder.rglob("*") if path.is_file()]

    told = prune_tenant(shop.space, LATER, dry_run=True)

    assert [path for path in shop.folder.rglob("*") if path.is_file()] == before
    done = prune_tenant(shop.space, LATER)
    assert (told.models.versions, told.runs) == (done.models.versions, done.runs)
    assert told.models.versions == ("v3",)
    assert done.runs == ("r1",)


def test_the_current_model_those_before_it_and_the_young_stay(shop: Shop) -> None:
    made = shop.folder.parent / "made"
    for version in ("v3", "v4", "v5"):
        publish(shop.space, made, version)
        shop.space.models.promote(version, author=AUTHOR)
    retain(shop, models_previous=2, models_days=30)

    prune_tenant(shop.space, AT + timedelta(days=29))
    assert len(versions(shop.space)) == 5
    prune_tenant(shop.space, LATER)

    assert versions(shop.space) == ["v3", "v4", "v5"]
    assert shop.space.models.roll_back(author=AUTHOR).version == "v4"
    assert shop.findings() == []


def test_what_a_kept_model_carries_over_stays(shop: Shop, tmp_path: Path) -> None:
    first = shop.space.models.manifest("v1")
    retain(shop, models_previous=1, models_days=0)
    for version in ("v3", "v4"):
        carrying = publish(shop.space, tmp_path / "made", f"{version}-made")
        files = {"item_factors.npy": first.slots["for_you"].files["item_factors.npy"]}
        slot = first.slots["for_you"].model_copy(update={"files": files})
        manifest = Manifest.model_validate(
            {**carrying.model_dump(), "version": version, "slots": {"for_you": slot.model_dump()}}
        )
        shop.space.models.publish(tmp_path / "made", manifest)
        shop.space.models.promote(version, author=AUTHOR)

    prune_tenant(shop.space, LATER)

    assert versions(shop.space) == ["v3", "v4"]
    for version in ("v3", "v4"):
        shop.space.models.open(version, LocalCache(tmp_path / "another", 10**9))
    assert [one for one in shop.findings() if one.severity == "damage"] == []


def test_a_model_that_an_experiment_answers_by_stays_until_that_has_ended(shop: Shop) -> None:
    publish(shop.space, shop.folder.parent / "made", "v3")
    retain(shop, models_previous=1, models_days=0)
    variants = [{"id": "live"}, {"id": "new", "model": "v3"}]
    record = {"id": "canary.r", "layer": "canary", "placements": ["home"], "variants": variants}
    shop.space.policies.experiments.put("canary.r", record, author=AUTHOR)

    prune_tenant(shop.space, LATER)
    assert "v3" in versions(shop.space)

    shop.space.policies.experiments.put("canary.r", record | {"enabled": False}, author=AUTHOR)
    prune_tenant(shop.space, LATER)
    assert "v3" not in versions(shop.space)


def test_where_a_manifest_cannot_be_read_no_model_goes(shop: Shop) -> None:
    retain(shop, models_previous=1, models_days=0)
    publish(shop.space, shop.folder.parent / "made", "v3")
    (shop.folder / "tenants/shop/artifacts/v1/manifest.json").write_bytes(b"?")

    with pytest.raises(ArtifactCorrupt, match="v1"):
        prune_tenant(shop.space, LATER)

    assert (shop.folder / "tenants/shop/artifacts/v3/manifest.json").exists()


def test_uploads_that_were_never_finished_go_after_a_day(shop: Shop) -> None:
    path = shop.folder / "tenants/shop/artifacts/v9/items.marisa"
    path.parent.mkdir()
    path.write_bytes(b"left")
    prune_tenant(shop.space, datetime.now(UTC))
    assert path.exists()
    os.utime(path, (time.time() - 25 * 3600,) * 2)

    prune_tenant(shop.space, datetime.now(UTC))

    assert not path.exists()


def test_a_run_keeps_its_record_and_loses_its_files(shop: Shop) -> None:
    shop.space.runs.save(Run(run_id="r2", started_at=LATER), AUTHOR)

    prune_tenant(shop.space, LATER)

    assert shop.space.runs.files("r1").is_empty()
    assert [run.run_id for run in shop.space.runs.all()] == ["r1", "r2"]


@pytest.mark.parametrize("last", range(1, 40, 6))
def test_killed_anywhere_the_next_pruning_finishes_it(shop: Shop, last: int) -> None:
    made = shop.folder.parent / "made"
    for version in ("v3", "v4"):
        publish(shop.space, made, version)
        shop.space.models.promote(version, author=AUTHOR)
    retain(shop, events_days=2, models_previous=1, models_days=0)
    mortal = MortalObjects(FolderObjects(shop.folder), last, lands=last % 2 == 0)
    try:
        prune_tenant(TenantSpace(SHOP, mortal, shop.store.feed, shop.store.signing), NOW)
    except Died:
        assert len(ids(shop.again().space.events)) in (9, 13)
    again = shop.again()

    prune_tenant(again.space, NOW)

    assert len(ids(again.space.events)) == 9
    assert versions(again.space) == ["v3", "v4"]
    assert again.findings() == []
