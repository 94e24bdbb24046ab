"""
Files that somebody else wrote, plain or gzipped, by line and word; faults are told with their line.
"""

import gzip
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trainers.errors import SplitMalformed

Codes = NDArray[np.int32]

ID_LIMIT = 2**31 - 1

BETWEEN_WORDS = re.compile(r"[\s,]+|::")
"""Blanks, tabs, commas, and the double colons of old MovieLens files."""


class Events(NamedTuple):
    """A file's pairs in its order; times are zeros where it has none."""

    user: Codes
    item: Codes
    at_s: NDArray[np.float64]

    def where(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> "Events":
        return Events(self.user[chosen], self.item[chosen], self.at_s[chosen])


class Line(NamedTuple):
    """A line's words, and where it stands."""

    path: Path
    number: int
    words: list[str]

    def wrong(self, reason: str) -> SplitMalformed:
        return SplitMalformed(path=str(self.path), line=self.number, reason=reason)

    def id(self, word: str) -> int:
        """
        Raises:
            SplitMalformed: where the word is no whole number that fits.
        """
        if not (word.isascii() and word.isdigit()) or int(word) > ID_LIMIT:
            raise self.wrong(f"'{word[:40]}' is no id: ids are whole numbers from 0 to {ID_LIMIT}")
        return int(word)

    def time(self, word: str) -> float:
        """
        Raises:
            SplitMalformed: where the word is no finite number.
        """
        try:
            at_s = float(word)
        except ValueError as error:
            raise self.wrong(f"'{word[:40]}' is no time: times are numbers") from error
        if not np.isfinite(at_s):
            raise self.wrong(f"'{word[:40]}' is no time: times are finite")
        return at_s


def lines(path: Path, between: re.Pattern[str] | None = None) -> Iterator[Line]:
    """Lines with anything in them, their words between blanks, or between what is given."""
    number = 0
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8") as stream:
            for number, text in enumerate(stream, start=1):
                words = text.split() if between is None else between.split(text.strip())
                if any(words):
                    yield Line(path, number, words)
    except (UnicodeDecodeError, EOFError, gzip.BadGzipFile, zlib.error) as error:
        reason = f"cannot be read from here on ({error})"
        raise SplitMalformed(path=str(path), line=number + 1, reason=reason) from error
