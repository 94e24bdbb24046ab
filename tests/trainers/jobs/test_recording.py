"""What is kept of a run that ended badly."""

from pathlib import Path

import duckdb
import pytest

from recommender_store.runs.record import Step
from tests.trainers.tenant import OPTIONS, change_settings, new_store, new_tenant
from trainers.errors import RunTakenOver
from trainers.jobs.recording import Recording, asked_sha256


@pytest.mark.parametrize(
    "error", [MemoryError(), duckdb.OutOfMemoryException("3.1 GiB/3.1 GiB used")]
)
def test_memory_that_ran_out_has_a_code_and_a_way_on(tmp_path: Path, error: Exception) -> None:
    space = new_tenant(new_store(tmp_path))

    Recording.begin(space, "r1", OPTIONS, "asked", stepwise=False).fail(error)

    run = space.runs.get("r1")
    assert (run.status, run.code) == ("failed", "out_of_memory")
    assert "training.window_days" in str(run.sentence)


def test_steps_that_are_run_beside_each_other_are_both_kept(tmp_path: Path) -> None:
    space = new_tenant(new_store(tmp_path))
    one = Recording.begin(space, "r1", OPTIONS, "asked", stepwise=True)
    other = Recording.begin(space, "r1", OPTIONS, "asked", stepwise=True)

    one.begin_step("fit:similar")
    other.begin_step("fit:for_you")
    other.end_step(Step(name="fit:for_you", duration_s=1))
    one.end_step(Step(name="fit:similar", duration_s=2))

    run = space.runs.get("r1")
    assert {step.name: step.duration_s for step in run.steps} == {
        "fit:for_you": 1,
        "fit:similar": 2,
    }


def test_a_step_beside_a_run_that_was_cancelled_is_told_to_stop(tmp_path: Path) -> None:
    space = new_tenant(new_store(tmp_path))
    step = Recording.begin(space, "r1", OPTIONS, "asked", stepwise=True)
    Recording.begin(space, "r1", OPTIONS, "asked", stepwise=True).end("cancelled")

    with pytest.raises(RunTakenOver):
        step.begin_step("fit:similar")

    assert space.runs.get("r1").status == "cancelled"


def test_two_processes_at_one_whole_training_are_never_beside_each_other(tmp_path: Path) -> None:
    space = new_tenant(new_store(tmp_path))
    first = Recording.begin(space, "r1", OPTIONS, "asked", stepwise=False)
    Recording.begin(space, "r1", OPTIONS, "asked", stepwise=False)

    with pytest.raises(RunTakenOver):
        first.begin_step("check")


def test_when_and_where_a_training_runs_is_not_part_of_what_was_asked(tmp_path: Path) -> None:
    space = new_tenant(new_store(tmp_path))
    asked = asked_sha256(OPTIONS, space.settings())

    change_settings(space, training={"schedule": "1h", "resources": "large"})
    assert asked_sha256(OPTIONS, space.settings()) == asked
    change_settings(space, training={"window_days": 3})
    assert asked_sha256(OPTIONS, space.settings()) != asked
