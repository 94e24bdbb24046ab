"""
How a file is written, told from its bytes: format, delimiter, header, encoding.

What is odd but workable, such as a few lines in another encoding, comes out as notes.
"""

import codecs
import csv
import io
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from recommender_api.foreign_logs.declarations.log_file import LogFile
from recommender_api.foreign_logs.errors import LogEmpty, LogUnreadable
from recommender_api.foreign_logs.tables.open_table import PARQUET_MAGIC
from recommender_api.foreign_logs.tables.opening import (
    BROKEN_COMPRESSION,
    CHUNK_BYTES,
    first_bytes,
    open_bytes,
)
from recommender_api.foreign_logs.tables.records import LINE_BYTES_LIMIT, is_decodable

_HEAD_LINES = 200
_DELIMITERS = ("::", "\t", ",", ";", "|", " ")
_EVEN_SHARES = dict.fromkeys(_DELIMITERS, 0.6) | {" ": 0.9}
"""Of how many lines a delimiter must make equally many columns: texts hold spaces, too."""
_NUMBER = re.compile(r"\s*-?\d+([.,]\d+)?\s*")
_DATE = re.compile(r"\s*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*")
_MANY_LINES = 5
_CHARACTERS_PER_NUL = 500
_CONTROLS = re.compile(r"[\x01-\x08\x0e-\x1a\x1c-\x1f\ufffd]")
_LIST_WIDTHS = 5
"""Lines of so many different lengths are lists, not rows of one table."""


class Written(NamedTuple):
    """The file's form, and sentences on what is odd about it."""

    file: LogFile
    notes: list[str]


def written_as(path: Path) -> Written:
    """
    Tell how a file is written.

    Raises:
        LogEmpty: it has no byte.
        LogUnreadable: it is binary, or a single column of text.
    """
    head = first_bytes(path, CHUNK_BYTES)
    if not head:
        raise LogEmpty(path, has_header=False)
    if head.startswith(PARQUET_MAGIC):
        return Written(LogFile(format="parquet"), [])
    encoding, notes = _encoding(path, head)
    text = head.decode(encoding, "replace").removeprefix("\ufeff")
    if _is_binary(text):
        raise LogUnreadable(path, "is binary; save it as CSV, TSV, JSON lines or Parquet")
    if "\0" in text:
        notes.append("some lines hold NUL bytes and will be rejected; take them out: tr -d '\\0'")
    if text.lstrip()[:1] in {"{", "["}:
        _refuse_document(path, text)
        return Written(LogFile(format="jsonl", encoding=encoding), notes)
    lines = [line for line in text.splitlines() if line.strip()][:_HEAD_LINES]
    if not lines:
        raise LogEmpty(path, has_header=False)
    _refuse_lists(path, lines)
    return Written(_delimited(path, lines, encoding), notes)


def _is_binary(text: str) -> bool:
    """Texts hold a stray control character at most."""
    nuls = text.count("\0")
    return nuls * _CHARACTERS_PER_NUL > len(text) or len(_CONTROLS.findall(text)) * 20 > len(text)


def _refuse_document(path: Path, text: str) -> None:
    """One JSON object that runs over many lines is no log of lines."""
    first, newline, _ = text.lstrip().partition("\n")
    if newline and first.strip() == "{":
        raise LogUnreadable(
            path,
            "is one JSON document over many lines; put one event on each line, as in "
            "jq -c '.events[]'",
        )


def _refuse_lists(path: Path, lines: list[str]) -> None:
    """Lists of neighbours, a user and all of its items on a line, hold no times."""
    rows = [line.split() for line in lines]
    widths = {len(row) for row in rows}
    if len(widths) > _LIST_WIDTHS and all(cell.isdigit() for row in rows for cell in row):
        raise LogUnreadable(
            path,
            "seems to hold a list on each line, a user and then its items, which says nothing of "
            "when; write one row per user, item and time, or without times: "
            "awk '{for (i = 2; i <= NF; i++) print $1 \",\" $i}' and "
            "time: {constant: 2026-01-01T00:00:00Z} in a mapping",
        )


