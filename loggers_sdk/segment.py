"""
One file of the spool: checksummed lines that are only ever appended, and how far they were sent.

The file opens with a header of fixed width that holds the offset up to which everything was sent
and answered; then comes one line an event, ``<crc32> <json>``. Whoever may send from a file holds
its ``flock``, which the kernel lets go when the process dies, however it dies. Written bytes
outlive the process, not the machine: nothing here waits for the disk.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

SUFFIX = ".spool"
_MAGIC = b"recommender-spool 1 "
_CURSOR_DIGITS = 20
_CHUNK_BYTES = 1024 * 1024  # holds any valid event: 500 items of 256 characters and some more
FRAME_OVERHEAD_BYTES = 10  # eight digits of checksum, a space, a line end
_HEADER_BYTES = len(_MAGIC) + _CURSOR_DIGITS + 1


class Segment:
    """
    An open, locked spool file; ``create`` or ``adopt`` makes one.

    It counts the events appended by this process, and is told how many of them are settled.
    """

    def __init__(self, path: Path, fd: int, append_fd: int = -1) -> None:
        self.path = path
        self.is_own = append_fd >= 0
        # One thread appends at a time and one settles: two counts, so that neither needs a lock.
        self._appended = 0
        self.settled = 0
        self.size_bytes = os.fstat(fd).st_size
        self._fd = fd
        self._append_fd = append_fd
        self._is_torn = False
        self._sent_to = _HEADER_BYTES if self.is_own else _read_cursor(fd)
        self._read_to = self._sent_to

    @classmethod
    def create(cls, path: Path) -> Segment:
        """Make a new file for this process; raises OSError."""
        unnamed = path.with_suffix(".new")  # nobody adopts a file that is not locked yet
        fd = os.open(unnamed, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            _lock(fd)
            os.write(fd, b"%s%0*d\n" % (_MAGIC, _CURSOR_DIGITS, _HEADER_BYTES))
            unnamed.rename(path)
            return cls(path, fd, os.open(path, os.O_WRONLY | os.O_APPEND))
        except OSError:
            os.close(fd)
            raise

    @classmethod
    def adopt(cls, path: Path) -> Segment | None:
        """Take over a file whose process is dead, or None if it lives, or the file is not ours."""
        try:
            fd = os.open(path, os.O_RDWR)
        except OSError:
            return None
        try:
            _lock(fd)
            head = os.pread(fd, len(_MAGIC), 0)
            # A newer version's file is left to that version; one cut off in its header is empty.
            if os.fstat(fd).st_nlink > 0 and _MAGIC.startswith(head):
                return cls(path, fd)
        except OSError:
            pass  # a live process holds the lock
        os.close(fd)
        return None

    @property
    def is_open(self) -> bool:
        """Whether more may be appended."""
        return self._append_fd >= 0

    @property
    def is_spent(self) -> bool:
        """Whether everything in the file is settled."""
        return self._sent_to >= self.size_bytes

    @property
    def unsettled(self) -> int:
        return self._appended - self.settled

    @property
    def has_unread(self) -> bool:
        return self._read_to < self.size_bytes

    def append(self, lines: Sequence[bytes]) -> None:
        """Append lines with one write; raises OSError, and then none of them counts."""
        frames = b"".join([b"%08x %s\n" % (crc32(line), line) for line in lines])
        if self._is_torn:
            frames = b"\n" + frames
        written = os.write(self._append_fd, frames)
        self._is_torn = written < len(frames)
        if not self._is_torn:
            self._appended += len(lines)
        self.size_bytes += written  # last: from here on the lines are read
        if self._is_torn:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def read(self, limit_events: int, limit_bytes: int) -> tuple[list[bytes], int]:
        """
        Read on from where the last read ended: whole events, and how many damaged pieces between.

        Stops at a line that is not finished, unless nobody is left to finish it.
        """
        unread_bytes = self.size_bytes - self._read_to
        chunk = os.pread(self._fd, min(_CHUNK_BYTES, unread_bytes), self._read_to)
        end = chunk.rfind(b"\n") + 1
        if end == 0:
            return [], self._skip_unfinished(chunk)
        lines: list[bytes] = []
        damaged = 0
        for frame in chunk[:end].splitlines(keepends=True):
            limit_bytes -= len(frame)
            if len(lines) == limit_events or (lines and limit_bytes < 0):
                break
            self._read_to += len(frame)
            line = _unframe(frame)
            if line is not None:
                lines.append(line)
            elif frame != b"\n":
                damaged += 1
        return lines, damaged

    def _skip_unfinished(self, chunk: bytes) -> int:
        if not chunk:  # the file was cut short from outside
            self.size_bytes = self._read_to
            return 0
        if self.is_open and not self._is_torn and len(chunk) < _CHUNK_BYTES:
            return 0
        self._read_to += len(chunk)
        return 1

    def acknowledge(self) -> None:
        """What was read is settled: note it in the file, so that no successor sends it again."""
        self._sent_to = self._read_to
        os.pwrite(self._fd, b"%0*d" % (_CURSOR_DIGITS, self._sent_to), len(_MAGIC))

    def rewind(self) -> None:
        """Read again from what was settled last."""
        self._read_to = self._sent_to

    def seal(self) -> None:
        """Append no more."""
        fd, self._append_fd = self._append_fd, -1
        if fd >= 0:
            os.close(fd)

    def release(self) -> None:
        """Let go of the file and leave it to whoever adopts it."""
        self.seal()
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def remove(self) -> None:
        """Delete the file; what it still holds is gone."""
        try:
            self.path.unlink(missing_ok=True)
        finally:
            self.release()


def _lock(fd: int) -> None:
    import fcntl  # only systems that have it can have a spool

    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _read_cursor(fd: int) -> int:
    """A cursor that cannot be right counts as none: sending twice is mended, losing is not."""
    digits = os.pread(fd, _CURSOR_DIGITS, len(_MAGIC))
    cursor = int(digits) if digits.isdigit() else 0
    if cursor <= _HEADER_BYTES or os.pread(fd, 1, cursor - 1) != b"\n":
        return _HEADER_BYTES
    return cursor


def _unframe(frame: bytes) -> bytes | None:
    line = frame[9:-1]
    return line if frame[:9] == b"%08x " % crc32(line) else None
