"""A canary begins: what the platform writes, what it leaves alone, and what it ends."""

from pathlib import Path

import pytest

from recommender_store.canaries.beginning import LOADED_WITHIN, Trial, begin
from recommender_store.canaries.canary import canary_of
from recommender_store.canaries.errors import CanaryImpossible
from recommender_store.opening import Store
from tests.recommender_store.canaries.tried import AUTHOR, NOW, SETTINGS, Shop, shop_in


@pytest.fixture(name="shop")
def _shop(store: Store, tmp_path: Path) -> Shop:
    return shop_in(store, tmp_path)


def test_the_platform_writes_an_experiment_of_two_models(shop: Shop) -> None:
    canary = shop.try_out()

    (record,) = shop.records().values()
    assert (record["id"], record["layer"]) == ("canary.r2", "canary")
    live, new = record["variants"]
    assert ((live["id"], live["weight"]), "model" in live) == (("live", 90), False)
    assert (new["id"], new["weight"], new["model"]) == ("new", 10, "v2")
    (entry,) = shop.space.policies.experiments.revisions("canary.r2")
    assert entry.written_by == "platform"
    assert canary_of(shop.run("r2")) == canary
    assert shop.live() == "v1"


def test_it_begins_when_servers_had_time_to_load_it_and_ends_by_itself(shop: Shop) -> None:
    canary = shop.try_out()

    (record,) = shop.space.policies.decided().experiments
    assert (record.starts_at, record.ends_at) == (canary.starts_at, canary.ends_at)
    assert canary.starts_at == NOW + LOADED_WITHIN
    assert canary.ends_at == canary.starts_at + SETTINGS.maximum
    assert not record.is_on_at(canary.ends_at.timestamp())


def test_a_placement_with_an_experiment_of_the_tenants_own_is_left_alone(shop: Shop) -> None:
    shop.own("own")
    shop.own("over", placements=["similar"], ends_at="2026-01-01T00:00:00Z")

    canary = shop.try_out()

    assert canary.placements == ("similar", "bought_together", "basket")
    assert set(shop.records()) == {"own", "over", "canary.r2"}


def test_where_no_placement_is_free_it_is_said_and_nothing_is_written(shop: Shop) -> None:
    shop.own("own", placements=list(SETTINGS.placements))

    with pytest.raises(CanaryImpossible, match=r"training\.canary\.placements"):
        shop.try_out()

    assert set(shop.records()) == {"own"}


def test_a_run_whose_name_no_experiment_can_have_is_told_so(shop: Shop) -> None:
    with pytest.raises(CanaryImpossible, match="at most 57"):
        shop.try_out(run_id="x" * 58)


def test_begun_again_after_a_kill_it_is_the_same_one(shop: Shop) -> None:
    first = shop.try_out()
    trial = Trial("r2", "v2", "v1", 1, "passed the gate")

    second = begin(shop.space, trial, SETTINGS, first.ends_at)

    assert second == first
    assert shop.space.policies.experiments.read().entries["canary.r2"].revision == 1


def test_a_newer_one_supersedes_it_and_its_run_says_so(shop: Shop) -> None:
    shop.try_out()

    shop.try_out("v3", "r3")

    older = shop.run("r2")
    assert (older.status, older.code) == ("refused", "canary_superseded")
    assert "v3" in str(older.sentence)
    assert list(shop.records()) == ["canary.r3"]
    assert shop.live() == "v1"


def test_one_that_was_decided_stays_as_it_was_when_a_newer_one_begins(shop: Shop) -> None:
    shop.try_out()
    decided = shop.run("r2").model_copy(update={"status": "refused", "code": "canary_worse"})
    shop.space.runs.save(decided, AUTHOR)

    shop.try_out("v3", "r3")

    assert shop.run("r2") == decided
    assert list(shop.records()) == ["canary.r3"]
