"""
Lines that are no rows, spooled to a file as they are found: their number may be large.

A spooled fault is a JSON line with ``line``, ``code``, ``reason`` and ``text``, in the order of
the lines.
"""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

TEXT_LIMIT = 2000
"""Characters of a broken line that are kept: enough to find it and see what is wrong."""

LINE_FAULTS = {
    "line_too_few_columns": "the line has too few columns; complete it, or set file: {delimiter}",
    "line_too_many_columns": "the line has too many columns; put values that hold the delimiter "
    "in quotes, or set file: {delimiter}",
    "line_quote_unclosed": "a quoted value does not end; close the quote, or double it if it "
    "belongs to the value",
    "line_quote_stray": "a quoted value goes on after its quote; double quotes inside a value",
    "line_not_decodable": "the line is not in the file's encoding; save the file as UTF-8, or "
    "write file: {encoding: latin-1} if all of it is",
    "line_holds_nul": "the line holds NUL bytes; take them out, as with tr -d '\\0'; where "
    "every other byte of the file is one, write file: {encoding: utf-16-le}",
    "line_break_stray": "a carriage return stands inside the line; put the value in quotes",
    "line_too_long": "the line is longer than 2 MB; is a quote or a line break missing?",
    "line_json_malformed": "the line is no JSON object; write one object on each line",
}


class LineFaults:
    """Counts by code what it writes to ``path``; a context that closes the file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.counts: Counter[str] = Counter()
        self._file: TextIO | None = None

    def add(self, line: int, code: str, text: bytes) -> None:
        if self._file is None:
            self._file = self.path.open("w", encoding="utf-8")
        self.counts[code] += 1
        shown = text[: 4 * TEXT_LIMIT].decode("utf-8", "replace")[:TEXT_LIMIT]
        fault = {"line": line, "code": code, "reason": LINE_FAULTS[code], "text": shown}
        self._file.write(json.dumps(fault, ensure_ascii=False) + "\n")

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def discard(self) -> None:
        """Forget all: the file will be walked again."""
        self.close()
        self.path.unlink(missing_ok=True)
        self.counts.clear()

    def __iter__(self) -> Iterator[dict[str, str | int]]:
        if not self.counts:
            return
        with self.path.open(encoding="utf-8") as spooled:
            for line in spooled:
                yield json.loads(line)
