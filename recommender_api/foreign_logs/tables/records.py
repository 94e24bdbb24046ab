"""
What a record of a delimited file is: which bytes are one, and what is wrong with those that are
not.

Pure. The rules are RFC 4180's, as DuckDB's reader takes them: a value that starts with a quote
ends with one, quotes inside it are doubled, and a quote further inside a bare value is a
character. What passes here DuckDB reads; what does not never reaches it.
"""

import csv
import io
import re
from typing import NamedTuple

import numpy as np

LINE_BYTES_LIMIT = 2_000_000
"""What DuckDB's reader takes as one line by default."""

_LF = 10


class RecordShape(NamedTuple):
    """``columns`` values, parted by ``separator``; ``quote`` may be empty."""

    separator: bytes
    quote: bytes
    columns: int


class Records:
    """Judges lines against one shape."""

    def __init__(self, shape: RecordShape) -> None:
        self.shape = shape
        separator, quote = re.escape(shape.separator), re.escape(shape.quote)
        bare = rb"(?:(?!%b)[^\r\n])*+" % separator
        if not shape.quote:
            field = opened = bare
        else:
            # One space before a quote and any after it are passed over, as DuckDB does.
            opened = rb" ?%b(?:[^%b]|%b%b)*+" % (*[quote] * 4,)
            field = rb"(?:%b%b *|(?! ?%b)%b)" % (opened, quote, quote, bare)
        self._whole = re.compile(rb"%b(?:%b%b){%d}" % (field, separator, field, shape.columns - 1))
        self._open = re.compile(rb"(?:%b%b)*%b" % (field, separator, opened))
        self._closed = re.compile(
            rb"(?:(?<=[%b\n])|\A)%b(?:[^%b\r\n]|%b%b)*+%b(?=[%b\r\n])"
            % (separator, *[quote] * 5, separator)
            if shape.quote
            else rb"(?!)"
        )

    def are_all_whole(self, block: bytes, newline: bytes) -> bool:
        """
        Tell without looking at single lines that a block holds one record a line.

        False may also mean that it takes a closer look, as a quote that is not plain does.
        """
        if (
            len(block) > LINE_BYTES_LIMIT
            or len(self.shape.separator) != 1
            or not block.endswith(newline)
            or b"\0" in block
            or not is_decodable(block)
        ):
            return False
        bare = self._without_quoted(block)
        return bare is not None and _ends_alike(bare, newline) and self._even(bare)

    def _without_quoted(self, block: bytes) -> bytes | None:
        """The block with every quoted value emptied; None where a quote is left over."""
        if not self.shape.quote or self.shape.quote not in block:
            return block
        bare = self._closed.sub(b"", block)
        return None if self.shape.quote in bare else bare

    def is_whole(self, text: bytes) -> bool:
        if self.shape.quote and self.shape.quote in text:
            return self._whole.fullmatch(text) is not None
        is_even = text.count(self.shape.separator) == self.shape.columns - 1
        return is_even and b"\r" not in text and b"\n" not in text

    def is_open(self, text: bytes) -> bool:
        """Whether a quoted value has begun and not ended."""
        has_quote = bool(self.shape.quote) and self.shape.quote in text
        return has_quote and self._open.fullmatch(text) is not None

    def fault_of(self, text: bytes) -> str:
        """Name what is wrong with a line that is not whole."""
        if self.is_open(text):
            return "line_quote_unclosed"
        if b"\r" in text:
            return "line_break_stray"
        found = len(split_values(text, self.shape.separator, self.shape.quote))
        if found == self.shape.columns:
            return "line_quote_stray"
        few = found < self.shape.columns
        return "line_too_few_columns" if few else "line_too_many_columns"

    def _even(self, block: bytes) -> bool:
        """Every line holds as many separators as the shape asks for."""
        codes = np.frombuffer(block, np.uint8)
        ends = np.flatnonzero(codes == _LF)
        if self.shape.columns == 1 and (np.diff(ends, prepend=-1) == 1).any():
            return False  # blank lines, which are no records
        separators = np.flatnonzero(codes == self.shape.separator[0])
        counts = np.diff(np.searchsorted(separators, ends), prepend=0)
        return bool((counts == self.shape.columns - 1).all())


def split_values(text: bytes, separator: bytes, quote: bytes) -> list[str]:
    """Part one line into its values, leniently: for headers and for counting."""
    decoded = text.decode("utf-8", "replace")
    if len(separator) > 1 or (not quote or quote not in text):
        return decoded.split(separator.decode())
    lines = csv.reader(
        io.StringIO(decoded, newline=""), delimiter=separator.decode(), quotechar=quote.decode()
    )
    try:
        return next(lines, [])
    except csv.Error:  # a value beyond the module's limit
        return decoded.split(separator.decode())


def _ends_alike(block: bytes, newline: bytes) -> bool:
    returns = block.count(b"\r")
    if newline == b"\n":
        return returns == 0
    return returns == block.count(b"\r\n") == block.count(b"\n")


def is_decodable(text: bytes) -> bool:
    if text.isascii():
        return True
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
