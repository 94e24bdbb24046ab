"""
CSV, TSV and their kin as tables of text columns.
"""

# ruff: noqa: S608 (names are our own; what comes from outside goes through literal())

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from recommender_api.foreign_logs.declarations.log_file import LogFile
from recommender_api.foreign_logs.errors import EncodingWrong, LogEmpty
from recommender_api.foreign_logs.progress import LinesTold

from .line_faults import LineFaults
from .opening import is_utf_8_file, open_utf_8
from .table import literal, path_literal, without_nulls
from .walk import Dialect, Outcome, Walk, walk


class DelimitedTable:
    """Holds the file's clean form and the names of its columns."""

    is_json = False

    def __init__(
        self, path: Path, file: LogFile, work: Path, told: LinesTold | None = None
    ) -> None:
        """
        Walk over the file; what is not clean is copied into the folder ``work``.

        Raises:
            EncodingWrong: the header is not in the file's encoding.
            LogEmpty: there is no row, and nothing broken either.
        """
        separator = file.separator()
        columns = len(file.columns) if file.columns else None
        dialect = Dialect(separator.encode(), file.quote.encode(), file.header, columns)
        found, self._readable = clean(path, file, dialect, work, told)
        self.path = path
        self.numbers = found.numbers
        self.faults: tuple[LineFaults, ...] = (found.faults,)
        self.columns = self._named(found, file)
        self._file = file
        # The reader wants the escape, not the character.
        self._newline = r"\r\n" if found.newline == b"\r\n" else r"\n"
        self.records = found.records
        self._has_header = file.header

    def relation(self, names: Sequence[str]) -> str:
        values = "".join(
            f", {without_nulls(f'c{self.columns.index(name)}', self._file.null_values)} AS v{at}"
            if name in self.columns
            else f", NULL AS v{at}"
            for at, name in enumerate(names)
        )
        declared = ", ".join(f"'c{at}': 'VARCHAR'" for at in range(len(self.columns)))
        quote = literal(self._file.quote)
        return (
            f"SELECT row_number() OVER () - 1 AS row{values} FROM read_csv("
            f"{path_literal(self._readable)}, auto_detect=false, header={self._has_header}, "
            f"delim={literal(self._file.separator())}, quote={quote}, escape={quote}, "
            f"new_line={literal(self._newline)}, columns={{{declared}}})"
        )

    def type_of(self, name: str) -> str:  # noqa: ARG002 all alike here
        return "VARCHAR"

    def json_type(self, name: str) -> str | None:  # noqa: ARG002 it is no JSON
        return None

    def has(self, name: str) -> bool:
        return self.columns.count(name) == 1

    def _named(self, found: Walk, file: LogFile) -> tuple[str, ...]:
        if found.header is None:
            return file.columns or tuple(f"column_{at + 1}" for at in range(found.columns))
        names = tuple(name.strip() for name in found.header)
        if any("\ufffd" in name for name in names):
            raise EncodingWrong(self.path, file.encoding, "latin-1")
        return names


def clean(
    path: Path, file: LogFile, dialect: Dialect, work: Path, told: LinesTold | None = None
) -> tuple[Walk, Path]:
    """Walk over a file; give what was found and the path that DuckDB is to read."""
    faults = LineFaults(work / f"{path.name}.faults.jsonl")
    copy = work / f"{path.name}.clean"
    walking = _Walking(path, file, dialect, faults, told)
    found = None
    if is_utf_8_file(path, file.encoding):
        found = walking.through(None)
    if found is None or found.is_altered:
        faults.discard()
        with copy.open("wb") as sink:
            found = walking.through(sink)
        path_to_read = copy
    else:
        path_to_read = path
    if found.records == 0 and not faults.counts:
        raise LogEmpty(path, has_header=found.header is not None)
    return found, path_to_read


@dataclass(frozen=True)
class _Walking:
    """The same walk, once or twice."""

    path: Path
    file: LogFile
    dialect: Dialect
    faults: LineFaults
    told: LinesTold | None

    def through(self, sink: BinaryIO | None) -> Walk:
        told = self.told
        if told is not None:
            told.again()
        watch = told.take if told else None
        with open_utf_8(self.path, self.file.encoding, watch) as stream:
            tell = told.tell if told else None
            return walk(self.path, stream, self.dialect, Outcome(self.faults, sink, tell))
