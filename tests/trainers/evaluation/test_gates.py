"""Whether a slot goes live, and the sentence that says why."""

import numpy as np
import pytest

from recommender_store.artifacts.manifest import Verdict
from recommender_store.tenants.settings import GateSettings
from tests.trainers.evaluation.made import measurement
from trainers.evaluation.gates import Files, Rivals, judge, judge_beside, judge_present

SETTINGS = GateSettings()
USERS = 200
GOOD = np.random.default_rng(1).uniform(0.2, 0.6, USERS)
NOISE = np.random.default_rng(2).normal(0, 0.02, USERS)
NOTHING_LIVE = None
SMALL = Files()


def verdict(model, popularity=None, current=NOTHING_LIVE, settings=SETTINGS, files=SMALL, **rivals):
    popularity = measurement(GOOD - 0.2) if popularity is None else popularity
    against = Rivals(popularity, current, **rivals)
    return judge("for_you", model, against, files, settings, np.random.default_rng(3))


def test_a_slot_that_beats_popularity_goes_live_and_its_sentence_says_by_how_much():
    said = verdict(measurement(GOOD))

    assert said.passed
    for figure in (f"{GOOD.mean():.4f}", f"{GOOD.mean() - 0.2:.4f}", "+0.2000", "95%", "200"):
        assert figure in said.sentence


def test_figures_go_with_the_verdict():
    said = verdict(measurement(GOOD), current=measurement(GOOD - 0.1))

    assert said.figures["test_users"] == USERS
    assert said.figures["gain_over_popularity"] == pytest.approx(0.2)
    assert said.figures["gain_over_current"] == pytest.approx(0.1)
    trivial = SETTINGS.trivial * said.figures["current_ndcg@10"]
    assert said.figures["smallest_visible_loss"] == pytest.approx(trivial)
    assert "the live model's is" in said.sentence


@pytest.mark.parametrize("slot", ["similar", "for_you"])
def test_nobody_to_ask_is_a_refusal_that_says_how_many_are_needed(slot):
    said = judge(slot, None, None, Files(), SETTINGS, np.random.default_rng(0))

    assert not said.passed
    assert "only 0" in said.sentence
    assert "30 are needed" in said.sentence


def test_too_few_users_prove_nothing_however_good_the_figures():
    said = verdict(measurement(np.full(29, 0.9)), measurement(np.zeros(29)))

    assert not said.passed
    assert "only 29 users with a past" in said.sentence
    assert said.figures == {"test_users": 29, "minimum_test_users": 30}


@pytest.mark.parametrize("ndcg", [GOOD - 0.2, GOOD - 0.2 + NOISE - NOISE.mean(), GOOD - 0.3])
def test_what_is_not_better_than_popularity_beyond_doubt_stays_out(ndcg):
    said = verdict(measurement(ndcg))

    assert not said.passed
    assert "not better than popularity beyond doubt" in said.sentence
    assert f"{ndcg.mean():.4f} against {GOOD.mean() - 0.2:.4f}" in said.sentence


def test_what_is_beyond_doubt_worse_than_what_is_live_stays_out():
    said = verdict(measurement(GOOD), current=measurement(GOOD + 0.01))

    assert not said.passed
    assert said.sentence.startswith("worse than the live model")
    assert f"{GOOD.mean():.4f} against {GOOD.mean() + 0.01:.4f}" in said.sentence


def test_a_live_model_that_knows_part_of_the_test_is_said_to_be_flattered():
    said = verdict(measurement(GOOD), current=measurement(GOOD + 0.01), current_saw_test=True)

    assert "knows part of the test" in said.sentence
    assert said.figures["current_saw_test"] == "true"


@pytest.mark.parametrize("current", [GOOD, GOOD + NOISE - NOISE.mean()], ids=["equal", "even"])
def test_what_is_as_good_as_what_is_live_goes_live(current):
    assert verdict(measurement(GOOD), current=measurement(current)).passed


def test_answers_that_reach_too_little_of_the_catalog_stay_out():
    said = verdict(measurement(GOOD, coverage=0.019))

    assert not said.passed
    assert "reach only 1.9%" in said.sentence
    assert "2.0% are asked for" in said.sentence


def test_too_many_questions_without_an_answer_stay_out():
    said = verdict(measurement(GOOD, empty=0.11))

    assert not said.passed
    assert "11.0% of the questions got no answer, 10.0% are allowed" in said.sentence


def test_every_reason_is_told_not_only_the_first():
    said = verdict(measurement(GOOD - 0.2, 0.0, 0.5), current=measurement(GOOD))

    assert len(said.sentence.split("; ")) == 5


@pytest.mark.parametrize(
    "model",
    [
        measurement(np.where(np.arange(USERS) == 7, np.nan, GOOD)),
        measurement(GOOD, coverage=float("nan")),
        measurement(GOOD, empty=float("nan")),
    ],
    ids=["ndcg", "coverage", "empty"],
)
def test_a_figure_that_is_no_number_passes_nothing(model):
    assert not verdict(model).passed


def test_a_live_model_whose_figures_are_no_numbers_lets_nothing_pass():
    assert not verdict(measurement(GOOD), current=measurement(np.full(USERS, np.nan))).passed


