import os
from pathlib import Path

import pytest

from loggers_sdk.complaints import Complaints
from loggers_sdk.ledger import Ledger, Tally
from loggers_sdk.spool import ADOPT_EVERY_S, Spool

LIMIT_BYTES = 8 * 1024


class Disk:
    """A folder that several processes, played by spools, share."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.opened: list[Spool] = []

    def spool(self, limit_bytes: int = LIMIT_BYTES, **settings) -> tuple[Spool, Ledger]:
        ledger = Ledger()
        spool = Spool(self.folder, limit_bytes, ledger, Complaints(), **settings)
        self.opened.append(spool)
        return spool, ledger

    def files(self) -> list[Path]:
        return sorted(self.folder.glob("*.spool"))

    def size_bytes(self) -> int:
        return sum(path.stat().st_size for path in self.files())


@pytest.fixture
def disk(tmp_path: Path):
    disk = Disk(tmp_path / "tenant-shop")
    yield disk
    for spool in disk.opened:
        spool.forget()


def deliver_all(spool: Spool) -> list[bytes]:
    delivered: list[bytes] = []
    while lines := spool.take(100, 100_000):
        delivered += lines
        spool.settle(lines, Tally(delivered=len(lines)))
    return delivered


def test_events_are_counted_as_spooled_until_they_are_delivered(disk: Disk) -> None:
    spool, ledger = disk.spool()
    for line in (b"1", b"2", b"3"):
        assert spool.offer(line)
    before = ledger.snapshot(0)

    delivered = deliver_all(spool)

    assert delivered == [b"1", b"2", b"3"]
    assert (before.spooled, before.offered) == (3, 3)
    assert (ledger.spooled, ledger.delivered) == (0, 3)
    assert spool.is_settled


def test_a_batch_given_back_is_taken_again_and_settles_once(disk: Disk) -> None:
    spool, ledger = disk.spool()
    spool.offer(b"1")
    lines = spool.take(10, 1000)

    spool.give_back(lines)
    spool.settle(lines, Tally(delivered=1))
    spool.give_back(lines)
    again = spool.take(10, 1000)
    spool.settle(again, Tally(rejected=1))

    assert again == lines
    assert (ledger.delivered, ledger.rejected, ledger.spooled) == (0, 1, 0)


def test_a_delivered_file_is_deleted(disk: Disk) -> None:
    spool, _ = disk.spool()
    spool.offer(b"1")
    assert len(disk.files()) == 1
    deliver_all(spool)

    spool.tidy(0.0)

    assert disk.files() == []


def test_a_dead_process_s_events_are_adopted_and_counted_as_such(disk: Disk) -> None:
    dead, _ = disk.spool()
    dead.write([b"1", b"2"])
    dead.forget()
    spool, ledger = disk.spool()
    spool.tidy(0.0)

    assert not spool.is_settled
    assert deliver_all(spool) == [b"1", b"2"]
    stats = ledger.snapshot(0)
    assert (stats.adopted, stats.offered) == (2, 0)
    spool.tidy(1.0)
    assert disk.files() == []


def test_a_living_process_keeps_its_events_and_a_later_death_is_noticed(disk: Disk) -> None:
    other, _ = disk.spool()
    other.write([b"1"])
    spool, _ = disk.spool()
    spool.tidy(0.0)
    assert deliver_all(spool) == []
    other.forget()

    spool.tidy(ADOPT_EVERY_S / 2)
    too_early = deliver_all(spool)
    spool.tidy(ADOPT_EVERY_S)

    assert (too_early, deliver_all(spool)) == ([], [b"1"])


def test_more_dead_files_than_can_be_held_are_all_delivered(disk: Disk) -> None:
    for number in range(20):
        dead, _ = disk.spool(limit_bytes=1024 * 1024)
        dead.write([b"%d" % number])
        dead.forget()
    spool, ledger = disk.spool(limit_bytes=1024 * 1024)
    delivered: list[bytes] = []
    spool.tidy(0.0)

    while not spool.is_settled:
        delivered += deliver_all(spool)
        spool.tidy(0.0)

    assert sorted(delivered, key=int) == [b"%d" % number for number in range(20)]
    assert ledger.adopted == 20
    assert disk.files() == []


def test_damage_in_a_dead_process_s_file_is_counted_and_the_rest_delivered(disk: Disk) -> None:
    dead, _ = disk.spool()
    dead.write([b"first", b"second", b"third"])
    dead.forget()
    (path,) = disk.files()
    path.write_bytes(path.read_bytes().replace(b"second", b"sEcond")[:-2])
    spool, ledger = disk.spool()
    spool.tidy(0.0)

    assert deliver_all(spool) == [b"first"]
    assert (ledger.adopted, ledger.damaged) == (1, 2)
    spool.tidy(1.0)
    assert disk.files() == []


def test_a_dead_process_s_file_without_a_whole_line_is_deleted(disk: Disk) -> None:
    dead, _ = disk.spool()
    dead.write([b"only"])
    dead.forget()
    (path,) = disk.files()
    os.truncate(path, path.stat().st_size - 1)
    spool, ledger = disk.spool()
    spool.tidy(0.0)

    assert deliver_all(spool) == []
    assert ledger.damaged == 1
    assert spool.is_settled
    spool.tidy(1.0)
    assert disk.files() == []


def test_a_line_that_is_being_written_is_waited_for(disk: Disk) -> None:
    spool, _ = disk.spool()
    spool.offer(b"1")
    (path,) = disk.files()
    os.truncate(path, path.stat().st_size - 1)

    assert spool.take(10, 1000) == []
    assert spool.has_unread


def test_damage_in_a_file_of_one_s_own_counts_as_dropped(disk: Disk) -> None:
    spool, ledger = disk.spool()
    spool.offer(b"first")
    spool.offer(b"second")
    (path,) = disk.files()
    with path.open("r+b") as file:
        file.write(path.read_bytes().replace(b"second", b"sEcond"))

    assert deliver_all(spool) == [b"first"]
    spool.tidy(0.0)
    stats = ledger.snapshot(0)
    assert (stats.offered, stats.delivered, stats.dropped, stats.spooled) == (2, 1, 1, 0)


def test_a_full_spool_drops_its_oldest_file_and_counts_what_it_held(disk: Disk) -> None:
    spool, ledger = disk.spool()
    line = b"x" * 90
    offered = 0
    for _ in range(200):
        offered += spool.offer(line) or (spool.make_room() and spool.offer(line))
        spool.tidy(0.0)
        assert disk.size_bytes() <= LIMIT_BYTES

    stats = ledger.snapshot(0)
    assert stats.offered == offered == 200
    assert stats.dropped > 0
    assert len(deliver_all(spool)) == stats.spooled == 200 - stats.dropped


def test_a_spool_without_room_says_so_and_takes_no_more(disk: Disk) -> None:
    spool, ledger = disk.spool(limit_bytes=1024)
    line = b"x" * 90

    taken = [spool.offer(line) for _ in range(20)]

    assert taken == [True] * 9 + [False] * 11
    assert spool.write([line]) == 0
    assert ledger.spooled == 9


def test_what_other_processes_hold_counts_against_the_bound(disk: Disk) -> None:
    other, _ = disk.spool()
    other.write([b"x" * 90] * 70)
    spool, _ = disk.spool()
    spool.tidy(0.0)

    taken = spool.write([b"x" * 90] * 70)

    assert 0 < taken * 100 <= LIMIT_BYTES // 4


def test_a_full_segment_makes_room_for_a_new_one(disk: Disk) -> None:
    spool, _ = disk.spool(keeps_open=True)
    spool.open()
    spool.write([b"x" * 600, b"y" * 600])

    spool.tidy(0.0)
    files = len(disk.files())
    spool.tidy(0.0)

    assert (files, len(disk.files())) == (2, 2)
    assert spool.has_backlog


def test_a_segment_full_in_the_background_is_sealed(disk: Disk) -> None:
    spool, _ = disk.spool()
    spool.write([b"x" * 600, b"y" * 600])
    assert not spool.has_backlog

    spool.tidy(0.0)

    assert spool.has_backlog
    assert len(disk.files()) == 1


def test_closing_leaves_what_is_not_delivered_to_the_next_process(disk: Disk) -> None:
    spool, _ = disk.spool()
    spool.write([b"1"])
    spool.close()
    next_spool, _ = disk.spool()

    next_spool.tidy(0.0)

    assert deliver_all(next_spool) == [b"1"]
    next_spool.close()
    assert disk.files() == []


def test_a_folder_that_cannot_be_made_is_said_and_nothing_is_raised(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    spool = Spool(tmp_path / "file" / "folder", LIMIT_BYTES, Ledger(), Complaints())

    assert spool.offer(b"1") is False
    assert spool.write([b"1"]) == 0
    spool.tidy(0.0)
    assert "spool_failed" in caplog.text


def test_a_disk_that_fails_to_read_or_write_is_said_and_nothing_is_raised(
    disk: Disk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    spool, ledger = disk.spool()
    spool.offer(b"1")

    def fail(*_arguments: object, **_options: object) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(os, "pread", fail)
        assert spool.take(10, 1000) == []
    lines = spool.take(10, 1000)
    with monkeypatch.context() as broken:
        broken.setattr(os, "pwrite", fail)
        spool.settle(lines, Tally(delivered=1))
    with monkeypatch.context() as broken:
        broken.setattr(Path, "unlink", fail)
        spool.tidy(0.0)

    assert ledger.delivered == 1
    assert "Input/output error" in caplog.text


def test_lines_left_by_a_write_cut_short_are_not_counted_twice(
    disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool, ledger = disk.spool()
    spool.offer(b"counted")
    write_all = os.write
    with monkeypatch.context() as full_disk:
        full_disk.setattr(os, "write", lambda fd, data: write_all(fd, data[:20]))
        assert spool.write([b"whole line", b"cut line"]) == 0

    assert deliver_all(spool)[0] == b"counted"
    stats = ledger.snapshot(0)
    assert (stats.offered, stats.delivered, stats.spooled) == (1, 1, 0)
