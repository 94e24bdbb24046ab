"""What is written down of a job that could not say itself how it ended."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from recommender_api.launch.absent import Absent
from recommender_api.launch.errors import JobRunning, LauncherAbsent
from recommender_api.launch.jobs import Jobs
from recommender_api.launch.local_processes import LocalProcesses
from recommender_store.author import Author
from recommender_store.runs.record import Run
from recommender_store.tenant_space import TenantSpace
from tests.recommender_api.served import store_in, until

HERE = Author("test", "here")


@pytest.fixture(name="space")
def _space(tmp_path: Path) -> TenantSpace:
    return store_in(tmp_path, create=True).create_tenant("shop", "Shop", author=HERE)


@pytest.fixture(name="jobs")
def _jobs(tmp_path: Path) -> Jobs:
    """Whose command line is Python's."""
    return Jobs(LocalProcesses(tmp_path / "launched", dict(os.environ), (sys.executable,)))


@pytest.fixture(name="run_of")
def _run_of(jobs: Jobs, space: TenantSpace) -> Callable[[str], Run]:
    """The end of a run whose process was this script."""

    def run_of(script: str) -> Run:
        run = jobs.start(space, "training", {}, lambda _: ("-c", script), HERE)
        until(lambda: jobs.told(space, run.run_id)[0].status == "failed")
        return space.runs.get(run.run_id)

    return run_of


def test_one_that_ends_without_a_word_is_told_with_its_last_line(
    run_of: Callable[[str], Run],
) -> None:
    run = run_of("raise SystemExit('error: no such thing [thing_missing]')")

    assert (run.code, run.ended_at is None) == ("job_failed", False)
    assert run.sentence == "its process ended with 1: error: no such thing [thing_missing]"


@pytest.mark.parametrize(("number", "said"), [(9, "memory"), (15, "signal 15")])
def test_one_that_a_signal_ended_is_told_by_it(
    run_of: Callable[[str], Run], number: int, said: str
) -> None:
    run = run_of(f"import os; os.kill(os.getpid(), {number})")

    assert run.code == "job_killed"
    assert said in str(run.sentence)


def test_a_job_that_ended_makes_room_for_the_next(
    jobs: Jobs, space: TenantSpace, run_of: Callable[[str], Run]
) -> None:
    first = run_of("pass")

    second = run_of("pass")

    assert first.run_id < second.run_id
    assert space.launches.held("training").number == 2
    assert jobs.followed(space, first) == first


def test_an_import_takes_no_training_s_place(jobs: Jobs, space: TenantSpace) -> None:
    sleep = "import time; time.sleep(600)"
    training = jobs.start(space, "training", {}, lambda _: ("-c", sleep), HERE)
    brought = jobs.start(space, "import", {}, lambda _: ("-c", sleep), HERE)

    with pytest.raises(JobRunning) as busy:
        jobs.start(space, "import", {}, lambda _: ("-c", sleep), HERE)

    assert busy.value.run_id == brought.run_id
    for run in (training, brought):
        assert jobs.cancel(space, run.run_id, HERE).status == "cancelled"


def test_a_place_that_was_taken_a_moment_ago_is_held_before_there_is_a_record(
    jobs: Jobs, space: TenantSpace
) -> None:
    space.launches.take("training", "on-its-way", HERE, after=space.launches.held("training"))

    with pytest.raises(JobRunning):
        jobs.start(space, "training", {}, lambda _: ("-c", "pass"), HERE)


def test_what_could_not_be_started_is_kept_as_failed(space: TenantSpace) -> None:
    with pytest.raises(LauncherAbsent):
        Jobs(Absent("airflow", "it is not there")).start(space, "training", {}, lambda _: (), HERE)

    (run,) = space.runs.all()
    assert (run.status, run.code) == ("failed", "launcher_absent")
