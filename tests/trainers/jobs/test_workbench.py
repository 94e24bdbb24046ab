"""Where a run's steps leave things for each other."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from recommender_store.runs.files import RunFiles
from recommender_store.runs.record import Step
from tests.trainers.tenant import new_store
from trainers.errors import StepMissing
from trainers.jobs.workbench import opened_workbench

KILLED = """
import os, signal
from trainers.jobs.workbench import opened_workbench

with opened_workbench("r1", None) as bench:
    bench.write("n", 1)
    print(bench.folder, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def files(tmp_path) -> RunFiles:
    return new_store(tmp_path / "store").space("shop").runs.files("r1")


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch) -> Path:
    """Where this machine works, with nobody else's folders in it."""
    (tmp_path / "place").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "place"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "place"))
    return tmp_path / "place"


def step(name, files, **values) -> Step:
    """One that leaves these values."""
    with opened_workbench("r1", files) as bench:
        for key, value in values.items():
            bench.write(key, value)
        return Step(name=name, duration_s=0, outputs=bench.keep())


def test_a_workbench_leaves_nothing_behind_on_the_machine(files, place):
    with opened_workbench("r1", files) as bench:
        bench.write("fitted/similar", {"a": 1})
        assert bench.read("fitted/similar", dict, needs="fit:similar") == {"a": 1}

    assert not list(place.iterdir())


def test_what_a_killed_process_left_on_the_machine_is_removed_by_the_next(files):
    killed = subprocess.run([sys.executable, "-c", KILLED], stdout=subprocess.PIPE, check=False)
    left = Path(killed.stdout.decode().strip())
    assert (left / "n.json").exists()

    with opened_workbench("r1", files) as first, opened_workbench("r2", files) as second:
        assert not left.exists()
        assert first.folder.exists()
        assert second.folder.exists()


def test_what_steps_left_is_restored(files):
    steps = [step("one", files, a=1, b=1), step("two", files, b=2)]

    with opened_workbench("r1", files) as bench:
        assert bench.restore(steps) == steps
        bench.write("c", 3)
        assert set(bench.keep()) == {"c.json"}
        assert (bench.read("a", int, needs=""), bench.read("b", int, needs="")) == (1, 2)


def test_from_the_first_step_on_that_lacks_a_file_all_is_to_be_run_again(files, tmp_path):
    steps = [step("one", files, a=1, b=1), step("two", files, b=2, c=2), step("three", files, d=3)]
    gone = steps[1].outputs["c.json"].sha256
    (tmp_path / "store" / "tenants" / "shop" / "runs" / "r1" / "work" / gone).unlink()

    with opened_workbench("r1", files) as bench:
        assert bench.restore(steps) == steps[:1]
        assert (bench.read("a", int, needs=""), bench.read("b", int, needs="")) == (1, 1)
        assert not bench.has("c")
        assert not bench.has("d")


def test_what_is_not_there_names_the_step_that_leaves_it(files):
    with opened_workbench("r1", files) as bench:
        bench.step = "gate"
        with pytest.raises(StepMissing) as missing:
            bench.read("compared_with", int, needs="measure")

    assert (missing.value.step, missing.value.needs) == ("gate", "measure")
