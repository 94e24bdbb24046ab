"""What is kept of a run that ended badly."""

from pathlib import Path

import duckdb
import pytest

from tests.trainers.tenant import OPTIONS, new_store, new_tenant
from trainers.jobs.recording import Recording


@pytest.mark.parametrize(
    "error", [MemoryError(), duckdb.OutOfMemoryException("3.1 GiB/3.1 GiB used")]
)
def test_memory_that_ran_out_has_a_code_and_a_way_on(tmp_path: Path, error: Exception) -> None:
    space = new_tenant(new_store(tmp_path))

    Recording.begin(space, "r1", OPTIONS, "asked", stepwise=False).fail(error)

    run = space.runs.get("r1")
    assert (run.status, run.code) == ("failed", "out_of_memory")
    assert "training.window_days" in str(run.sentence)
