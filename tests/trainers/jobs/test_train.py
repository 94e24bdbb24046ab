"""A training, from a real log in a real store to a live model."""

import hashlib
from datetime import timedelta

import numpy as np
import pytest

from recommender_store.tenants.errors import TenantUnknown
from recommender_store.tenants.identity import parse_tenant_id
from tests.trainers.jobs.shop import GATE, result, shop
from tests.trainers.tenant import OPTIONS, event, log, new_store
from tests.worlds.checkerboard import checkerboard
from tests.worlds.interaction import START, Interaction
from tests.worlds.long_tail import long_tail
from trainers.errors import RecipeUnknown
from trainers.jobs.options import TrainOptions
from trainers.jobs.train import STEPS, train


def test_a_log_becomes_a_live_model(trainee):
    run = trainee.train()

    assert (run.status, run.code) == ("promoted", None)
    assert run.version == trainee.version()
    assert trainee.space.runs.get(run.run_id) == run
    assert [step.name for step in run.steps] == list(STEPS)
    assert set(trainee.bundle().slots) == {"similar", "for_you", "popular"}


def test_a_promotion_is_announced(trainee):
    before = trainee.store.feed.head()

    trainee.train()

    assert [entry.topic for entry in trainee.store.feed.poll(before)] == ["model"]


def test_every_file_of_a_bundle_is_what_the_manifest_says(trainee):
    trainee.train()
    manifest, folder = trainee.space.models.open(trainee.version(), trainee.store.cache)

    for file in manifest.every_file():
        data = (folder / file.path).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file.size_bytes, file.sha256)
        assert file.version == manifest.version


def test_lineage_says_where_a_bundle_comes_from(trainee):
    run = trainee.train(TrainOptions(seed=7, threads=2))

    lineage, taken = trainee.manifest().lineage, result(run, "snapshot")
    assert (lineage.run_id, lineage.seed, lineage.threads) == (run.run_id, 7, 2)
    assert (lineage.events, lineage.users, lineage.items) == (3_000, 120, taken["items"])
    assert lineage.interactions == taken["pairs"]
    assert lineage.data_fingerprint == taken["fingerprint"]
    assert lineage.window_since == START
    assert lineage.window_until > START + timedelta(days=29)
    assert lineage.code_version
    assert set(lineage.durations_s) == set(STEPS) - {"publish"}
    assert lineage.settings["gate"]["minimum_test_users"] == GATE["minimum_test_users"]
    assert lineage.settings["training"]["kind_weights"]["purchase"] == 5.0


def test_a_slot_keeps_its_recipe_its_parameters_its_figures_and_its_verdict(trainee):
    run = trainee.train()

    slot = trainee.manifest().slots["for_you"]
    assert (slot.recipe, slot.kind, slot.fitted_in) == ("als", "factors", run.version)
    assert slot.parameters["factors"] == 64
    assert slot.metrics["model"] == result(run, "measure")["for_you"]["model"]
    assert slot.metrics["model"]["index_recall@20"] == 1.0
    assert slot.metrics["model"]["exact_ndcg@10"] == slot.metrics["model"]["ndcg@10"]
    assert slot.metrics["model"]["exact_loss@10"] == slot.verdict.figures["exact_loss@10"] == 0
    assert result(run, "fit:for_you")["index"] == "flat"
    assert set(slot.metrics["popularity"]) >= {"recall@10", "ndcg@10", "mrr", "catalog_coverage@10"}
    assert slot.verdict is not None
    assert slot.verdict.passed


def test_factors_end_at_the_split_and_counts_at_the_end(trainee):
    run = trainee.train()

    manifest = trainee.manifest()
    assert manifest.data_until.isoformat() == result(run, "check")["split_at"]
    assert manifest.slots["for_you"].data_until == manifest.data_until
    assert manifest.slots["popular"].data_until == manifest.lineage.window_until


def test_the_popularity_to_beat_knows_nothing_of_the_test(tmp_path):
    """An item that everybody takes on the last day is popular now, and was not to be foreseen."""
    tail = long_tail(users=120, items=80, events=3_000).interactions
    hype = [
        Interaction(f"user-{n:06d}", "hype", "view", tail[-1].occurred_at + timedelta(seconds=n))
        for n in range(40)
    ]
    trainee = shop(tmp_path, [*tail, *hype], training={"popularity_half_life_days": 1.0})

    run = trainee.train()

    popular = trainee.bundle().popular
    assert trainee.bundle().items.id(popular.top(1).rows[0]) == "hype"
    assert result(run, "measure")["for_you"]["popularity"]["recall@10"] < 0.2


