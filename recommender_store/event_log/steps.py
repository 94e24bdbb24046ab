"""
One step of the log's Parquet side: files come, others go, and all is named at once or not at all.

Killed before the list is named, nothing has happened; losing that moment to another process takes
back what was written, and the step is begun again from the newer state. What is replaced is
deleted after a grace time, so that readers of an older state can finish.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from recommender_store.errors import ObjectMissing, RevisionConflict
from recommender_store.objects.append_log import AppendLog, Segment, advanced
from recommender_store.objects.scope import Scope

from .errors import LogFileCorrupt
from .files import FileLists, Listed, LogFile, LogFiles, Retired
from .flow import Counts, DayFlow, moved, received_on, without
from .view import TRANSFERS_AT_ONCE, blame_damaged, connect, create_files_view, local_files

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

GRACE = timedelta(hours=1)
"""Longer than a reader works with the files of one state."""

_TRIES = 5

Done = TypeVar("Done")


@dataclass(frozen=True)
class Step:
    """What becomes of the log; new files lie in the store already, not named yet."""

    checkpoint: str | None
    files: tuple[LogFile, ...] = ()
    replaced: tuple[LogFile, ...] = ()
    """Whose events stand in `files` too, or are to be no more."""
    taken: tuple[Segment, ...] = ()
    """Whose events the files hold from now on."""
    swept: tuple[Retired, ...] = ()
    """Deleted already."""
    flow: Mapping[str, Counts] = field(default_factory=dict)
    """Name in `DayFlow` → how many more, by day."""
    forgets_before: str = ""
    """Of days before this one of which nothing is left, the sums go too."""
    is_purge: bool = False
    """Whether the log forgets something here, or leaves out the grace time of something."""


class LogSteps:
    """The steps of one tenant's log."""

    def __init__(
        self, scope: Scope, segments: AppendLog, lists: FileLists, clock: Callable[[], datetime]
    ) -> None:
        self.scope = scope
        self.segments = segments
        self._lists = lists
        self._clock = clock

    def retrying(self, step: Callable[[Listed], Done]) -> Done:
        """
        Do a step from the newest state, again where another process was faster.

        Raises:
            RevisionConflict: where that happened time after time.
            LogFileCorrupt: where a file is damaged.
        """
        from duckdb import Error

        for _ in range(_TRIES - 1):
            before = self._lists.newest()
            try:
                return step(before)
            except RevisionConflict:
                continue
            except (ObjectMissing, LogFileCorrupt, Error):
                # An erasure removes at once what others may be reading.
                if self._lists.number() == before.number:
                    blame_damaged(self.scope, before.state.files)
                    raise
        return step(self._lists.newest())

    def newest(self) -> Listed:
        return self._lists.newest()

    def commit(self, before: Listed, step: Step) -> None:
        """Name what was written, unless the log has moved since `before`: then take it back."""
        state = before.state
        try:
            self._lists.replace(before, self._after(state, step), self._clock())
        except RevisionConflict:
            self.delete(file.key for file in step.files)
            if step.checkpoint not in (None, state.checkpoint):
                self.delete([step.checkpoint])
            raise

    def due(self, before: Listed) -> tuple[Retired, ...]:
        """What was replaced longer than the grace time ago."""
        now = self._clock()
        return tuple(entry for entry in before.state.retired if now - entry.at > GRACE)

    def sweep(self, before: Listed) -> tuple[Retired, ...]:
        """Delete what is due; returns what that was."""
        due = self.due(before)
        self.delete(entry.key for entry in due)
        return due

    def delete(self, keys: Iterable[str]) -> None:
        with ThreadPoolExecutor(TRANSFERS_AT_ONCE) as transfers:
            list(transfers.map(self.scope.delete, keys))

    def _after(self, state: LogFiles, step: Step) -> LogFiles:
        gone = [f"segments/{segment.key}" for segment in step.taken]
        gone += [file.key for file in step.replaced]
        if state.checkpoint not in (None, step.checkpoint):
            gone.append(state.checkpoint)
        now = self._clock()
        # By keys: of a busy tenant there are a hundred thousand.
        replaced, swept = keys_of(step.replaced), keys_of(step.swept)
        return state.model_copy(
            update={
                "files": (*(f for f in state.files if f.key not in replaced), *step.files),
                "marks": self._marks(state.marks, step.taken),
                "checkpoint": step.checkpoint,
                "retired": (
                    *(entry for entry in state.retired if entry.key not in swept),
                    *(Retired(key=key, at=now) for key in gone),
                ),
                "flow": without(moved(self._flow(state), **step.flow), step.forgets_before),
                "purges": state.purges + step.is_purge,
                "imports": state.imports + bool(step.flow.get("imported")),
            }
        )

    def _flow(self, state: LogFiles) -> Mapping[str, DayFlow]:
        """What flowed so far; of a list without these sums, all that lies there was imported."""
        if state.is_accounted:
            return state.flow
        with workbench() as (connection, folder):
            create_files_view(connection, "held", local_files(self.scope, state.files, folder))
            return moved({}, imported=received_on(connection, "held"))

    def _marks(self, marks: Mapping[str, str], taken: Sequence[Segment]) -> dict[str, str]:
        """The marks after `taken`, without those of writers of whom no segment is left."""
        there = set(self.segments.writers())
        after = advanced(marks, taken)
        return {writer: mark for writer, mark in after.items() if writer in there}


def keys_of(some: Iterable[LogFile | Retired]) -> set[str]:
    return {one.key for one in some}


@contextmanager
def workbench() -> "Iterator[tuple[DuckDBPyConnection, Path]]":
    """A DuckDB and a working folder, gone when the step is done."""
    with tempfile.TemporaryDirectory(prefix="recommender-log-") as name:
        folder = Path(name)
        with closing(connect(folder)) as connection:
            yield connection, folder
