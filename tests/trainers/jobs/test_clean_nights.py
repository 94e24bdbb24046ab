"""Real logs as they grow, night after night through a training's own steps: no false alarm."""

from datetime import UTC, datetime

import numpy as np
import pytest

from tests.trainers.datasets.checks.logs import Log
from tests.trainers.datasets.checks.test_real_logs import WINDOW_DAYS, nights, real
from tests.trainers.jobs.shop import Shop, result, shop
from tests.trainers.tenant import event, log

__all__ = ["real"]


def events(of: Log, first: int) -> list[dict]:
    columns = zip(of.at_us.tolist(), of.kind, of.user, of.item, strict=True)
    return [
        event(
            first + number,
            datetime.fromtimestamp(at_us / 1e6, UTC),
            str(kind),
            user_id=f"user-{user}",
            item_id=f"item-{item}",
        )
        for number, (at_us, kind, user, item) in enumerate(columns)
    ]


def checked(trainee: Shop, night: int) -> list[tuple[str, str]]:
    """What the step `check` says of the log as it is tonight."""
    for step in ("snapshot", "check"):
        run = trainee.step(step, f"night-{night}")
        assert run.status == "running", run.sentence
    return [(one["code"], one["severity"]) for one in result(run, "check")["findings"]]


@pytest.mark.slow
def test_twenty_nights_of_a_real_log_are_refused_never_and_warned_of_once_at_the_most(
    real, tmp_path
):
    # No night is trained to its end, so that all of them stay under way.
    unlimited = {"concurrent_trainings": None}
    settings = {"training": {"window_days": WINDOW_DAYS}, "quotas": unlimited}
    trainee = shop(tmp_path / "store", [], **settings)
    taken, found = 0, []
    ordered = real.where(np.argsort(real.at_us, kind="stable"))
    for night in nights(real):
        until = int(np.searchsorted(ordered.at_us, night))
        log(trainee.space, events(ordered.where(slice(taken, until)), taken))
        taken = until
        found.append(checked(trainee, night))

    assert len(found) == 20
    assert sum(map(len, found)) <= 1, found
