"""
One walk over a delimited file: which of its lines are records, and on which line each stands.

Broken lines go to the faults, every other line counts; nothing is lost between the two. A plain
file that is clean is left where it is; any other is copied without what is broken, so that
DuckDB meets whole records only. Memory stays bounded by a few blocks.
"""

import codecs
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from recommender_api.foreign_logs.errors import LogTruncated, LogUnreadable

from .line_faults import LineFaults
from .line_numbers import LineNumbers
from .opening import BROKEN_COMPRESSION, CHUNK_BYTES
from .records import LINE_BYTES_LIMIT, Records, RecordShape, is_decodable, split_values

RECORD_LINES_LIMIT = 200
RECORD_BYTES_LIMIT = 1 << 20
"""A quoted value that runs on further than this was never closed."""


@dataclass
class Walk:
    """What a walk found; ``is_altered`` says that DuckDB cannot read the file as it is."""

    faults: LineFaults
    numbers: LineNumbers = field(default_factory=LineNumbers)
    header: tuple[str, ...] | None = None
    columns: int = 0
    records: int = 0
    lines: int = 0
    newline: bytes = b"\n"
    is_altered: bool = False


@dataclass(frozen=True)
class Dialect:
    """How the file is delimited; ``columns`` is None where the first line tells."""

    separator: bytes
    quote: bytes
    has_header: bool
    columns: int | None = None


@dataclass(frozen=True)
class Outcome:
    """Where broken lines go, where whole records go, and who is told how many these are."""

    faults: LineFaults
    sink: BinaryIO | None = None
    tell: Callable[[int], None] | None = None


def walk(path: Path, stream: BinaryIO, dialect: Dialect, outcome: Outcome) -> Walk:
    """
    Go through a file once, writing whole records to the sink if there is one.

    Raises:
        LogTruncated: a compressed file breaks off.
        LogUnreadable: its lines end in carriage returns alone.
    """
    walker = _Walker(path, dialect, Walk(outcome.faults), outcome.sink)
    try:
        for block in _blocks(stream):
            walker.take(block)
            if outcome.tell is not None:
                outcome.tell(walker.found.records)
        walker.finish()
    except BROKEN_COMPRESSION as error:
        raise LogTruncated(path, walker.found.records) from error
    finally:
        outcome.faults.close()
    return walker.found


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    """Whole lines, about a megabyte of them; of a line beyond the limit only its start."""
    rest = b""
    while chunk := stream.read1(CHUNK_BYTES):  # type: ignore[attr-defined]  # what open_utf_8 gives has it
        head, newline, tail = chunk.rpartition(b"\n")
        if newline:
            yield rest + head + newline
            rest = tail
        else:
            rest = (rest + tail)[: LINE_BYTES_LIMIT + 1]
    if rest:
        yield rest


