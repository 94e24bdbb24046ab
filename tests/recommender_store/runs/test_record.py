"""A run's newest state is what is told of it."""

from datetime import UTC, datetime

import pytest

from recommender_store.author import Author
from recommender_store.objects.scope import Scope
from recommender_store.runs.errors import RunUnknown
from recommender_store.runs.record import Run, Runs, Step

AT = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
def runs(memory: Scope) -> Runs:
    return Runs(memory)


def test_the_newest_state_counts(runs: Runs, author: Author) -> None:
    run = Run(run_id="20261120-a", started_at=AT)
    runs.save(run, author)
    done = run.model_copy(
        update={"status": "promoted", "steps": (Step(name="fit", duration_s=1.5),), "ended_at": AT}
    )
    runs.save(done, author)

    assert runs.get("20261120-a") == done


def test_runs_are_told_oldest_first(runs: Runs, author: Author, memory: Scope) -> None:
    for run_id in ("2026-b", "2025-a", "2027-c"):
        runs.save(Run(run_id=run_id, started_at=AT), author)
    memory.put("2024-only-files/work/x.npy", b"")

    assert [run.run_id for run in runs.all()] == ["2025-a", "2026-b", "2027-c"]


@pytest.mark.parametrize("run_id", ["nope", "", "../x", "a b", "é", "a\nb", "x" * 2000])
def test_an_unknown_run_is_unknown_however_it_is_spelt(runs: Runs, run_id: str) -> None:
    assert runs.find(run_id) is None
    with pytest.raises(RunUnknown):
        runs.get(run_id)