def contents(trainee):
    manifest = trainee.manifest()
    return {
        **{name: file.sha256 for name, file in manifest.files.items()},
        **{
            f"{slot}/{name}": file.sha256
            for slot, record in manifest.slots.items()
            for name, file in record.files.items()
        },
    }


def test_the_same_log_and_seed_give_the_same_files_on_any_number_of_threads(tmp_path):
    found = []
    for threads in (1, 2):
        trainee = shop(tmp_path / str(threads))
        run = trainee.train(TrainOptions(seed=3, threads=threads))
        found.append((contents(trainee), result(run, "measure"), result(run, "gate")))

    assert found[0] == found[1]


def test_another_seed_is_another_model_of_the_same_data(trainee):
    one = trainee.train(TrainOptions(seed=1, threads=1))
    first = contents(trainee)
    other = trainee.train(TrainOptions(seed=2, threads=1))

    assert first["for_you/item_factors.npy"] != contents(trainee)["for_you/item_factors.npy"]
    assert result(one, "snapshot") == result(other, "snapshot")


def test_a_second_training_is_held_against_what_is_live(trainee):
    first = trainee.train()

    second = trainee.train()

    figures = result(second, "gate")["for_you"]["figures"]
    assert result(second, "measure")["current"] == first.version
    assert figures["current_ndcg@10"] == pytest.approx(figures["ndcg@10"], abs=0.05)
    assert second.status == "promoted"


def test_a_dry_run_stops_after_the_gate(trainee):
    run = trainee.train(TrainOptions(threads=1, dry_run=True))

    assert run.status == "dry"
    assert "publish" not in [step.name for step in run.steps]
    assert trainee.version() is None
    assert trainee.space.runs.get(run.run_id).status == "dry"


def test_whoever_watches_is_told_each_step_and_how_far_it_is(trainee):
    class Watching:
        def __init__(self):
            self.steps, self.progressed = [], {}

        def step(self, name):
            self.steps.append(name)

        def progress(self, done, total):
            self.progressed[self.steps[-1]] = (done, total)

    watching = Watching()
    trainee.train(report=watching)

    assert watching.steps == list(STEPS)
    assert watching.progressed["fit:for_you"] == (15, 15)
    assert watching.progressed["measure"][0] == watching.progressed["measure"][1]


def test_who_took_what_from_whom_at_random_is_refused_against_popularity(tmp_path):
    """The labels are shuffled: every item keeps its popularity, nobody keeps a taste."""
    told = long_tail(users=120, items=80, events=3_000, tastes=1).interactions
    items = np.random.default_rng(4).permutation([one.item_id for one in told])
    shuffled = [one._replace(item_id=str(item)) for one, item in zip(told, items, strict=True)]
    trainee = shop(tmp_path, shuffled)

    run = trainee.train()

    assert (run.status, run.code) == ("refused", "gate_refused")
    assert run.sentence.count("not better than popularity beyond doubt") == 2
    assert trainee.version() is None


@pytest.mark.parametrize(
    ("events", "code"),
    [
        ([], "log_empty"),
        ([("anna", f"i{n % 7}", n) for n in range(150)], "one_user"),
        ([(f"u{n % 9}", "one", n) for n in range(150)], "one_item"),
        ([(f"u{n % 9}", f"i{n % 7}", 5) for n in range(150)], "one_moment"),
        ([("guest" if n % 3 else f"u{n}", f"i{n % 7}", n) for n in range(150)], "constant_user"),
        ([(f"u{n % 9}", f"i{n % 7}", n) for n in range(150)], "too_few_interactions"),
    ],
)
def test_a_log_that_is_no_basis_is_refused_with_its_reason(tmp_path, events, code):
    told = [
        Interaction(user, item, "view", START + timedelta(minutes=at)) for user, item, at in events
    ]
    trainee = shop(tmp_path, told)

    run = trainee.train()

    assert (run.status, run.code) == ("refused", code)
    assert run.sentence
    assert run.ended_at is not None
    assert trainee.space.runs.get(run.run_id) == run
    assert trainee.version() is None


