"""What may go wrong at the last step: somebody else was first, or there is no room."""

import errno
from pathlib import Path

import pytest

from recommender_store.errors import RevisionConflict, StoreFull
from recommender_store.objects.scope import Scope
from recommender_store.opening import Store
from tests.trainers.jobs.shop import result, shop
from tests.trainers.tenant import OPTIONS, TEST, event, log
from tests.worlds.interaction import START
from trainers.errors import WorkspaceFull
from trainers.jobs.options import Silence, TrainOptions
from trainers.jobs.train import train


class Interfering(Silence):
    """Does something as a step begins, as often as it is told to."""

    def __init__(self, at, act, times=1):
        self.at, self.act, self.times = at, act, times
        self.steps = []

    def step(self, name):
        self.steps.append(name)
        if name == self.at and self.times:
            self.times -= 1
            self.act()


def promoting_another(trainee):
    """Whatever was published and is not live goes live."""

    def act():
        models = trainee.space.models
        others = [one.version for one in models.versions() if one.version != trainee.version()]
        models.promote(others[0], author=TEST)

    return act


class RacingObjects(Scope):
    """A store in which somebody else promotes while a bundle's manifest is written, once."""

    def __init__(self, objects, act):
        super().__init__(objects)
        self.act, self.races = act, 0

    def put_if_absent(self, key: str, data: bytes) -> bool:
        if key.endswith("manifest.json") and not self.races:
            self.races += 1
            self.act()
        return super().put_if_absent(key, data)


def test_a_lost_race_is_measured_and_gated_again_against_the_winner(trainee):
    first = trainee.train()
    second = trainee.train()
    rollback = Interfering("publish", lambda: trainee.space.models.roll_back(author=TEST))

    run = trainee.train(report=rollback)

    assert rollback.steps[-4:] == ["publish", "measure", "gate", "publish"]
    assert run.status == "promoted"
    assert result(run, "measure")["current"] == first.version != second.version
    assert trainee.version() == run.version


def test_the_popularity_to_beat_is_the_same_when_a_race_was_lost(trainee):
    trainee.train()
    calm = trainee.train()

    run = trainee.train(report=Interfering("publish", promoting_another(trainee)))

    for slot in ("similar", "for_you"):
        figures = [result(one, "measure")[slot]["popularity"] for one in (run, calm)]
        assert figures[0] == figures[1]


def test_a_race_that_is_lost_at_the_very_promotion_is_run_again_as_if_for_the_first_time(trainee):
    """Nothing that the first try left, the translation of a carried-over slot, comes into it."""
    trainee.train()
    trainee.train()
    trainee.refuse_for_you()
    log(trainee.space, [event(90_000, START, user_id="user-000001", item_id="aaa")])
    calm = trainee.train(TrainOptions(threads=1, dry_run=True))
    before = trainee.version()
    racing = RacingObjects(trainee.store._objects, promoting_another(trainee))
    store = Store(racing, trainee.store.settings)

    run = train(store.tenant("shop"), OPTIONS, store.cache)

    assert (run.status, racing.races) == ("promoted", 1)
    assert result(run, "measure")["current"] not in (None, before)
    assert result(run, "measure")["for_you"]["model"] == result(calm, "measure")["for_you"]["model"]
    files = trainee.manifest().slots["for_you"].files
    assert [name for name, file in files.items() if file.version == run.version] == [
        "rows_here.npy"
    ]


def test_a_race_lost_again_and_again_fails_with_its_code(trainee):
    trainee.train()
    trainee.train()
    stubborn = Interfering("publish", promoting_another(trainee), times=99)

    with pytest.raises(RevisionConflict):
        trainee.train(report=stubborn, run_id="r1")

    assert stubborn.steps.count("publish") == 3
    assert trainee.space.runs.get("r1").code == "revision_conflict"


