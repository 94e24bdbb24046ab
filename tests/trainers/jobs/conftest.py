"""A tenant to train."""

import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.programs import forked
from tests.trainers.jobs.shop import Shop, shop
from trainers.evaluation import fresh_answers

LITTLE_S = 1.0
"""With less time than this, a test wants to see it run out."""


@pytest.fixture
def trainee(tmp_path) -> Shop:
    return shop(tmp_path / "store")


@pytest.fixture(autouse=True)
def _asked_in_a_fork(monkeypatch) -> None:
    """
    The process that asks a staged bundle need not import for each training of a test; that it can
    is tested beside `fresh_answers`, and by whole trainings of the command line.
    """
    programs = SimpleNamespace(run=_run, TimeoutExpired=subprocess.TimeoutExpired)
    monkeypatch.setattr(fresh_answers, "subprocess", programs)


def _run(command, *, env, timeout, check, **more) -> subprocess.CompletedProcess[bytes]:
    if timeout < LITTLE_S:
        return subprocess.run(command, check=check, env=env, timeout=timeout, **more)
    _, _, module, *arguments = command
    done = forked(module, arguments, Path.cwd(), env)
    return subprocess.CompletedProcess(
        command, done.returncode, done.stdout.encode(), done.stderr.encode()
    )
