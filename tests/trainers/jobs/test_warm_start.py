"""A training goes on from the factors that are live, and says so; or why it does not."""

from datetime import timedelta

import numpy as np
import pytest

from recommender_store.artifacts.arrays import map_array
from recommender_store.artifacts.manifest import content_sha256
from recommender_store.artifacts.session_rows import Owner
from tests.trainers.jobs.shop import result, shop
from tests.trainers.tenant import change_settings, event, log
from tests.worlds.interaction import START
from trainers.jobs import fitting
from trainers.jobs.engines import ThisMachine
from trainers.jobs.options import TrainOptions
from trainers.recipes.als import Als
from trainers.recipes.table import recipe_named

WARM = TrainOptions(threads=1)
WHATEVER_IT_IS = WARM.model_copy(update={"promote_despite": "only how it began is looked at"})
LATER = START + timedelta(days=30)


def one_day_more(trainee, item="new-item", first=500_000):
    """Everybody comes back for a day, and there is an item more."""
    events = [
        event(
            first + n,
            LATER + timedelta(seconds=20 * n),
            user_id=f"user-{n % 120:06d}",
            item_id=item if n % 7 == 0 else f"item-{n * 13 % 80:06d}",
        )
        for n in range(240)
    ]
    log(trainee.space, events)


def fit_of(run):
    return result(run, "fit:for_you")


def warmed(trainee):
    """A tenant whose small log is gone on with."""
    change_settings(trainee.space, training={"warm_minimum_interactions": 1})
    return trainee


@pytest.fixture
def begun(trainee, monkeypatch):
    """Live since yesterday; what later fits are given to begin with is written down."""
    trainee.first = warmed(trainee).train()
    trainee.given = []
    recipe_of_its_own = staticmethod(lambda name: watched(trainee, name))
    monkeypatch.setattr(ThisMachine, "recipe_named", recipe_of_its_own)
    return trainee


def watched(trainee, name):
    recipe = recipe_named(name)
    if name != Als.name:
        return recipe

    class Watched(Als):
        def fit(self, data, parameters, progress, rng):
            trainee.given.append(data)
            return super().fit(data, parameters, progress, rng)

    return Watched()


def test_the_first_fit_begins_from_nothing_and_says_so(begun):
    assert fit_of(begun.first)["cold_start"] == "no model is live in the slot"
    assert begun.manifest().slots["for_you"].warm_starts == 0


def test_the_next_goes_on_from_the_live_factors_joined_by_item_and_user(begun):
    before, old = begun.bundle(), factors(begun)
    log(begun.space, [event(400_000, START, user_id="aaa", item_id="aaa")])
    one_day_more(begun)

    run = begun.train(WHATEVER_IT_IS)

    assert fit_of(run)["warm_start"] == {
        "version": begun.first.version,
        "in_a_row": 1,
        "items_known": pytest.approx(80 / 81, abs=0.02),
    }
    assert begun.manifest().slots["for_you"].warm_starts == 1
    data = begun.given[-1]
    start, items = data.starts[""], begun.bundle().items
    assert not start.item_factors[items.row("aaa")].any()
    for item in ("item-000000", "item-000079"):
        there = old[before.items.row(item)]
        assert start.item_factors[items.row(item)].tolist() == there.tolist()
    assert items.row("item-000000") != before.items.row("item-000000")
    assert start.user_factors.any(axis=1).sum() == len(before.users)


def factors(trainee):
    record = trainee.manifest().slots["for_you"].files["item_factors.npy"]
    path = trainee.space.models._artifacts.local_path(f"{record.version}/{record.path}")
    return np.array(map_array(path))


def test_a_warm_fit_takes_fewer_iterations(begun):
    steps = []

    class Counting:
        def step(self, name):
            self.name = name

        def resumed(self, run_id, finished):
            pass

        def progress(self, done, total):
            if self.name == "fit:for_you":
                steps.append((done, total))

    begun.train(report=Counting())

    assert steps[-1] == (5, 5)
    assert begun.manifest().slots["for_you"].parameters["iterations"] == 15