class FullObjects(Scope):
    """A store with room for everything but what has these words in its key."""

    words: tuple[str, ...] = ()

    def upload(self, path: Path, key: str) -> None:
        self._check(key)
        super().upload(path, key)

    def put_if_absent(self, key: str, data: bytes) -> bool:
        self._check(key)
        return super().put_if_absent(key, data)

    def _check(self, key: str) -> None:
        if any(word in key for word in self.words):
            raise StoreFull(key=key, reason="no space left on device")


@pytest.mark.parametrize(
    "words",
    [("similar/neighbours.npy",), ("manifest.json",), ("models/current",)],
    ids=["among the files", "at the manifest", "at the promotion"],
)
def test_a_store_that_is_full_while_publishing_leaves_the_live_model_and_says_so(trainee, words):
    first = trainee.train()
    full = FullObjects(trainee.store._objects)
    full.words = words
    store = Store(full, trainee.store.settings)

    with pytest.raises(StoreFull):
        train(store.tenant("shop"), OPTIONS, store.cache, run_id="r1")

    run = trainee.space.runs.get("r1")
    assert (run.status, run.code) == ("failed", "store_full")
    assert "free some space" in run.sentence
    assert trainee.version() == first.version
    assert trainee.bundle().for_you is not None
    assert trainee.train().status == "promoted"


def test_a_run_that_cannot_even_be_kept_as_failed_says_so_on_its_error(trainee):
    full = FullObjects(trainee.store._objects)
    store = Store(full, trainee.store.settings)
    filling = Interfering("publish", lambda: setattr(full, "words", ("artifacts/", "runs/")))

    with pytest.raises(StoreFull) as failed:
        train(store.tenant("shop"), OPTIONS, store.cache, run_id="r1", report=filling)

    assert "could not be kept as failed" in failed.value.__notes__[0]
    assert "artifacts/" in failed.value.key


@pytest.mark.parametrize(
    ("error", "raised", "code"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), WorkspaceFull, "workspace_full"),
        (OSError(errno.EIO, "Input/output error"), OSError, "unexpected"),
        (ZeroDivisionError("division by zero"), ZeroDivisionError, "unexpected"),
        (KeyboardInterrupt(), KeyboardInterrupt, "interrupted"),
    ],
    ids=["disk full", "disk broken", "a bug", "Ctrl-C"],
)
def test_whatever_ends_a_training_is_kept_with_a_code(trainee, error, raised, code):
    def act():
        raise error

    with pytest.raises(raised):
        trainee.train(report=Interfering("fit:for_you", act), run_id="r1")

    run = trainee.space.runs.get("r1")
    assert (run.status, run.code) == ("failed", code)
    assert run.sentence
    assert [step.name for step in run.steps] == ["snapshot", "check", "fit:similar"]


def test_a_live_bundle_that_is_damaged_does_not_stand_in_the_way_of_the_next(trainee, tmp_path):
    first = trainee.train()
    (broken,) = tmp_path.glob(f"store/tenants/shop/artifacts/{first.version}/for_you/gram.npy")
    broken.write_bytes(b"x" * broken.stat().st_size)
    fresh = shop_with_an_empty_cache(trainee)

    run = fresh.train()

    assert run.status == "promoted"
    assert "gram.npy' has another digest" in result(run, "measure")["current_fault"]
    assert result(run, "measure")["for_you"]["current"] is None


def shop_with_an_empty_cache(trainee):
    store = Store(
        trainee.store._objects,
        trainee.store.settings.model_copy(
            update={"cache_dir": trainee.store.settings.cache_folder() / "other"}
        ),
    )
    return type(trainee)(store, store.tenant("shop"))


def test_two_tenants_of_one_store_train_apart(tmp_path):
    one = shop(tmp_path)
    other = type(one)(one.store, one.store.create_tenant("other", "Other", author=TEST))

    assert other.train().code == "log_empty"
    assert one.train().status == "promoted"
    assert other.version() is None
