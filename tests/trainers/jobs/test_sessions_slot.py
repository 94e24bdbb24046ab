"""The slot next filled with sessions: they answer, and they go with whose they are."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from recommender_models.visit import visit_history
from recommender_store.artifacts.session_rows import OWNERS, SESSION_ROWS, SessionRows
from recommender_store.care.erase import erase_actor
from recommender_store.event_log.erasure import Actor
from tests.trainers.jobs.shop import Shop, result, shop
from tests.trainers.jobs.test_slots_where_enough import events
from tests.trainers.tenant import OPTIONS, change_settings, log, new_store
from tests.worlds.paths_and_pairs import item, paths_and_pairs
from trainers.jobs.bundling import carry_over

SESSIONS = OPTIONS.model_copy(update={"recipes": ("next=vs_knn",)})
USER, VISIT = "user-007", "visit-3"


@pytest.fixture(scope="module")
def once(tmp_path_factory) -> Path:
    """Never to be changed."""
    folder = tmp_path_factory.mktemp("once")
    made = shop(folder, [])
    log(made.space, events(paths_and_pairs()))
    assert made.train(SESSIONS).status == "promoted"
    return folder


@pytest.fixture
def trained(once, tmp_path) -> Shop:
    shutil.copytree(once, tmp_path, dirs_exist_ok=True)
    store = new_store(tmp_path)
    return Shop(store, store.tenant("shop"))


def sessions_of(trainee: Shop) -> SessionRows:
    _, folder = trainee.space.models.open(trainee.version(), trainee.store.cache)
    return SessionRows.from_path(folder / "next")


def erase(trainee: Shop, column: str, name: str):
    return erase_actor(trainee.space, Actor(column, name), trainee.store.cache, datetime.now(UTC))


def owners_in(folder: Path) -> set[int]:
    paths = folder.rglob("session_owners.npy")
    return {int(one) for path in paths for one in np.load(path).ravel()}


def test_what_stood_in_the_sessions_most_alike_comes_next_before_or_behind_on_the_ring(trained):
    slot, bundle = trained.manifest().slots["next"], trained.bundle()

    assert (slot.recipe, slot.kind, slot.verdict.passed) == ("vs_knn", "sessions", True)
    for number in range(0, 40, 5):
        seen = [(bundle.items.row(item(number - back)), 1.0) for back in (0, 1, 2)]
        answer = bundle.next.recommend([visit_history(seen)], 2)[0]
        assert set(bundle.items.ids(answer.rows)) == {item(number + 1), item(number - 3)}


def test_of_an_erased_user_no_session_is_left_and_the_others_answer_on(trained, tmp_path):
    digest = trained.space.digests().short("user", USER)
    before = sessions_of(trained)
    theirs = np.count_nonzero(before.owners[:, 0] == digest)
    assert theirs

    receipt = erase(trained, "user_id", USER)

    assert trained.version() in receipt.models
    assert digest not in owners_in(tmp_path)
    after = sessions_of(trained)
    assert len(after.owners) == len(before.owners) - theirs
    bundle = trained.bundle()
    seen = visit_history([(bundle.items.row(item(3)), 1.0)])
    assert len(bundle.next.recommend([seen], 5)[0].rows) == 5


def test_an_erased_session_is_gone_from_the_model(trained):
    digest = trained.space.digests().short("session", VISIT)
    assert digest in sessions_of(trained).owners[:, 1]

    erase(trained, "session_id", VISIT)

    assert digest not in sessions_of(trained).owners


def test_carried_over_sessions_are_copies_so_that_each_bundle_forgets_by_itself(trained):
    first = trained.version()
    change_settings(trained.space, gate={"minimum_test_users": 70, "margin": 0.9})
    run = trained.train(SESSIONS)
    assert "left_empty" in result(run, "fit:next") or "next" in trained.manifest().refused
    files = trained.manifest().slots["next"].files
    assert {name for name, one in files.items() if one.version != first} == {
        "rows_here.npy",
        *SESSION_ROWS,
    }

    receipt = erase(trained, "user_id", USER)

    assert receipt.is_complete
    assert {first, trained.version()} <= set(receipt.models)
    digest = trained.space.digests().short("user", USER)
    assert digest not in sessions_of(trained).owners
    assert len(trained.bundle().next.recommend([visit_history([(5, 1.0)])], 5)[0].rows) == 5


def test_carried_over_sessions_leave_those_that_were_fitted_and_refused_as_they_are(
    trained, tmp_path
):
    """What was refused is published too, beside the bundle that carries the older sessions."""
    manifest, folder = trained.space.models.open(trained.version(), trained.store.cache)
    bundle, into = trained.bundle(), tmp_path / "bench"
    (into / "next").mkdir(parents=True)
    (into / "next" / OWNERS).write_bytes(b"fitted just now")

    record = carry_over("v2", into, "next", bundle, folder, bundle.items)

    assert (into / "next" / OWNERS).read_bytes() == b"fitted just now"
    copied, theirs = record.files[OWNERS], manifest.slots["next"].files[OWNERS]
    assert (copied.version, copied.sha256) == ("v2", theirs.sha256)
    assert (into / copied.path).read_bytes() == (folder / "next" / OWNERS).read_bytes()