def test_the_same_log_and_the_same_live_model_give_the_same_artifact(tmp_path):
    shops = [warmed(shop(tmp_path / name)) for name in ("one", "other")]
    for one in shops:
        one.train()
        one_day_more(one)

    runs = [one.train(WHATEVER_IT_IS) for one in shops]

    assert [fit_of(run)["warm_start"]["in_a_row"] for run in runs] == [1, 1]
    assert runs[0].artifact_sha256 == runs[1].artifact_sha256
    assert runs[0].artifact_sha256 == content_sha256(shops[0].manifest())


def test_every_so_many_fits_one_begins_from_nothing(begun):
    change_settings(begun.space, training={"cold_every": 3})

    runs = [begun.train(WHATEVER_IT_IS) for _ in range(4)]

    assert [fit_of(run).get("warm_start", {}).get("in_a_row", 0) for run in runs] == [1, 2, 0, 1]
    assert fit_of(runs[2])["cold_start"] == "training.cold_every: 2 in a row went on from another"


def test_a_tenant_can_do_without(begun):
    change_settings(begun.space, training={"warm_start": False})

    run = begun.train()

    assert fit_of(run)["cold_start"] == "training.warm_start is off"
    assert begun.given[-1].starts == {}


def test_another_recipe_begins_from_nothing(begun):
    run = begun.train(WARM.model_copy(update={"recipes": ("blend",)}))

    assert fit_of(run)["cold_start"] == "the live model has another recipe, or other parameters"


def test_an_engine_whose_fits_begin_from_nothing_says_so(begun, monkeypatch):
    monkeypatch.setattr(ThisMachine, "goes_on", False)

    run = begun.train()

    assert fit_of(run)["cold_start"] == "fits on this engine begin from nothing"
    assert begun.manifest().slots["for_you"].warm_starts == 0


def test_other_parameters_begin_from_nothing(begun, monkeypatch):
    defaults = fitting.parameters_of
    monkeypatch.setattr(
        fitting,
        "parameters_of",
        lambda name, given: defaults(name, {"regularization": 0.02} if name == "als" else given),
    )

    run = begun.train()

    assert fit_of(run)["cold_start"] == "the live model has another recipe, or other parameters"


def test_what_knows_part_of_the_test_period_is_not_gone_on_with(begun):
    change_settings(begun.space, training={"test_share": 0.2})

    run = begun.train()

    assert fit_of(run)["cold_start"] == "the live model knows part of the test period"


def test_after_an_erasure_the_factors_are_learned_anew(begun):
    list(begun.space.models.erase(Owner("user_id", "user-000001"), begun.store.cache))

    run = begun.train()

    assert fit_of(run)["cold_start"] == "a user was erased from the live model"


def test_where_most_items_are_new_nothing_is_gone_on_with(tmp_path):
    trainee = warmed(shop(tmp_path))
    trainee.train()
    log(
        trainee.space,
        [
            event(
                600_000 + n,
                LATER + timedelta(seconds=n),
                user_id=f"user-{n % 120:06d}",
                item_id=f"other-{n % 150}",
            )
            for n in range(3_000)
        ],
    )

    run = trainee.train(WARM.model_copy(update={"force_checks": "another catalog"}))

    assert "of the items with a past" in fit_of(run)["cold_start"]


def test_a_blend_goes_on_in_its_part(tmp_path):
    trainee = warmed(shop(tmp_path))
    blend = WARM.model_copy(update={"recipes": ("blend",)})
    trainee.train(blend)

    run = trainee.train(blend.model_copy(update={"promote_despite": "what began it is shown"}))

    assert fit_of(run)["warm_start"]["in_a_row"] == 1
    assert trainee.manifest().slots["for_you"].warm_starts == 1


def test_a_refusal_is_followed_by_a_fit_from_nothing(begun):
    begun.refuse_for_you()
    begun.train()

    run = begun.train()

    assert fit_of(run)["cold_start"] == "what was fitted last was refused, an older model is live"


def test_a_small_log_is_fitted_from_nothing(begun):
    change_settings(begun.space, training={"warm_minimum_interactions": 20_000})

    run = begun.train()

    assert fit_of(run)["cold_start"].endswith("user-item pairs there is no time to be saved")
