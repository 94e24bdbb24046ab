"""
A log's bytes, decompressed and in UTF-8, whatever it was compressed and encoded with.

Compression is told by the first bytes. What breaks off too early raises ``EOFError`` on reading,
for zstandard too, whose own reader takes the end of the file for the end of the data.
"""

import bz2
import codecs
import gzip
import io
import zlib
from pathlib import Path
from typing import BinaryIO, cast

import zstandard
from typing_extensions import Buffer, override

from recommender_api.foreign_logs.errors import (
    EncodingWrong,
    LogMissing,
    LogTruncated,
    LogUnreadable,
)

CHUNK_BYTES = 1 << 20
BROKEN_COMPRESSION = (EOFError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError)
_GZIP, _ZSTANDARD, _BZIP2, _ZIP = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"BZh", b"PK\x03\x04"
_UTF_8_NAMES = {"utf-8", "utf-8-sig", "ascii"}
_UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def open_bytes(path: Path) -> BinaryIO:
    """
    Open a file and decompress it on the way.

    Raises:
        LogMissing: there is no such file.
        LogUnreadable: it is a zip archive (or a workbook, which is one).
    """
    if not path.is_file():
        raise LogMissing(path)
    with path.open("rb") as raw:
        magic = raw.read(4)
    if magic.startswith(_GZIP):
        return cast("BinaryIO", gzip.open(path))
    if magic.startswith(_ZSTANDARD):
        return io.BufferedReader(_Zstandard(path.open("rb")), CHUNK_BYTES)
    if magic.startswith(_BZIP2):
        return cast("BinaryIO", bz2.open(path))
    if magic.startswith(_ZIP):
        raise LogUnreadable(path, "is a zip archive or a workbook; unzip it, or save it as CSV")
    return path.open("rb")


def first_bytes(path: Path, count: int) -> bytes:
    """
    Read how a file starts, decompressed.

    Raises:
        LogTruncated: it breaks off before.
    """
    try:
        with open_bytes(path) as stream:
            return stream.read1(count)  # type: ignore[attr-defined,no-any-return]  # each has it
    except BROKEN_COMPRESSION as error:
        raise LogTruncated(path, 0) from error


def open_utf_8(path: Path, encoding: str) -> BinaryIO:
    """
    Open a file as UTF-8 bytes; bytes that are not in ``encoding`` stay visible as invalid UTF-8.

    Raises:
        EncodingWrong: the file starts with a mark of UTF-16 and the mapping says otherwise.
    """
    is_utf_8 = codecs.lookup(encoding).name in _UTF_8_NAMES
    if is_utf_8 and first_bytes(path, 2) in _UTF_16_MARKS:
        raise EncodingWrong(path, encoding, "utf-16")
    stream = open_bytes(path)
    if is_utf_8:
        return stream
    text = io.TextIOWrapper(stream, encoding, errors="surrogateescape", newline="\n")
    return io.BufferedReader(_Transcoded(text), CHUNK_BYTES)


def is_utf_8_file(path: Path, encoding: str) -> bool:
    """Whether DuckDB may read the file itself: neither compressed nor in another encoding."""
    if not path.is_file():
        raise LogMissing(path)
    with path.open("rb") as raw:
        is_compressed = raw.read(4).startswith((_GZIP, _ZSTANDARD, _BZIP2))
    return not is_compressed and codecs.lookup(encoding).name in _UTF_8_NAMES


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


class _Zstandard(io.RawIOBase):
    """Frames one after the other, each of which must end."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._frame: zstandard.ZstdDecompressionObj | None = None
        self._input = b""
        self._output = b""

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Buffer) -> int:
        view = memoryview(buffer)
        while not self._output and self._advance():
            pass
        size = min(len(view), len(self._output))
        view[:size] = self._output[:size]
        self._output = self._output[size:]
        return size

    def _advance(self) -> bool:
        """Decompress one more piece of input; False at the end of the file."""
        self._input = self._input or self._raw.read(CHUNK_BYTES)
        if not self._input:
            if self._frame is not None:
                raise EOFError("the last zstandard frame does not end")
            return False
        self._frame = self._frame or zstandard.ZstdDecompressor().decompressobj()
        self._output = self._frame.decompress(self._input)
        self._input = self._frame.unused_data if self._frame.eof else b""
        if self._frame.eof:
            self._frame = None
        return True

    @override
    def close(self) -> None:
        self._raw.close()
        super().close()