def _encoding(path: Path, head: bytes) -> tuple[str, list[str]]:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", []
    for encoding, of_ascii in (("utf-16-le", head[1::2]), ("utf-16-be", head[::2])):
        if of_ascii.count(0) * 10 > len(of_ascii) * 9 and head.count(0) < len(head) * 0.55:
            return encoding, [f"the file looks like UTF-16 without its mark: {encoding}"]
    broken, sound, has_controls = _undecodable(path)
    if not broken:
        return "utf-8", []
    legacy = "cp1252" if has_controls else "latin-1"
    if not sound:
        return legacy, [f"the file is not UTF-8: it is read as {legacy}"]
    lines = ", ".join(map(str, broken[:_MANY_LINES])) + (", …" if len(broken) > _MANY_LINES else "")
    mixed = (
        f"encodings are mixed: most lines are UTF-8, but not line {lines}, which will be rejected; "
        f"save these as UTF-8, or write file: {{encoding: {legacy}}} if damaged accents do no harm"
    )
    return "utf-8", [mixed]


def _undecodable(path: Path) -> tuple[list[int], int, bool]:
    """The first lines that are no UTF-8, how many beyond ASCII are, and whether cp1252 differs."""
    broken: list[int] = []
    sound = number = 0
    has_controls = False
    try:
        with open_bytes(path) as stream:
            while block := stream.read(CHUNK_BYTES) + stream.readline(LINE_BYTES_LIMIT):
                if block.isascii():
                    number += block.count(b"\n")
                    continue
                for line in block.removesuffix(b"\n").split(b"\n"):
                    number += 1
                    if is_decodable(line):
                        sound += not line.isascii()
                        continue
                    has_controls |= any(0x80 <= byte <= 0x9F for byte in line)
                    broken += [number] if len(broken) <= _MANY_LINES else []
    except BROKEN_COMPRESSION:
        pass  # reading will tell how far it goes; the encoding is known so far
    return broken, sound, has_controls


def _delimited(path: Path, lines: list[str], encoding: str) -> LogFile:
    delimiter = _delimiter(lines)
    if delimiter is None:
        raise LogUnreadable(
            path,
            "has no columns that a comma, tab, semicolon, bar or :: would part; "
            "write file: {delimiter: …} in a mapping",
        )
    form = LogFile(
        format="tsv" if delimiter == "\t" else "csv",
        delimiter=None if delimiter in {",", "\t"} else delimiter,
        encoding=encoding,
        header=_has_header(_values(lines[0], delimiter)),
    )
    return (
        form
        if '"' in "".join(lines) or delimiter != "::"
        else form.model_copy(update={"quote": ""})
    )


def _delimiter(lines: list[str]) -> str | None:
    best: tuple[float, int, str] | None = None
    for delimiter in _DELIMITERS:
        if best is not None and delimiter == " ":
            break  # texts hold spaces; they part columns only where nothing else does
        counts = Counter(len(_values(line, delimiter)) for line in lines)
        columns, even = counts.most_common(1)[0]
        rank = (round(even / len(lines), 2), columns, delimiter)
        if (
            columns > 1
            and rank[0] >= _EVEN_SHARES[delimiter]
            and (best is None or rank[:2] > best[:2])
        ):
            best = rank
    return None if best is None else best[2]


def _values(line: str, delimiter: str) -> list[str]:
    if len(delimiter) > 1:
        return line.split(delimiter)
    try:
        return next(csv.reader(io.StringIO(line, newline=""), delimiter=delimiter), [])
    except csv.Error:  # a value beyond the module's limit
        return line.split(delimiter)


def _has_header(first: list[str]) -> bool:
    """Rows of logs hold numbers or dates; a row without any is taken for names."""
    return not any(_is_datum(cell) for cell in first)


def _is_datum(cell: str) -> bool:
    return bool(_NUMBER.fullmatch(cell) or _DATE.fullmatch(cell))
