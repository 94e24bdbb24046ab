"""Where a run's steps leave things for each other."""

import pytest

from recommender_store.runs.files import RunFiles
from tests.trainers.tenant import new_store
from trainers.errors import StepMissing
from trainers.jobs.workbench import opened_workbench


@pytest.fixture
def kept(tmp_path) -> RunFiles:
    return new_store(tmp_path / "store").space("shop").runs.files("r1")


def test_a_workbench_that_is_not_kept_leaves_nothing_behind():
    with opened_workbench("r1", None) as bench:
        bench.write("fitted/similar", {"a": 1})
        folder = bench.folder
        assert bench.read("fitted/similar", dict, needs="fit:similar") == {"a": 1}

    assert not folder.exists()


def test_what_one_step_leaves_the_next_one_finds_also_where_a_step_failed(kept):
    def step(fail):
        with opened_workbench("r1", kept) as bench:
            number = bench.read("n", int, needs="first") + 1 if bench.has("n") else 1
            bench.write("n", number)
            if fail:
                raise ZeroDivisionError
            return number

    with pytest.raises(ZeroDivisionError):
        step(fail=True)

    assert [step(fail=False), step(fail=False)] == [2, 3]


def test_what_is_not_there_names_the_step_that_leaves_it():
    with opened_workbench("r1", None) as bench:
        bench.step = "gate"
        with pytest.raises(StepMissing) as missing:
            bench.read("compared_with", int, needs="measure")

    assert (missing.value.step, missing.value.needs) == ("gate", "measure")


def test_discarded_files_are_gone(kept):
    with opened_workbench("r1", kept) as bench:
        bench.write("n", 1)

    kept.discard()

    with opened_workbench("r1", kept) as bench:
        assert not bench.has("n")
