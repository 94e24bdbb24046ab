"""
What can be wrong with a foreign log or its mapping, as types with a stable ``code``.

    ForeignLogError
    ├── MappingInvalid     the mapping contradicts itself or says what is not known
    ├── ColumnMissing      the mapping names a column that the file does not have
    ├── TimeZoneMissing    the times have no zone and the mapping names none
    ├── TimeFormatWrong    the times are not in the format that the mapping names
    ├── EncodingWrong      the bytes are not in the encoding that the mapping names
    ├── FormatUnknown      no built-in format has this name, or it does not fit the path
    ├── LogMissing         there is no such file or object
    ├── PlaceUnreachable   the bucket did not answer, or refused
    ├── PlaceRefused       a tenant may not have a log imported from there
    ├── MappingInDoubt     how the log maps onto events cannot be told for sure
    ├── RoomMissing        what is to be fetched does not fit on this machine's disk
    ├── LogEmpty           the file holds no row
    ├── LogTruncated       a compressed file ends too early
    ├── LogUnreadable      the file is of no kind that can be read
    └── ReadingFailed      the machine gave up: no memory or no disk space left

Every message says what to write or do instead. When one is raised, nothing has been written.
"""

# ruff: noqa: N818 (what happened is the name; that it is an error, the root says)

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path


class ForeignLogError(Exception):
    """The root: catch this to catch everything of this room."""

    code = "foreign_log_error"


class MappingInvalid(ForeignLogError):
    """
    ``problems`` are pairs of a dotted place in the mapping and a sentence.

    ``lines`` tells on which line of its file a place stands.
    """

    code = "mapping_invalid"

    def __init__(
        self, problems: Sequence[tuple[str, str]], lines: Mapping[str, int] | None = None
    ) -> None:
        known = lines or {}
        places = [f"line {known[at]}, {at}" if at in known else at for at, _ in problems]
        super().__init__(
            "; ".join(
                f"{place}: {text}" if place else text
                for place, (_, text) in zip(places, problems, strict=True)
            )
        )
        self.problems = tuple(problems)


class ColumnMissing(ForeignLogError):
    """``columns`` are what the file has instead."""

    code = "column_missing"

    def __init__(self, path: Path, column: str, columns: Sequence[str]) -> None:
        close = get_close_matches(column, columns, n=1)
        instead = f"did you mean {close[0]!r}? " if close else ""
        shown = ", ".join(columns[:40])
        said = f"{path.name} has no column {column!r}; {instead}It has: {shown}. "
        if column in columns:
            said = f"{path.name} has several columns {column!r}; rename all but one. "
        elif column.startswith("$") or path.suffix in {".jsonl", ".ndjson", ".json"}:
            said += "If only some JSON lines have a key, write {column: …, optional: true}"
        super().__init__(said.strip())
        self.path = path
        self.column = column
        self.columns = tuple(columns)


class TimeZoneMissing(ForeignLogError):
    """``sample`` is a time of the file as it stands there."""

    code = "time_zone_missing"

    def __init__(self, path: Path, column: str, sample: str) -> None:
        super().__init__(
            f"times such as {sample!r} in column {column!r} of {path.name} have no zone; "
            "write the zone they were taken in, as in time: {zone: Europe/London}, or zone: UTC"
        )
        self.path = path
        self.column = column
        self.sample = sample


class TimeFormatWrong(ForeignLogError):
    """``suggestion`` is a format that fits, when one is known."""

    code = "time_format_wrong"

    def __init__(self, path: Path, sample: str, declared: str, suggestion: str | None) -> None:
        instead = suggestion or "epoch_s, epoch_ms, iso or a pattern such as %d/%m/%Y %H:%M"
        super().__init__(
            f"no time of {path.name} is in the format {declared!r}, the first is {sample!r}; "
            f"write time: {{format: {instead!r}}}"
        )
        self.path = path
        self.sample = sample
        self.declared = declared
        self.suggestion = suggestion


