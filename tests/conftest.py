"""
What all tests run on: memory to write in, bytecode to start from, a number of examples.

Stores sync what they write, and a disk takes milliseconds for each. What a test shows of durability
it shows by the order of the calls or by killing a process, and both are the same in memory.
"""

import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

IN_MEMORY = Path("/dev/shm")
ROOM_BYTES = 4 << 30

has_room = IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free >= ROOM_BYTES
if has_room and "TMPDIR" not in os.environ:
    os.environ["TMPDIR"] = tempfile.tempdir = str(IN_MEMORY)

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


def pytest_unconfigure() -> None:
    """At the end all is collected: libraries tell of what is not."""
    gc.unfreeze()
