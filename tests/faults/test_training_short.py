"""A machine that lacks something ends a training with a sentence, and the next one goes on."""

import errno
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest

from recommender_store.errors import StoreUnavailable
from recommender_store.event_log.errors import LogMoved
from recommender_store.event_log.log import EventLog
from tests.trainers.jobs.shop import Shop, shop
from trainers.errors import MemoryExhausted, WorkspaceFull, WorkspaceReadOnly
from trainers.jobs import preparing
from trainers.jobs.options import Silence


class At(Silence):
    """Does something when a step begins."""

    def __init__(self, step, act):
        self.at, self.act = step, act

    def step(self, name):
        if name == self.at:
            self.act()


@pytest.fixture(name="trainee")
def _trainee(tmp_path) -> Shop:
    return shop(tmp_path / "store")


@pytest.fixture(name="place")
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A small disk of our own, to work on."""
    folder = tmp_path / "place"
    folder.mkdir()
    try:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(folder)],
            check=True,
            capture_output=True,
        )
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"a disk that can be filled takes the right to mount one: {error}")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def failed(trainee: Shop) -> tuple[str, str | None, str | None]:
    (run,) = trainee.space.runs.all()
    return run.status, run.code, run.steps[-1].name if run.steps else None


def test_a_full_disk_is_told_and_when_there_is_room_the_training_goes_on(trainee, place):
    ballast = place / "ballast"

    def fill():
        with ballast.open("wb", buffering=0) as file, suppress(OSError):
            while file.write(b"x" * 4096):
                pass

    with pytest.raises(WorkspaceFull, match="there is no room left below"):
        trainee.train(report=At("fit:for_you", fill))

    assert failed(trainee) == ("failed", "workspace_full", "fit:similar")
    ballast.unlink()
    assert trainee.train().status == "promoted"
    assert failed(trainee)[0] == "promoted"


def test_a_disk_that_becomes_read_only_is_told_and_the_training_goes_on_elsewhere(trainee, place):
    def remount(how):
        subprocess.run(["mount", "-o", f"remount,{how}", str(place)], check=True)

    with pytest.raises(WorkspaceReadOnly, match="let TMPDIR name a folder that can"):
        trainee.train(report=At("fit:for_you", lambda: remount("ro")))

    assert failed(trainee) == ("failed", "workspace_read_only", "fit:similar")
    remount("rw")
    assert trainee.train().status == "promoted"
    assert not list(place.iterdir())


def test_a_store_that_becomes_read_only_while_publishing_is_told_and_the_next_training_is_whole(
    tmp_path, place
):
    """The folder that a training works in lies elsewhere."""
    tempfile.tempdir = str(tmp_path)
    trainee = shop(place / "store")

    def remount(how):
        subprocess.run(["mount", "-o", f"remount,{how}", str(place)], check=True)

    with pytest.raises(StoreUnavailable, match="Read-only file system") as told:
        trainee.train(report=At("publish", lambda: remount("ro")))

    assert told.value.code == "store_unavailable"
    assert trainee.version() is None
    assert list(trainee.space.models.versions()) == []
    remount("rw")
    assert trainee.train().status == "promoted"
    assert trainee.bundle().for_you is not None


@pytest.mark.parametrize(
    "error",
    [
        MemoryError("Unable to allocate 745. GiB for an array"),
        duckdb.OutOfMemoryException("Out of Memory Error: failed to allocate\nmore"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        RuntimeError("std::bad_alloc"),
        RuntimeError("can't start new thread"),
    ],
)
def test_no_memory_left_is_told_and_the_next_training_goes_on(trainee, error):
    def take_all():
        raise error

    with pytest.raises(MemoryExhausted) as told:
        trainee.train(report=At("fit:for_you", take_all))

    assert str(error).partition("\n")[0] in str(told.value)
    assert failed(trainee) == ("failed", "memory_exhausted", "fit:similar")
    assert trainee.train().status == "promoted"


class Moving:
    """A log from which an erasure takes files while it is read, so often."""

    def __init__(self, log: EventLog, times: int) -> None:
        self._log, self.times = log, times

    def state(self):
        self.times -= 1
        if self.times >= 0:
            raise LogMoved
        return self._log.state()

    def __getattr__(self, name):
        return getattr(self._log, name)


@pytest.mark.parametrize(("times", "status"), [(3, "promoted"), (4, "failed")])
def test_a_log_that_is_rewritten_while_it_is_read_is_read_again(
    trainee, monkeypatch, times, status
):
    monkeypatch.setattr(preparing, "_PAUSES_S", (0, 0, 0))
    monkeypatch.setattr(trainee.space, "events", Moving(trainee.space.events, times))

    if status == "failed":
        with pytest.raises(LogMoved):
            trainee.train()
    else:
        trainee.train()

    assert failed(trainee)[:2] == (status, "log_moved" if status == "failed" else None)
