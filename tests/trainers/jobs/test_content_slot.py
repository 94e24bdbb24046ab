"""The slot content: filled from the catalog as it was when the run began."""

import numpy as np
import pytest

from recommender_models.bundle import Bundle
from recommender_store.artifacts.session_rows import Owner
from recommender_store.catalog.log import ItemFields
from tests.trainers.jobs.shop import Shop, result, shop
from tests.worlds.long_tail import long_tail
from trainers.jobs.train import STEPS

TAIL = long_tail(users=120, items=80, events=3_000)
RUN = "20260101T000000Z-abc"
NEW = {f"new-{taste}": taste for taste in range(8)}


def described(folder, titles: dict[str, str]) -> Shop:
    made = shop(folder, TAIL.interactions)
    made.space.catalog.write(ItemFields(item, {"title": title}) for item, title in titles.items())
    return made


def by_taste() -> dict[str, str]:
    """Every item's title tells its taste; items that nobody did anything with, too."""
    tastes = TAIL.taste_of_item | NEW
    return {item: f"thing {number} of taste{tastes[item]}" for number, item in enumerate(tastes)}


def beside(trainee: Shop, item: str, n: int = 5) -> list[str]:
    bundle = trainee.bundle()
    row = np.array([bundle.items.row(item)], dtype=np.int32)
    return bundle.items.ids(bundle.content.similar_items(row, n)[0].rows)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    trainee = described(tmp_path_factory.mktemp("store"), by_taste())
    return trainee, trainee.train()


def test_a_new_item_of_the_catalog_is_answered_with_items_described_like_it(trained):
    trainee, run = trained

    assert run.status == "promoted"
    for item, taste in NEW.items():
        alike = beside(trainee, item)
        assert len(alike) == 5
        assert {TAIL.taste_of_item[one] for one in alike} == {taste}


def test_a_new_item_comes_up_beside_others(trained):
    assert "new-3" in beside(trained[0], "item-000003", 50)


def test_the_slot_is_measured_beside_popularity_on_items_with_and_without_a_past(trained):
    trainee, run = trained
    slot = trainee.manifest().slots["content"]

    assert (slot.recipe, slot.kind, slot.verdict.passed) == ("content", "described", True)
    assert slot.verdict.figures["items"] == result(run, "snapshot")["items_described"] == 88
    assert slot.verdict.figures["gain_over_popularity"] > 0
    assert slot.metrics["model"] == result(run, "measure")["content"]["model"]


def test_descriptions_that_mislead_are_refused_and_nothing_else_is(tmp_path):
    """What is described alike has different tastes."""
    misled = {item: f"pair{place // 2}" for place, item in enumerate(sorted(TAIL.taste_of_item))}
    trainee = described(tmp_path, misled)

    run = trainee.train()

    assert run.status == "promoted"
    assert "popularity answers the same questions better" in (
        trainee.manifest().refused["content"].sentence
    )
    assert {"similar", "popular"} <= set(trainee.manifest().slots)
    _check_users_are_not_shared(trainee, result(run, "publish")["refused_version"])


def _check_users_are_not_shared(trainee: Shop, kept: str) -> None:
    """An erasure rewrites each bundle's own rows, so what is kept beside has a copy of them."""
    models = trainee.space.models
    factors = [
        models.manifest(version).slots["for_you"].files["user_factors.npy"]
        for version in (kept, trainee.version())
    ]
    assert [one.version for one in factors] == [kept, trainee.version()]
    assert all(
        one.knew_user for one in models.erase(Owner("user_id", "user-000001"), trainee.store.cache)
    )
    for version in (kept, trainee.version()):
        bundle = Bundle.open(*models.open(version, trainee.store.cache))
        assert len(bundle.users) == 119


@pytest.mark.parametrize("titles", [{}, {"item-000001": "the only one"}])
def test_a_catalog_that_says_nothing_leaves_the_slot_empty_with_a_sentence(tmp_path, titles):
    trainee = described(tmp_path, titles)

    run = trainee.train()

    assert run.status == "promoted"
    assert "content" not in trainee.manifest().slots
    assert "content" not in trainee.manifest().refused
    said = result(run, "fit:content")["left_empty"]
    assert said.startswith(f"the catalog tells titles or attributes of {len(titles)} items")


def test_a_run_that_goes_on_later_reads_the_catalog_as_it_was_when_it_began(tmp_path):
    untouched, touched = (described(tmp_path / name, by_taste()) for name in ("one", "other"))
    for trainee in (untouched, touched):
        trainee.step("snapshot", RUN)
    touched.space.catalog.write([ItemFields("new-1", {"title": "renamed"})], replaces=True)

    for trainee in (untouched, touched):
        for name in list(STEPS)[1:]:
            trainee.step(name, RUN)

    records = [trainee.manifest().slots["content"].files for trainee in (untouched, touched)]
    one, other = ({name: file.sha256 for name, file in files.items()} for files in records)
    assert one == other


def test_a_deleted_item_is_described_no_more(tmp_path):
    trainee = described(tmp_path, by_taste())
    trainee.space.catalog.remove("item-000003")

    trainee.train()

    assert beside(trainee, "item-000003") == []
    assert "item-000003" not in beside(trainee, "new-3", 50)


def test_another_description_is_another_fingerprint(tmp_path):
    one, other = (described(tmp_path / name, {"item-000001": name}) for name in ("oak", "oak lamp"))

    prints = {result(trainee.train(), "snapshot")["fingerprint"] for trainee in (one, other)}

    assert len(prints) == 2
