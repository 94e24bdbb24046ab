"""What all tests run on: memory to write in, bytecode to start from, a number of examples."""

import gc
import os
import shutil
import sys
from collections.abc import Generator

import pytest
import structlog
from hypothesis import HealthCheck, settings

from tests.scratch import taken

SCRATCH = taken()
IS_WELL = pytest.StashKey[bool]()

# A hundred child processes would each compile what this one did.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# A traceback with every local value in colours takes seconds, and nobody looks at it.
structlog.dev.ConsoleRenderer.get_active().exception_formatter = structlog.dev.plain_traceback

# How long an example takes is the machine's affair. `make test-all` asks for "many".
settings.register_profile("many", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("few", settings.get_profile("many"), max_examples=25)
settings.load_profile("few")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is imported stays: no collection of garbage need look for any in it, now or later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config.stash[IS_WELL] = exitstatus == 0


def pytest_unconfigure(config: pytest.Config) -> None:
    """At the end all garbage is collected: libraries tell of what is not."""
    gc.unfreeze()
    if SCRATCH and config.stash.get(IS_WELL, False):
        shutil.rmtree(SCRATCH, ignore_errors=True)
