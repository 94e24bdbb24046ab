"""
Run a tenant's program as a real process that finds its logger in the environment.

``LOGGERS_SDK_TEST_PYTHON`` names another interpreter, since tenants' versions are older than ours.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PYTHON = os.environ.get("LOGGERS_SDK_TEST_PYTHON", sys.executable)


def environment(url: str = "http://127.0.0.1:1", spool_dir: Path | None = None) -> dict[str, str]:
    variables = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "RECOMMENDER_ENDPOINT": url,
        "RECOMMENDER_TENANT": "shop",
        "RECOMMENDER_API_KEY": "rk_shop_1_secret",
    }
    if spool_dir is not None:
        variables["RECOMMENDER_SPOOL_DIR"] = str(spool_dir)
    return variables


def run(script: str, *arguments: str, env: dict[str, str]) -> str:
    """Run a program to its end and return what it printed; one that fails, fails the test."""
    return _run(["-c", script, *arguments], env)


def run_file(path: Path, *arguments: str, env: dict[str, str]) -> str:
    """The same for a program in a file, as spawned children need it."""
    return _run([str(path), *arguments], env)


def _run(arguments: list[str], env: dict[str, str]) -> str:
    command = [PYTHON, "-W", "error", *arguments]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def items(count: int, prefix: str = "item") -> list[str]:
    return [f"{prefix}-{number}" for number in range(count)]