def test_a_window_leaves_out_what_is_older(tmp_path):
    trainee = shop(tmp_path, training={"window_days": 20, "minimum_interactions": 100})

    run = trainee.train()

    taken = result(run, "snapshot")
    assert 1_900 < taken["events"] < 2_100
    assert trainee.manifest().lineage.window_since > START + timedelta(days=9)


def test_visits_alone_make_similar_items_and_nothing_personal(tmp_path):
    tail = long_tail(users=120, items=80, events=3_000).interactions
    trainee = shop(tmp_path, [])
    log(
        trainee.space,
        [
            event(n, one.occurred_at, session_id=one.user_id, item_id=one.item_id)
            for n, one in enumerate(tail)
        ],
    )

    run = trainee.train()

    assert run.status == "promoted"
    assert set(trainee.bundle().slots) == {"similar", "next", "popular"}
    assert "users with a past" in trainee.manifest().refused["for_you"].sentence


def test_low_ratings_say_nothing_for_an_item_and_dislikes_keep_it_away(tmp_path):
    tail = long_tail(users=120, items=80, events=3_000).interactions
    trainee = shop(tmp_path, tail)
    hated = tail[0].item_id
    raters = sorted({one.user_id for one in tail})
    log(
        trainee.space,
        [
            event(n, START, "rating", user_id=user, item_id="bad film", value=1.0)
            for n, user in enumerate(raters, start=10_000)
        ]
        + [
            event(n, START, "dislike", user_id=user, item_id=hated)
            for n, user in enumerate(raters, start=20_000)
        ],
    )

    trainee.train(OPTIONS.model_copy(update={"promote_despite": "it is small"}))

    bundle = trainee.bundle()
    bad, hated_row = bundle.items.row("bad film"), bundle.items.row(hated)
    for user in raters:
        history = bundle.history(user)
        shown = bundle.for_you.recommend([history], 80)[0].rows
        assert bad not in history.rows
        assert not {bad, hated_row} & set(shown.tolist())
    assert bad not in bundle.popular.top(99).rows


def test_a_kind_of_ones_own_counts_where_the_tenant_weighs_it(tmp_path):
    tail = long_tail(users=120, items=80, events=3_000).interactions
    shares = [one._replace(kind="custom:share") for one in tail]
    weights = {"kind_weights": {"custom:share": 2.0}}

    weighed, unweighed = (
        shop(tmp_path / "a", shares, training=weights),
        shop(tmp_path / "b", shares),
    )

    assert weighed.train().status == "promoted"
    assert unweighed.train().code == "too_few_interactions"


@pytest.mark.parametrize("recipe", ["cosine", "bm25", "for_you=tfidf"])
def test_a_named_recipe_fills_its_slots(trainee, recipe):
    run = trainee.train(TrainOptions(recipes=(recipe,), threads=1))

    assert result(run, "fit:for_you")["recipe"] == recipe.removeprefix("for_you=")


def test_an_unknown_recipe_fails_before_any_step_is_run(trainee):
    with pytest.raises(RecipeUnknown):
        trainee.train(TrainOptions(recipes=("svd",)), run_id="r1")

    run = trainee.space.runs.get("r1")
    assert (run.status, run.code, run.steps) == ("failed", "recipe_unknown", ())


def test_a_tenant_that_does_not_exist_is_not_trained_and_leaves_no_trace(tmp_path):
    store = new_store(tmp_path)
    nobody = store.space(parse_tenant_id("nobody"))

    with pytest.raises(TenantUnknown):
        train(nobody, OPTIONS, store.cache, run_id="r1")
    assert nobody.runs.find("r1") is None


def test_a_model_trained_on_the_checkerboard_recommends_what_was_withheld(tmp_path):
    """Measured in the last tenth of the log, where nobody took what they should."""
    board = checkerboard(30, 30)
    rest = [
        Interaction(user, item, "view", START + timedelta(days=31, minutes=n))
        for n, (user, item) in enumerate(board.withheld.items())
    ]
    settings = {"test_share": 0.06, "minimum_interactions": 100}
    trainee = shop(tmp_path, [*board.interactions, *rest], training=settings)

    run = trainee.train(TrainOptions(recipes=("for_you=cosine",), threads=1))

    assert run.status == "promoted"
    assert result(run, "measure")["for_you"]["model"]["mrr"] > 0.9
