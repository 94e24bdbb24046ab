"""A staged bundle is opened and asked by a process that has never seen it."""

import numpy as np
import pytest

from tests.trainers.jobs.shop import shop
from trainers.evaluation.fresh_answers import faults

SLOTS = ["similar", "for_you", "popular"]


@pytest.fixture
def staged(tmp_path):
    """The folder of a bundle, and a file with its manifest."""
    trainee = shop(tmp_path / "store")
    trainee.train()
    manifest, folder = trainee.space.models.open(trainee.version(), trainee.store.cache)
    own = tmp_path / "bundle"
    for name in manifest.places():
        (own / name).parent.mkdir(parents=True, exist_ok=True)
        (own / name).write_bytes((folder / name).read_bytes())
    described = tmp_path / "staged.json"
    described.write_text(manifest.model_dump_json())
    return own, described


def test_a_sound_bundle_answers(staged):
    assert faults(*staged, SLOTS, 60) == dict.fromkeys(SLOTS)


def test_files_that_cannot_be_opened_are_the_fault_of_their_slot_alone(staged):
    folder, _ = staged
    (folder / "for_you" / "item_factors.npy").write_bytes(b"no array")

    found = faults(*staged, SLOTS, 60)

    assert found["for_you"]
    assert (found["similar"], found["popular"]) == (None, None)


def test_scores_that_are_no_numbers_are_a_fault(staged):
    folder, _ = staged
    scores = np.load(folder / "popular" / "scores.npy")
    np.save(folder / "popular" / "scores.npy", np.full_like(scores, np.nan))

    assert faults(*staged, SLOTS, 60)["popular"] == "it gives scores that are no numbers"


def test_items_that_the_bundle_does_not_have_are_a_fault(staged):
    folder, _ = staged
    rows = np.load(folder / "popular" / "rows.npy")
    np.save(folder / "popular" / "rows.npy", rows + 1_000)

    assert "does not have" in faults(*staged, SLOTS, 60)["popular"]


def test_a_bundle_without_its_vocabulary_answers_in_no_slot(staged):
    folder, _ = staged
    (folder / "items.marisa").unlink()

    assert all(faults(*staged, SLOTS, 60).values())


def test_no_answer_in_time_is_a_fault(staged):
    assert all("there was no answer" in said for said in faults(*staged, SLOTS, 0.001).values())
