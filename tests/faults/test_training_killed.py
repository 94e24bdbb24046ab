"""
A training that is killed and started again ends with exactly the artifact of an undisturbed one.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from recommender_store.artifacts.manifest import content_sha256
from recommender_store.opening import open_store
from recommender_store.runs.record import Run
from recommender_store.settings import StoreSettings
from recommender_store.tenant_space import TenantSpace
from tests.trainers.jobs.shop import shop
from trainers.jobs.train import STEPS

ROOT = Path(__file__).parents[2]
TENANT = "shop"


@pytest.fixture(name="log", scope="module")
def _log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose tenant has a log and no model, to be copied."""
    folder = tmp_path_factory.mktemp("log") / "store"
    shop(folder)
    return folder


@pytest.fixture(name="undisturbed", scope="module")
def _undisturbed(log: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, float]:
    """The artifact of a training that nobody kills, and how long it takes with its process."""
    space = copied(log, tmp_path_factory.mktemp("whole") / "store")
    began = time.monotonic()
    assert train(space)
    took_s = time.monotonic() - began
    return whole(space), took_s


def copied(log: Path, folder: Path) -> TenantSpace:
    shutil.copytree(log, folder)
    return space_in(folder)


def space_in(folder: Path) -> TenantSpace:
    return open_store(StoreSettings(url=f"file://{folder}", secret_key="secret")).tenant(TENANT)


def train(space: TenantSpace, kill_when: Callable[[], bool] = bool, *more: str) -> bool:
    """Train by command line, and kill it as soon as that is wished; whether it came to its end."""
    folder = Path(space.runs._scope._objects._root)
    environment = {
        "RECOMMENDER_STORE_URL": f"file://{folder}",
        "RECOMMENDER_SECRET_KEY": "secret",
        "PYTHONPATH": str(ROOT),
        "TMPDIR": str(folder.parent),
    }
    command = [sys.executable, "-m", "recommender_cli", "train", "--tenant", TENANT]
    with subprocess.Popen(
        [*command, "--threads", "1", *more],
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        while child.poll() is None:
            if kill_when():
                child.send_signal(signal.SIGKILL)
                break
            # What servers see meanwhile is whole: each manifest's files are all there.
            visible(space)
            time.sleep(0.005)
        assert child.stderr is not None
        said = child.stderr.read()
    assert child.returncode in (0, -signal.SIGKILL), said
    return child.returncode == 0


def visible(space: TenantSpace) -> None:
    for manifest in space.models.versions():
        for file in manifest.every_file():
            path = space.models._artifacts.local_path(f"{file.version}/{file.path}")
            assert path is not None
            assert path.stat().st_size == file.size_bytes


def whole(space: TenantSpace) -> str:
    """The live artifact's digest; one run made it, and nothing else was published."""
    version = space.models.current().version
    assert version is not None
    manifest = space.models.manifest(version)
    assert [one.version for one in space.models.versions()] == [version]
    assert space.models.current().number == 1
    (run,) = (run for run in space.runs.all() if run.steps)
    assert (run.status, run.version, [step.name for step in run.steps]) == (
        "promoted",
        version,
        list(STEPS),
    )
    assert run.artifact_sha256 == content_sha256(manifest)
    return run.artifact_sha256


def only_run(space: TenantSpace) -> Run | None:
    """The one that got as far as to finish a step."""
    return next((run for run in space.runs.all() if run.steps), None)


def finished(space: TenantSpace) -> list[str]:
    run = only_run(space)
    return [step.name for step in run.steps] if run else []


def has_ended(space: TenantSpace) -> bool:
    run = only_run(space)
    return run is not None and run.status == "promoted"


@pytest.mark.parametrize("last", ["fit:for_you", pytest.param("gate", marks=pytest.mark.slow)])
def test_killed_after_a_step_the_next_training_goes_on_behind_it(
    log: Path, undisturbed: tuple[str, float], tmp_path: Path, last: str
) -> None:
    space = copied(log, tmp_path / "store")

    assert not train(space, lambda: last in finished(space))
    killed = only_run(space)
    assert train(space)

    done = only_run(space)
    assert killed is not None
    assert done is not None
    assert whole(space) == undisturbed[0]
    assert done.steps[: len(killed.steps)] == killed.steps
    assert len(done.resumed) == 1


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_killed_at_any_moment_and_again_it_ends_with_the_same_artifact(
    log: Path, undisturbed: tuple[str, float], tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    space = copied(log, tmp_path / "store")

    for _ in range(2):
        kill_at = time.monotonic() + chance.uniform(0.3, 1.0) * undisturbed[1]
        if not has_ended(space):
            train(space, lambda at=kill_at: time.monotonic() > at)
    assert has_ended(space) or train(space)

    assert whole(space) == undisturbed[0]


@pytest.mark.parametrize("seen", [pytest.param("published", marks=pytest.mark.slow), "promoted"])
def test_killed_while_it_publishes_it_finishes_what_it_had_begun(
    log: Path, undisturbed: tuple[str, float], tmp_path: Path, seen: str
) -> None:
    space = copied(log, tmp_path / "store")
    moments: dict[str, Callable[[], bool]] = {
        "published": lambda: any(space.models.versions()),
        "promoted": lambda: space.models.current().version is not None,
    }

    train(space, moments[seen])
    assert has_ended(space) or train(space)

    assert whole(space) == undisturbed[0]
