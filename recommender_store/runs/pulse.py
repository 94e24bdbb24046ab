"""
By what others see that a run is worked at: while it is, a beat every ten seconds.

A hint, no lock. Who goes on with a run that only seemed dead takes it over in its record, and the
other is told to stop at its next step.
"""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import structlog

from recommender_store.errors import StoreError

from .files import RunFiles

BEAT_S = 10.0

WATCHED_S = 25.0
"""So long a run on another machine is watched for a beat: two, and some time to spare."""

_log = structlog.get_logger()


class Beat(msgspec.Struct, frozen=True):
    """Who works at a run, and how often it has said so."""

    origin: str
    pid: int
    began: str
    """When the process began, so that its number may be given to another."""
    count: int = 0


@contextmanager
def beating(files: RunFiles, every_s: float = BEAT_S) -> Iterator[None]:
    """Beat for the length of the block; a store that is out of reach for a while ends nothing."""
    ended = threading.Event()
    beat = Beat(origin(), os.getpid(), began(os.getpid()) or "")
    _say(files, beat)

    def go_on() -> None:
        count = 0
        while not ended.wait(every_s):
            count += 1
            _say(files, msgspec.structs.replace(beat, count=count))

    thread = threading.Thread(target=go_on, name="pulse", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        with _logged():
            files.stop_beating()


def _say(files: RunFiles, beat: Beat) -> None:
    with _logged():
        files.beat(msgspec.json.encode(beat))


@contextmanager
def _logged() -> Iterator[None]:
    try:
        yield
    except StoreError as error:
        _log.warning("pulse_failed", detail=str(error))


def is_alive(files: RunFiles, watched_s: float = WATCHED_S) -> bool:
    """Whether some process works at the run; of one on another machine it takes a while to tell."""
    first = files.pulse()
    if first is None:
        return False
    try:
        beat = msgspec.json.decode(first, type=Beat)
    except msgspec.DecodeError:
        return False
    if beat.origin == origin():
        return began(beat.pid) == beat.began
    until = time.monotonic() + watched_s
    while time.monotonic() < until:
        time.sleep(min(1.0, watched_s))
        if files.pulse() != first:
            return True
    return False


def origin() -> str:
    """This machine, or the container on it: where process numbers mean something."""
    try:
        namespace = os.stat("/proc/self/ns/pid").st_ino  # noqa: PTH116 - no path of ours
    except OSError:
        namespace = 0
    return f"{socket.gethostname()}/{namespace}"


def began(pid: int) -> str | None:
    """When a process began, in the kernel's own words; None where there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):  # the other: it went while it was read
        return "" if _exists(pid) else None
    state, *fields = text.rpartition(")")[2].split()
    return None if state == "Z" else fields[18]


def _exists(pid: int) -> bool:
    """Where there is no /proc."""
    if Path("/proc/self").exists():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