def test_the_tenants_settings_decide():
    lax = GateSettings(minimum_test_users=5, minimum_coverage=0, maximum_empty=1)
    five = measurement([0.5] * 5, coverage=0, empty=0.9)

    assert verdict(five, measurement([0.1] * 5), settings=lax).passed


def test_the_same_chance_gives_the_same_verdict():
    assert verdict(measurement(GOOD + NOISE)) == verdict(measurement(GOOD + NOISE))


def test_popularity_only_has_to_exist_and_to_answer():
    assert judge_present("popular", 3, Files(), SETTINGS).passed
    assert judge_present("popular", 0, Files(), SETTINGS).sentence == "it knows no item"
    assert not judge_present("popular", 3, Files(fault="it died"), SETTINGS).passed


def test_the_smallest_loss_that_would_be_caught_is_told():
    said = verdict(measurement(GOOD + NOISE), current=measurement(GOOD))

    caught = said.figures["smallest_visible_loss"]
    assert 0 < caught < 0.02
    assert f"a loss of {caught:.4f} ({caught / GOOD.mean():.1%}) or more would be caught" in (
        said.sentence
    )


WILD = np.random.default_rng(5).permutation(GOOD) - GOOD  # mean 0, as wide as the users differ


def test_one_that_looks_worse_waits_where_a_loss_that_matters_cannot_be_ruled_out():
    said = verdict(measurement(GOOD + WILD - 0.02), current=measurement(GOOD))

    assert said.figures["gain_over_current_high"] > 0
    assert not said.passed
    assert "a loss of 5% or more cannot be ruled out with so few users" in said.sentence


def test_one_that_looks_no_worse_need_not_wait():
    assert verdict(measurement(GOOD + WILD), current=measurement(GOOD)).passed


def test_a_small_loss_that_is_not_proven_passes_where_one_that_matters_is_ruled_out():
    even = NOISE - NOISE.mean()

    assert verdict(measurement(GOOD + even - 0.0015), current=measurement(GOOD)).passed


@pytest.mark.parametrize(("share", "passed"), [(0.999, True), (0.995, False)])
def test_a_proven_loss_is_refused_unless_it_is_trivial(share, passed):
    said = verdict(measurement(share * GOOD), current=measurement(GOOD))

    assert said.figures["gain_over_current_high"] < 0
    assert said.passed == passed


def test_answers_that_reach_much_less_than_those_of_the_live_model_stay_out():
    said = verdict(measurement(GOOD, coverage=0.2), current=measurement(GOOD, coverage=0.5))

    assert not said.passed
    assert "reach 20.0% of what they could where the live model's reach 50.0%" in said.sentence


def with_index(found: float):
    model = measurement(GOOD)
    model.figures["index_recall@20"] = found
    return model


@pytest.mark.parametrize("found", [0.94, float("nan")])
def test_an_index_that_loses_too_much_stays_out(found):
    said = verdict(with_index(found))

    assert not said.passed
    assert "its index finds only" in said.sentence
    assert verdict(with_index(0.96)).passed


def test_files_that_are_too_large_stay_out():
    said = verdict(measurement(GOOD), files=Files(size_bytes=5_000_000_000))

    assert said.sentence == "its files take 5,000 MB, 4,096 are allowed"


def test_a_slot_that_does_not_answer_in_a_fresh_process_stays_out():
    said = verdict(measurement(GOOD), files=Files(fault="the process died by signal 11"))

    assert said.sentence == "it does not answer in a fresh process: the process died by signal 11"


def beside_similar(so_far, gains):
    return judge_beside(so_far, "similar", gains, SETTINGS, np.random.default_rng(3))


@pytest.mark.parametrize(
    ("gains", "passes"), [([-0.1] * 50, False), ([0.1, -0.1] * 25, True), ([0.1] * 50, True)]
)
def test_a_slot_stays_out_where_another_answers_its_questions_better_beyond_doubt(gains, passes):
    so_far = Verdict(slot="next", passed=True, sentence="good", figures={})

    verdict = judge_beside(
        so_far, "similar", np.array(gains), GateSettings(), np.random.default_rng(3)
    )

    assert verdict.passed is passes
    assert verdict.figures["gain_over_similar"] == pytest.approx(np.mean(gains))
    assert ("similar answers the same questions better" in verdict.sentence) is not passes


def test_of_too_few_questions_only_that_is_said():
    so_far = Verdict(slot="next", passed=False, sentence="only 4 baskets", figures={})

    assert beside_similar(so_far, np.full(4, -0.3)) == so_far


def test_what_was_refused_before_stays_refused_for_that_and_for_this():
    so_far = Verdict(slot="next", passed=False, sentence="too large", figures={"size_mb": 9})

    better = judge_beside(
        so_far, "similar", np.full(50, 0.1), GateSettings(), np.random.default_rng(3)
    )
    worse = judge_beside(
        so_far, "similar", np.full(50, -0.1), GateSettings(), np.random.default_rng(3)
    )

    assert (better.passed, better.sentence) == (False, "too large")
    assert worse.sentence.startswith("too large; similar answers")
    assert worse.figures["size_mb"] == 9
