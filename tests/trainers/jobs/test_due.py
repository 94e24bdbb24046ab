"""Which tenants are to be trained by now."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recommender_store.runs.record import Run
from recommender_store.tenant_space import TenantSpace
from tests.trainers.tenant import TEST, change_settings, new_store, new_tenant
from trainers.jobs.due import CLAIM_HOLDS, claimed, due

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(name="space")
def _space(tmp_path: Path) -> TenantSpace:
    space = new_tenant(new_store(tmp_path), training={"schedule": "6h", "resources": "large"})
    made = space.settings().model_copy(update={"created_at": NOW - 48 * HOUR})
    space.save_settings(made, author=TEST)
    return space


def ran(space: TenantSpace, at: datetime, status: str = "promoted", **more: object) -> None:
    run = Run.model_validate(
        {"run_id": f"{at:%Y%m%dT%H%M%SZ}-0", "status": status, "started_at": at, **more}
    )
    space.runs.save(run, TEST)


def test_a_tenant_that_was_never_trained_is_due_since_it_was_made(space: TenantSpace) -> None:
    told = due(space, NOW)

    assert told is not None
    assert (told.tenant, told.resources, told.schedule) == ("shop", "large", "6h")
    assert told.since == NOW - 48 * HOUR


@pytest.mark.parametrize("status", ["promoted", "refused", "failed", "cancelled"])
@pytest.mark.parametrize(("hours", "is_due"), [(5, False), (6, True), (30, True)])
def test_it_is_due_when_its_schedule_has_passed_since_its_last_training(
    space: TenantSpace, status: str, hours: int, *, is_due: bool
) -> None:
    ran(space, NOW - 100 * HOUR)
    ran(space, NOW - hours * HOUR, status)

    told = due(space, NOW)

    assert (told is not None) is is_due
    assert told is None or told.since == NOW - (hours - 6) * HOUR


def test_a_cron_line_that_has_passed_makes_it_due(space: TenantSpace) -> None:
    change_settings(space, training={"schedule": "0 11 * * *"})
    ran(space, NOW - 2 * HOUR)

    told = due(space, NOW)

    assert told is not None
    assert told.since == NOW - HOUR


def test_without_a_schedule_it_never_is(space: TenantSpace) -> None:
    change_settings(space, training={"schedule": None})

    assert due(space, NOW) is None


def test_dry_runs_imports_and_measurements_do_not_count(space: TenantSpace) -> None:
    ran(space, NOW - HOUR, "failed", options={"dry_run": True})
    ran(space, NOW - 2 * HOUR, "imported", kind="import")
    ran(space, NOW - HOUR, "measured", kind="measure")

    assert due(space, NOW) is not None


def test_a_run_whose_id_tells_no_time_counts_by_its_time(space: TenantSpace) -> None:
    old = Run(run_id="nightly", status="promoted", started_at=NOW - 90 * HOUR)
    space.runs.save(old, TEST)
    ran(space, NOW - HOUR)

    assert due(space, NOW) is None


@pytest.mark.parametrize("status", ["queued", "running"])
def test_one_that_is_trained_step_by_step_is_not_due_for_a_day(
    space: TenantSpace, status: str
) -> None:
    ran(space, NOW - 7 * HOUR, status, is_stepwise=True)

    assert due(space, NOW) is None
    assert due(space, NOW - 7 * HOUR + CLAIM_HOLDS) is not None


def test_one_whose_training_was_killed_is_due(space: TenantSpace) -> None:
    ran(space, NOW - 7 * HOUR, "running")

    assert due(space, NOW) is not None


def test_what_is_claimed_is_told_to_its_claimant_alone(space: TenantSpace) -> None:
    mine = claimed(space, NOW, "night-1", TEST)

    assert mine is not None
    assert space.runs.get(mine.run_id).status == "queued"
    again, other = claimed(space, NOW, "night-1", TEST), claimed(space, NOW, "night-2", TEST)
    assert again == mine
    assert other is None
    assert due(space, NOW) is None
