"""The disk is full for a while: nothing that was acknowledged is lost, and it recovers alone."""

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.crowd import Crowd, kept
from tests.faults.server_process import ServerProcess
from tests.recommender_api.served import AUTHOR, store_in, until

DISK_MIB = 16


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of our own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"a disk that can be filled takes the right to mount one: {error}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path) -> Path:
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096):
                pass
        except OSError:
            return ballast
    raise AssertionError("the disk has no end")


def until_more(count: Callable[[], int], by: int = 20) -> None:
    before = count()
    until(lambda: count() > before + by)


def test_while_the_disk_is_full_senders_are_told_to_come_again_and_nothing_is_lost(disk, tmp_path):
    store = store_in(disk, create=True)
    space = store.create_tenant("shop", "Shop", author=AUTHOR)
    key = space.keys.create("x", ["ingest"], author=AUTHOR).secret
    server = ServerProcess(disk)
    server.start()
    crowd = Crowd(server.url, key, tmp_path / "spool")
    try:
        for _ in range(2):
            until_more(lambda: len(crowd.acknowledged))
            ballast = fill(disk)
            until_more(crowd.refused.total)
            time.sleep(0.5)
            ballast.unlink()
        until_more(lambda: len(crowd.acknowledged))
        crowd.end()
    finally:
        server.end()

    found = kept(store)
    assert set(crowd.refused) == {(503, "store_full", True)}
    assert set(found.values()) == {1}
    assert {*crowd.acknowledged, *crowd.offered} <= set(found)
