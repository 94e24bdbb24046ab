"""A blend in a bundle: its parts' files travel, are forgotten from and are carried over alike."""

from pathlib import Path

import numpy as np
import pytest

from recommender_models.blend import Blend
from recommender_models.protocol import History
from recommender_store.artifacts.session_rows import Owner
from recommender_store.artifacts.user_rows import without_owner
from tests.trainers.jobs.shop import Shop
from tests.trainers.tenant import OPTIONS
from trainers.jobs.bundling import carry_over

PART = "part-1/user_factors.npy"


@pytest.fixture
def blended(trainee: Shop) -> Shop:
    options = OPTIONS.model_copy(update={"recipes": ("for_you=blend",)})
    assert trainee.train(options).status == "promoted"
    return trainee


def folder_of(shop: Shop) -> Path:
    return shop.space.models.open(shop.version(), shop.store.cache)[1]


def test_a_published_blend_is_opened_with_the_files_of_its_parts(blended):
    record = blended.manifest().slots["for_you"]

    assert isinstance(blended.bundle().for_you, Blend)
    assert {"blend.json", "part-0/weights.npy", PART} <= set(record.files)


def test_who_is_forgotten_is_forgotten_by_every_part(blended, tmp_path):
    manifest = blended.manifest()
    folder = folder_of(blended)
    digests = blended.space.digests()
    gone = Owner("user_id", "user-000000").found_by(digests)

    def fetch(file):
        return folder / next(name for name, one in manifest.places().items() if one == file)

    rest = without_owner(manifest, gone, fetch, tmp_path)

    before = np.load(folder / "for_you" / PART)
    after = np.load(tmp_path / rest.slots["for_you"].files[PART].path)
    assert len(after) == len(before) - 1


def test_a_carried_over_blend_leaves_its_parts_users_behind(blended, tmp_path):
    bundle = blended.bundle()

    record = carry_over("v2", tmp_path, "for_you", bundle, folder_of(blended), bundle.items)

    assert PART not in record.files
    assert "part-1/item_factors.npy" in record.files
    assert len(bundle.for_you.recommend([History()], 3)[0].rows) == 0
