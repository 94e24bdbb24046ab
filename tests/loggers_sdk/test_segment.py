import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loggers_sdk import segment as segment_module
from loggers_sdk.segment import Segment


def write(path: Path, lines: list[bytes]) -> None:
    segment = Segment.create(path)
    segment.append(lines)
    segment.release()


def adopt(path: Path) -> Segment:
    segment = Segment.adopt(path)
    assert segment is not None
    return segment


def drain(segment: Segment) -> tuple[list[bytes], int]:
    everything: list[bytes] = []
    total_damaged = 0
    while segment.has_unread:
        lines, damaged = segment.read(3, 10_000)
        everything += lines
        total_damaged += damaged
    return everything, total_damaged


def test_lines_are_read_by_the_next_process_as_they_were_appended(tmp_path: Path) -> None:
    path = tmp_path / "a.spool"
    write(path, [b'{"a":1}', b'{"b":2}', b'{"c":3}', b'{"d":4}'])

    segment = adopt(path)

    assert drain(segment) == ([b'{"a":1}', b'{"b":2}', b'{"c":3}', b'{"d":4}'], 0)
    segment.remove()
    assert not path.exists()


def test_what_was_acknowledged_is_not_read_again_and_the_rest_is(tmp_path: Path) -> None:
    path = tmp_path / "a.spool"
    write(path, [b"1", b"2", b"3", b"4"])
    first = adopt(path)
    first.read(2, 1000)
    first.acknowledge()
    first.read(1, 1000)
    first.release()

    second = adopt(path)

    assert drain(second) == ([b"3", b"4"], 0)
    second.release()


def test_a_rewound_batch_is_read_again(tmp_path: Path) -> None:
    segment = Segment.create(tmp_path / "a.spool")
    segment.append([b"1", b"2"])
    segment.read(1, 1000)

    segment.rewind()

    assert segment.read(5, 1000) == ([b"1", b"2"], 0)
    segment.remove()


def test_a_batch_keeps_to_its_bytes_but_holds_one_line_at_least(tmp_path: Path) -> None:
    segment = Segment.create(tmp_path / "a.spool")
    segment.append([b"x" * 50, b"y" * 50])

    assert segment.read(5, 30) == ([b"x" * 50], 0)
    assert segment.read(5, 30) == ([b"y" * 50], 0)
    segment.remove()


def test_a_living_process_s_file_is_not_adopted(tmp_path: Path) -> None:
    segment = Segment.create(tmp_path / "a.spool")

    assert Segment.adopt(segment.path) is None
    segment.release()
    adopt(tmp_path / "a.spool").remove()


def test_a_file_that_is_gone_or_of_a_newer_version_is_let_be(tmp_path: Path) -> None:
    newer = tmp_path / "newer.spool"
    newer.write_bytes(b"recommender-spool 2 00000000000000000041\n")

    assert Segment.adopt(newer) is None
    assert Segment.adopt(tmp_path / "gone.spool") is None


def test_a_file_cut_off_in_its_header_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.spool"
    path.write_bytes(b"recommender-sp")

    segment = adopt(path)

    assert segment.is_spent
    segment.release()


def test_a_torn_last_line_is_skipped_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.spool"
    write(path, [b"1", b"2"])
    os.truncate(path, path.stat().st_size - 3)

    segment = adopt(path)

    assert drain(segment) == ([b"1"], 1)
    segment.release()


def test_a_cursor_that_cannot_be_right_counts_as_none(tmp_path: Path) -> None:
    path = tmp_path / "a.spool"
    write(path, [b"1", b"2"])
    with path.open("r+b") as file:
        file.seek(20)
        file.write(b"00000000000000000045")

    segment = adopt(path)

    assert drain(segment) == ([b"1", b"2"], 0)
    segment.release()


def test_a_file_shortened_from_outside_ends_where_it_ends(tmp_path: Path) -> None:
    segment = Segment.create(tmp_path / "a.spool")
    segment.append([b"1", b"2"])
    os.truncate(segment.path, 41)

    assert drain(segment) == ([], 0)
    segment.remove()


def test_an_unfinished_line_of_one_s_own_is_waited_for(tmp_path: Path) -> None:
    segment = Segment.create(tmp_path / "a.spool")
    segment.append([b"1"])
    os.truncate(segment.path, segment.size_bytes - 1)

    assert segment.read(5, 1000) == ([], 0)
    assert segment.has_unread
    segment.remove()


def test_after_a_write_cut_short_the_next_line_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment = Segment.create(tmp_path / "a.spool")
    write_all = os.write
    with monkeypatch.context() as full_disk:
        full_disk.setattr(os, "write", lambda fd, data: write_all(fd, data[:5]))
        with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
            segment.append([b"lost"])

    segment.append([b"kept"])

    assert drain(segment) == ([b"kept"], 1)
    assert segment.unsettled == 1
    segment.remove()


def test_a_new_file_has_its_name_only_once_it_is_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen_while_locking: list[Path] = []
    lock = segment_module._lock

    def watch(fd: int) -> None:
        seen_while_locking.extend(tmp_path.glob("*.spool"))
        lock(fd)

    monkeypatch.setattr(segment_module, "_lock", watch)
    segment = Segment.create(tmp_path / "a.spool")

    assert seen_while_locking == []
    assert list(tmp_path.iterdir()) == [segment.path]
    segment.remove()


def test_a_name_that_is_taken_is_an_error_and_leaves_no_descriptor_open(tmp_path: Path) -> None:
    (tmp_path / "a.spool").mkdir()
    before = len(list(Path("/dev/fd").iterdir()))

    with pytest.raises(OSError, match=r"a\.spool"):
        Segment.create(tmp_path / "a.spool")
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_letting_go_twice_is_letting_go_once(tmp_path: Path) -> None:
    segment = Segment.create(tmp_path / "a.spool")
    segment.release()
    segment.release()

    adopt(segment.path).remove()


@given(
    lines=st.lists(st.binary(max_size=30).map(lambda b: b.hex().encode()), min_size=1, max_size=20),
    place=st.floats(0, 1, exclude_max=True),
    flip=st.integers(1, 255),
)
def test_a_flipped_byte_costs_the_lines_it_touched_and_never_gives_a_wrong_one(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], place: float, flip: int
) -> None:
    path = tmp_path_factory.mktemp("spool") / "a.spool"
    write(path, lines)
    content = bytearray(path.read_bytes())
    position = 41 + int(place * (len(content) - 41))
    content[position] ^= flip
    path.write_bytes(content)

    segment = adopt(path)
    read, damaged = drain(segment)
    segment.release()

    assert len(lines) - 2 <= len(read) < len(lines)
    assert 1 <= damaged <= 3
    remaining = iter(lines)
    assert all(line in remaining for line in read)


def test_a_torn_piece_at_the_end_does_not_keep_anybody_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment = Segment.create(tmp_path / "a.spool")
    write_all = os.write
    with monkeypatch.context() as full_disk:
        full_disk.setattr(os, "write", lambda fd, data: write_all(fd, data[:5]))
        with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
            segment.append([b"lost"])

    first = drain(segment)
    segment.append([b"kept"])

    assert first == ([], 1)
    assert drain(segment) == ([b"kept"], 0)
    segment.remove()