class EncodingWrong(ForeignLogError):
    """``suggestion`` is the encoding to write under ``file:``."""

    code = "encoding_wrong"

    def __init__(self, path: Path, declared: str, suggestion: str) -> None:
        super().__init__(
            f"{path.name} is not {declared}; write file: {{encoding: {suggestion}}} in the mapping"
        )
        self.path = path
        self.declared = declared
        self.suggestion = suggestion


class FormatUnknown(ForeignLogError):
    """``known`` are the names of the built-in formats."""

    code = "format_unknown"

    def __init__(self, name: str, known: Sequence[str], detail: str = "") -> None:
        said = detail or f"there is no built-in format {name!r}"
        super().__init__(f"{said}; use one of {', '.join(known)}, or write a mapping")
        self.name = name
        self.known = tuple(known)


class LogMissing(ForeignLogError):
    """``place`` names no file, and no object of a bucket."""

    code = "log_missing"

    def __init__(self, place: Path | str) -> None:
        what = "file" if isinstance(place, Path) else "object"
        super().__init__(f"there is no {what} {place}; check the path")
        self.place = place


class PlaceUnreachable(ForeignLogError):
    """``place`` is an address in a bucket."""

    code = "place_unreachable"

    def __init__(self, place: str, reason: str, instead: str) -> None:
        super().__init__(f"{place} cannot be read: {reason}; {instead}")
        self.place = place


class PlaceRefused(ForeignLogError):
    """``place`` as it was sent."""

    code = "place_refused"

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place[:200]!r} is not imported: {reason}")
        self.place = place


class MappingInDoubt(ForeignLogError):
    """``doubts`` are sentences."""

    code = "mapping_in_doubt"

    def __init__(self, doubts: Sequence[str]) -> None:
        super().__init__(
            f"how this log maps onto events cannot be told for sure: {'; '.join(doubts)}. Send a "
            "mapping, or the format where it is a built-in one"
        )
        self.doubts = tuple(doubts)


class RoomMissing(ForeignLogError):
    """``folder`` is where it would have been kept while it is read."""

    code = "room_missing"

    def __init__(self, folder: Path, needed_bytes: int, free_bytes: int) -> None:
        super().__init__(
            f"{needed_bytes / 1e9:,.1f} GB are to be fetched, {folder} has {free_bytes / 1e9:,.1f}"
            " GB free; set TMPDIR to a folder with room, or import fewer files at once"
        )
        self.folder = folder
        self.needed_bytes = needed_bytes
        self.free_bytes = free_bytes


class LogEmpty(ForeignLogError):
    """The file has no row, or a header alone."""

    code = "log_empty"

    def __init__(self, path: Path, has_header: bool) -> None:  # noqa: FBT001 an error's field
        what = "holds a header and no rows" if has_header else "is empty"
        super().__init__(f"{path.name} {what}; export it again, with at least one event")
        self.path = path


class LogTruncated(ForeignLogError):
    """``whole_rows`` could be read before the file broke off."""

    code = "log_truncated"

    def __init__(self, path: Path, whole_rows: int) -> None:
        super().__init__(
            f"{path.name} is compressed and breaks off, or is damaged, after {whole_rows:,} whole "
            "rows; nothing was taken from it: fetch the file again"
        )
        self.path = path
        self.whole_rows = whole_rows


class LogUnreadable(ForeignLogError):
    """The file is none of CSV, TSV, JSON lines and Parquet."""

    code = "log_unreadable"

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(f"{path.name} {detail}")
        self.path = path


class ReadingFailed(ForeignLogError):
    """DuckDB gave up; the message is its own."""

    code = "reading_failed"

    def __init__(self, detail: str) -> None:
        super().__init__(
            f"reading gave up and nothing was written: {detail.splitlines()[0]}; "
            "if it was for want of space, free disk space or allow more memory"
        )
