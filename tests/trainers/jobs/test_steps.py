"""A run whose steps are run one by one, each by a process of its own."""

import pytest

from tests.trainers.jobs.shop import result, shop
from tests.trainers.tenant import OPTIONS
from trainers.errors import OptionsDiffer, StepMissing, StepUnknown
from trainers.jobs.options import TrainOptions
from trainers.jobs.train import STEPS

RUN = "20260101T000000Z-abc"


def digests(trainee):
    return {
        slot: {name: file.sha256 for name, file in record.files.items()}
        for slot, record in trainee.manifest().slots.items()
    }


def test_all_steps_one_by_one_are_a_training(tmp_path):
    whole, stepwise = shop(tmp_path / "whole"), shop(tmp_path / "stepwise")

    at_once = whole.train()
    runs = [stepwise.step(name, RUN) for name in STEPS]

    assert [run.status for run in runs] == ["running"] * (len(STEPS) - 1) + ["promoted"]
    assert [step.name for step in runs[-1].steps] == list(STEPS)
    assert digests(stepwise) == digests(whole)
    for name in ("measure", "gate", "check"):
        assert result(runs[-1], name) == result(at_once, name)
    assert set(stepwise.manifest().lineage.durations_s) == set(STEPS) - {"publish"}


def test_what_steps_hand_to_each_other_is_gone_when_the_run_has_ended(trainee, tmp_path):
    for name in STEPS:
        trainee.step(name, RUN)

    assert not list(tmp_path.glob(f"store/tenants/shop/runs/{RUN}/work/**/*.npy"))


@pytest.mark.parametrize(
    ("before", "step", "needs"),
    [
        ([], "check", "snapshot"),
        ([], "fit:similar", "snapshot"),
        ([], "publish", "gate"),
        (["snapshot", "check"], "measure", "fit:similar"),
        (["snapshot", "fit:similar", "fit:for_you", "fit:popular"], "measure", "check"),
        (["snapshot", "check", "fit:similar", "fit:for_you"], "measure", "fit:popular"),
        (["snapshot", "check", "fit:similar", "fit:for_you", "fit:popular"], "gate", "measure"),
        (["snapshot", "check", "fit:similar", "fit:for_you", "fit:popular"], "publish", "gate"),
    ],
)
def test_a_step_whose_turn_has_not_come_says_what_has_to_be_run_first(trainee, before, step, needs):
    for name in before:
        trainee.step(name, RUN)

    with pytest.raises(StepMissing, match=f"the step '{step}' of run {RUN} needs '{needs}'"):
        trainee.step(step, RUN)

    run = trainee.space.runs.get(RUN)
    assert (run.status, run.code) == ("failed", "step_missing")
    assert trainee.version() is None


def test_a_run_that_failed_goes_on_with_the_step_that_was_missing(trainee):
    trainee.step("snapshot", RUN)
    with pytest.raises(StepMissing):
        trainee.step("measure", RUN)

    runs = [trainee.step(name, RUN) for name in list(STEPS)[1:]]

    assert runs[-1].status == "promoted"
    assert (runs[0].code, runs[0].sentence) == (None, None)


def test_an_unknown_step_is_refused_with_the_steps_that_there_are(trainee):
    with pytest.raises(StepUnknown, match="snapshot, check, fit:similar") as refused:
        trainee.step("polish", RUN)

    assert refused.value.code == "step_unknown"
    assert trainee.space.runs.find(RUN) is None


def test_a_step_with_other_options_than_the_run_was_begun_with_is_refused(trainee):
    trainee.step("snapshot", RUN, TrainOptions(seed=1))

    with pytest.raises(OptionsDiffer, match="begun with seed=1, this step asks for seed=2") as said:
        trainee.step("check", RUN, TrainOptions(seed=2))

    assert said.value.code == "options_differ"
    assert trainee.step("check", RUN, TrainOptions(seed=1)).status == "running"


def test_a_run_that_has_ended_is_given_back_as_it_is(trainee):
    promoted = [trainee.step(name, RUN) for name in STEPS][-1]

    again = trainee.step("publish", RUN)

    assert again == promoted
    assert trainee.space.models.current().number == 1


def test_a_refused_run_stays_refused_whatever_step_comes(tmp_path):
    trainee = shop(tmp_path, training={"minimum_interactions": 1_000_000})
    trainee.step("snapshot", RUN)

    refused = trainee.step("check", RUN)

    assert refused.code == "too_few_interactions"
    assert trainee.step("fit:similar", RUN) == refused


def test_a_dry_run_ends_at_the_gate_and_publishes_nothing(trainee):
    options = TrainOptions(threads=OPTIONS.threads, dry_run=True)

    runs = [trainee.step(name, RUN, options) for name in STEPS]

    assert [run.status for run in runs[-2:]] == ["dry", "dry"]
    assert trainee.version() is None
