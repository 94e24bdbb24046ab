"""
A log's bytes, decompressed and in UTF-8, whatever it was compressed and encoded with.

Compression is told by the first bytes, never by the name. What breaks off too early, or was
damaged, raises ``EOFError`` on reading. Memory stays bounded however well the bytes were packed.
"""

import bz2
import codecs
import io
import lzma
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Protocol

import zstandard
from typing_extensions import Buffer, override

from recommender_api.foreign_logs.errors import (
    EncodingWrong,
    LogMissing,
    LogTruncated,
    LogUnreadable,
)

CHUNK_BYTES = 1 << 20
BROKEN_COMPRESSION = (EOFError,)
_PACKED_CHUNK_BYTES = 1 << 10
"""What is unpacked at once: a few bytes can stand for a hundred thousand."""
_UTF_8_NAMES = {"utf-8", "utf-8-sig", "ascii"}
_UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_MAGIC_BYTES = 262


class _Decompressor(Protocol):
    """One stream, frame or member; several may follow each other in a file."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


_COMPRESSIONS: dict[bytes, Callable[[], _Decompressor]] = {
    b"\x1f\x8b": lambda: zlib.decompressobj(wbits=31),
    b"\x28\xb5\x2f\xfd": lambda: zstandard.ZstdDecompressor().decompressobj(),
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ\0": lzma.LZMADecompressor,
}
_ARCHIVES = {
    b"PK\x03\x04": "a zip archive or a workbook; unzip it, or save it as CSV",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive; unpack it, and name the file that was in it",
    b"Rar!": "a rar archive; unpack it, and name the file that was in it",
    b"\xd0\xcf\x11\xe0": "a workbook; save it as CSV",
}
_TAR = "a tar archive; unpack it, and name the file that was in it"


def open_bytes(path: Path, watch: Callable[[int], None] | None = None) -> BinaryIO:
    """
    Open a file and decompress it on the way; ``watch`` is told how many bytes of it were read.

    Raises:
        LogMissing: there is no such file.
        LogUnreadable: it is a folder or an archive (which a workbook is, too).
    """
    check_is_file(path)
    with path.open("rb") as file:
        magic = file.read(_MAGIC_BYTES)
    for start, what in _ARCHIVES.items():
        if magic.startswith(start):
            raise LogUnreadable(path, f"is {what}")
    raw = _Watched(path, watch)
    make = _compression(magic)
    return io.BufferedReader(raw if make is None else _Decompressed(raw, make), CHUNK_BYTES)


def check_is_file(path: Path) -> None:
    """
    See that there is a file.

    Raises:
        LogMissing: there is nothing.
        LogUnreadable: it is a folder.
    """
    if path.is_dir():
        raise LogUnreadable(path, f"is a folder; name the files in it, as in {path.name}/*.csv")
    if not path.is_file():
        raise LogMissing(path)


def first_bytes(path: Path, count: int) -> bytes:
    """
    Read how a file starts, decompressed.

    Raises:
        LogTruncated: it breaks off before.
        LogUnreadable: it is an archive.
    """
    try:
        with open_bytes(path) as stream:
            start = stream.read1(max(count, _MAGIC_BYTES))  # type: ignore[attr-defined]  # a BufferedReader has it
    except BROKEN_COMPRESSION as error:
        raise LogTruncated(path, 0) from error
    if start[257:262] == b"ustar":
        raise LogUnreadable(path, f"is {_TAR}")
    return bytes(start[:count])


def open_utf_8(path: Path, encoding: str, watch: Callable[[int], None] | None = None) -> BinaryIO:
    """
    Open a file as UTF-8 bytes; bytes that are not in ``encoding`` stay visible as invalid UTF-8.

    Raises:
        EncodingWrong: the file starts with a mark of UTF-16 and the mapping says otherwise.
    """
    is_utf_8 = codecs.lookup(encoding).name in _UTF_8_NAMES
    if is_utf_8 and first_bytes(path, 2) in _UTF_16_MARKS:
        raise EncodingWrong(path, encoding, "utf-16")
    stream = open_bytes(path, watch)
    if is_utf_8:
        return stream
    text = io.TextIOWrapper(stream, encoding, errors="surrogateescape", newline="\n")
    return io.BufferedReader(_Transcoded(text), CHUNK_BYTES)


def is_compressed(path: Path) -> bool:
    check_is_file(path)
    with path.open("rb") as raw:
        return _compression(raw.read(_MAGIC_BYTES)) is not None


def is_utf_8_file(path: Path, encoding: str) -> bool:
    """Whether DuckDB may read the file itself: neither compressed nor in another encoding."""
    return not is_compressed(path) and codecs.lookup(encoding).name in _UTF_8_NAMES


def _compression(magic: bytes) -> Callable[[], _Decompressor] | None:
    return next((make for start, make in _COMPRESSIONS.items() if magic.startswith(start)), None)


class _Watched(io.FileIO):
    """A file that tells how many bytes were read of it."""

    def __init__(self, path: Path, watch: Callable[[int], None] | None) -> None:
        super().__init__(path)
        self._watch = watch

    @override
    def readinto(self, buffer: Buffer) -> int:
        count = super().readinto(buffer) or 0
        if self._watch is not None:
            self._watch(count)
        return count


class _Transcoded(io.RawIOBase):
    """Text read as UTF-8 bytes; what could not be decoded comes out as it was."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._pending = b""

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Buffer) -> int:
        view = memoryview(buffer)
        if not self._pending:
            # A quarter: a character is at most four bytes, though most are one.
            characters = self._text.read(max(1, len(view) // 4))
            self._pending = characters.encode("utf-8", "surrogateescape")
        size = min(len(view), len(self._pending))
        view[:size] = self._pending[:size]
        self._pending = self._pending[size:]
        return size

    @override
    def close(self) -> None:
        self._text.close()
        super().close()


class _Decompressed(io.RawIOBase):
    """Streams one after the other, each of which must end."""

    def __init__(self, raw: io.RawIOBase, make: Callable[[], _Decompressor]) -> None:
        self._raw = io.BufferedReader(raw, CHUNK_BYTES)
        self._make = make
        self._stream: _Decompressor | None = None
        self._input = b""
        self._output = memoryview(b"")
        self._broken: EOFError | None = None

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Buffer) -> int:
        """Fill the buffer; what is broken is raised when all before it has been read."""
        view = memoryview(buffer)
        filled = 0
        while filled < len(view) and self._has_output():
            size = min(len(view) - filled, len(self._output))
            view[filled : filled + size] = self._output[:size]
            self._output = self._output[size:]
            filled += size
        if filled == 0 and self._broken is not None:
            raise self._broken
        return filled

    def _has_output(self) -> bool:
        while not self._output and self._broken is None and self._has_input():
            self._advance()
        return bool(self._output)

    def _has_input(self) -> bool:
        """Whether there is a piece to decompress; False at the end of the file."""
        while not self._input:
            self._input = self._raw.read(_PACKED_CHUNK_BYTES)
            if not self._input:
                if self._stream is not None:
                    self._broken = EOFError("the last compressed stream does not end")
                return False
            self._begin()
        return True

    def _begin(self) -> None:
        """Pass over the padding between streams, and behind the last."""
        if self._stream is None:
            self._input = self._input.lstrip(b"\0")

    def _advance(self) -> None:
        """Decompress one more piece of input."""
        stream = self._stream = self._stream or self._make()
        try:
            self._output = memoryview(stream.decompress(self._input))
        except (OSError, zlib.error, lzma.LZMAError, zstandard.ZstdError) as error:
            self._broken = EOFError(str(error))
            return
        self._input = stream.unused_data if stream.eof else b""
        if stream.eof:
            self._stream = None
            self._begin()

    @override
    def close(self) -> None:
        self._raw.close()
        super().close()