class _Walker:
    """The state of one walk."""

    def __init__(self, path: Path, dialect: Dialect, found: Walk, sink: BinaryIO | None) -> None:
        self.found = found
        self._path = path
        self._dialect = dialect
        self._sink = sink
        self._records: Records | None = None
        self._carried = b""

    def take(self, block: bytes) -> None:
        if self._records is None:
            block = self._begin(block)
        if self._records is None:
            return
        if not self._carried and self._records.are_all_whole(block, self.found.newline):
            self._take_whole(block)
        else:
            block, self._carried = self._carried + block, b""
            self._carried = self._take_lines(block, self._records, is_last=False)

    def finish(self) -> None:
        if self._carried and self._records is not None:
            self._take_lines(self._carried, self._records, is_last=True)

    def _begin(self, block: bytes) -> bytes:
        """Learn the newline and the number of columns; take the header off."""
        text = self._without_blank_start(block.removeprefix(codecs.BOM_UTF8))
        if not text:
            return text
        first, newline, rest = text.partition(b"\n")
        self.found.newline = b"\r\n" if first.endswith(b"\r") else b"\n"
        first = first.removesuffix(b"\r")
        if b"\r" in first and not newline:
            raise LogUnreadable(
                self._path, "has lines that end in a carriage return alone; run tr '\\r' '\\n'"
            )
        values = split_values(first, self._dialect.separator, self._dialect.quote)
        self.found.columns = self._dialect.columns or len(values)
        self._records = Records(
            RecordShape(self._dialect.separator, self._dialect.quote, self.found.columns)
        )
        if not self._dialect.has_header:
            return text
        self.found.header = tuple(values)
        self.found.lines += 1
        self._write(first + self.found.newline)
        return rest

    def _without_blank_start(self, block: bytes) -> bytes:
        text = block.lstrip(b"\r\n")
        if len(text) < len(block):
            self.found.lines += block[: len(block) - len(text)].count(b"\n")
            self.found.is_altered = True
        return text

    def _take_whole(self, block: bytes) -> None:
        count = block.count(b"\n")
        self.found.numbers.note(self.found.records, self.found.lines + 1)
        self.found.records += count
        self.found.lines += count
        self._write(block)

    def _take_lines(self, block: bytes, records: Records, *, is_last: bool) -> bytes:
        """Take line by line; give back what may go on in the next block."""
        lines = block.split(b"\n")
        if not lines[-1]:
            lines.pop()
        at = 0
        while at < len(lines):
            text = lines[at].removesuffix(b"\r")
            if not text:
                self._pass_blank(records, ends_in_return=bool(lines[at]))
                at += 1
                continue
            taken = _lines_of_record(lines, at, records)
            if taken == 0 and not is_last:
                return b"\n".join(lines[at:]) + (b"\n" if block.endswith(b"\n") else b"")
            if taken > 1:
                text = b"\n".join(lines[at : at + taken]).removesuffix(b"\r")
            at += self._take_one(text, max(taken, 1), records, lines[at].endswith(b"\r"))
        return b""

    def _take_one(self, text: bytes, taken: int, records: Records, ends_in_return: bool) -> int:  # noqa: FBT001 a fact about the line
        """Take a record or a fault; return over how many lines it went."""
        self.found.is_altered |= ends_in_return != (self.found.newline == b"\r\n")
        fault = _fault_of(text, records)
        if fault is None:
            self.found.numbers.note(self.found.records, self.found.lines + 1)
            self.found.records += 1
            self._write(text + self.found.newline)
        else:
            taken = 1
            self.found.faults.add(self.found.lines + 1, fault, text.partition(b"\n")[0])
            self.found.is_altered = True
        self.found.lines += taken
        return taken

    def _pass_blank(self, records: Records, *, ends_in_return: bool) -> None:
        self.found.lines += 1
        self.found.is_altered |= ends_in_return != (self.found.newline == b"\r\n")
        # DuckDB passes over blank lines by itself, unless a line is all there is to a record.
        self.found.is_altered |= records.shape.columns == 1

    def _write(self, block: bytes) -> None:
        if self._sink is not None:
            self._sink.write(block)


def _fault_of(text: bytes, records: Records) -> str | None:
    if len(text) > LINE_BYTES_LIMIT:
        return "line_too_long"
    if not is_decodable(text):
        return "line_not_decodable"
    if b"\0" in text:
        return "line_holds_nul"
    return None if records.is_whole(text) else records.fault_of(text)


def _lines_of_record(lines: list[bytes], at: int, records: Records) -> int:
    """
    Over how many lines the record that starts at ``at`` goes.

    1 also for what is broken; 0 when the block ends before that can be told.
    """
    text = lines[at]
    if not records.is_open(text.removesuffix(b"\r")):
        return 1
    size = len(text)
    for count, line in enumerate(lines[at + 1 : at + RECORD_LINES_LIMIT], start=2):
        size += len(line)
        if size > RECORD_BYTES_LIMIT:
            return 1
        if records.shape.quote not in line:
            continue
        text = b"\n".join(lines[at : at + count]).removesuffix(b"\r")
        if records.is_whole(text):
            return count
        if not records.is_open(text):
            return 1
    return 1 if len(lines) - at >= RECORD_LINES_LIMIT else 0
