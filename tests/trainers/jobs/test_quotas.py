"""A tenant's quotas are asked before a training starts, and before a model is kept."""

from datetime import timedelta

import pytest

from recommender_store.runs.pulse import beating
from recommender_store.runs.record import Run, Step
from recommender_store.runs.spent import cpu_s
from tests.trainers.jobs.shop import Shop
from tests.trainers.tenant import TEST, change_settings
from trainers.jobs.options import TrainOptions
from trainers.jobs.train import new_run_id


def begun(shop: Shop, ago: timedelta = timedelta(), **fields: object) -> Run:
    """A run of somebody else's; `ago` is when it began."""
    now = shop.space.settings().created_at
    run = Run.model_validate({"run_id": new_run_id(), "started_at": now - ago, **fields})
    shop.space.runs.save(run, TEST)
    return run


def test_no_training_starts_where_none_may_be_under_way(trainee):
    change_settings(trainee.space, quotas={"concurrent_trainings": 0})
    run = trainee.train()

    assert (run.status, run.code, run.steps) == ("refused", "quota_refused", ())
    assert "concurrent_trainings" in run.sentence
    assert trainee.space.runs.get(run.run_id) == run
    assert trainee.version() is None


def test_a_training_that_is_worked_at_counts_and_one_that_died_does_not(trainee):
    change_settings(trainee.space, quotas={"concurrent_trainings": 1})
    other = begun(trainee, timedelta(seconds=30))
    with beating(trainee.space.runs.files(other.run_id)):
        refused = trainee.train()

    assert (refused.code, other.run_id in refused.sentence) == ("quota_refused", True)
    assert trainee.train(TrainOptions(threads=1, fresh=True)).status == "promoted"


def test_the_day_s_minutes_are_counted_from_the_records_of_runs(trainee):
    change_settings(trainee.space, quotas={"training_minutes_per_day": 10})
    begun(trainee, status="failed", steps=[Step(name="snapshot", duration_s=599.0)])
    begun(
        trainee, timedelta(days=1), status="failed", steps=[Step(name="check", duration_s=9_999.0)]
    )
    assert trainee.train().status == "promoted"
    begun(trainee, status="failed", steps=[Step(name="snapshot", duration_s=2.0)])
    late = trainee.train(TrainOptions(threads=1, seed=1))

    assert (late.status, late.code) == ("refused", "quota_refused")
    assert "training_minutes_per_day" in late.sentence
    assert "the quota is 10" in late.sentence


def test_the_first_step_of_a_stepwise_run_is_refused_and_ends_it(trainee):
    change_settings(trainee.space, quotas={"training_minutes_per_day": 0})

    assert trainee.step("snapshot", "nightly").code == "quota_refused"
    assert trainee.step("check", "nightly").status == "refused"


def test_a_run_that_began_goes_on_whatever_the_quota_says_since(trainee):
    trainee.step("snapshot", "nightly")
    change_settings(trainee.space, quotas={"training_minutes_per_day": 0})

    assert [step.name for step in trainee.step("check", "nightly").steps] == ["snapshot", "check"]


def test_a_model_beyond_the_quota_is_not_published_and_the_current_one_serves_on(trainee):
    trainee.train()
    current, held = trainee.version(), trainee.space.models.size_bytes()
    change_settings(trainee.space, quotas={"artifact_bytes": held + 10})
    run = trainee.train(TrainOptions(threads=1, seed=1))

    assert (run.status, run.code) == ("refused", "quota_refused")
    assert f"{held:,} bytes" in run.sentence
    assert "artifact_bytes" in run.sentence
    assert trainee.version() == current
    assert trainee.space.models.size_bytes() == held
    change_settings(trainee.space, quotas={"artifact_bytes": None})
    assert trainee.train(TrainOptions(threads=1, seed=2)).status == "promoted"


def test_a_step_tells_the_processors_time_that_it_took(trainee):
    run = trainee.train()

    assert all(step.cpu_s is not None and step.cpu_s >= 0 for step in run.steps)
    assert cpu_s(run) == pytest.approx(sum(step.cpu_s for step in run.steps))
    assert cpu_s(Run(run_id="r", started_at=run.started_at, steps=(_old(),))) == 3.0


def _old() -> Step:
    return Step(name="snapshot", duration_s=3.0)
