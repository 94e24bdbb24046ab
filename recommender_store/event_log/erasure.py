"""
Removing all events of a user, or of a session, for good.

Segments are compacted first; files that hold the actor are written anew without, the checkpoint
from what is left. What was replaced goes at once, with no grace: a reader of the older state is
told that the log moved. Repeated until nothing is found, since events go on coming.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from recommender_store.errors import ObjectMissing

from .checkpoint import write_checkpoint
from .compaction import LogGrowth
from .day_files import upload_day, write_days
from .files import Listed, LogFile
from .flow import received_on
from .retention import named_by
from .steps import LogSteps, Step, keys_of, workbench
from .view import count_of, create_files_view, local_files

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ROUNDS = 10
"""Somebody who never stops acting must not keep an erasure from ending."""


@dataclass(frozen=True)
class Actor:
    """Who is to be forgotten."""

    column: Literal["user_id", "session_id"]
    actor_id: str


@dataclass(frozen=True)
class Erasure:
    """What was removed."""

    events: int = 0
    files_rewritten: int = 0
    objects_deleted: int = 0
    """Replaced copies, and leftovers of steps that were killed."""
    still_active: bool = False
    """Whether events of the actor came in faster than they could be removed."""
    sessions: tuple[str, ...] = ()
    """Sessions that stood in the user's events; alone, they may have events of their own."""


@dataclass
class _Found:
    """What one round is about to do."""

    events: int = 0
    files: list[LogFile] = field(default_factory=list)
    replaced: list[LogFile] = field(default_factory=list)
    received: dict[str, int] = field(default_factory=dict)
    sessions: set[str] = field(default_factory=set)


class LogErasure:
    """Removes actors from one tenant's log."""

    def __init__(self, steps: LogSteps, growth: LogGrowth) -> None:
        self._steps = steps
        self._growth = growth

    def erase(self, actor: Actor) -> Erasure:
        """Remove all events of the actor that were received before this call. Safe to repeat."""
        events = rewritten = deleted = 0
        sessions: set[str] = set()
        for _ in range(ROUNDS):
            self._growth.compact()
            found = self._steps.retrying(lambda before: self._erase_once(before, actor))
            deleted += self._steps.retrying(self._purge)
            events += found.events
            rewritten += len(found.replaced)
            sessions |= found.sessions
            if not self._is_pending(actor):
                return Erasure(events, rewritten, deleted, sessions=tuple(sorted(sessions)))
        return Erasure(events, rewritten, deleted, True, tuple(sorted(sessions)))

    def _erase_once(self, before: Listed, actor: Actor) -> _Found:
        scope, state = self._steps.scope, before.state
        leftovers = list(self._unnamed(before))
        with workbench() as (connection, folder):
            found = self._rewrite(connection, state.files, actor, folder)
            checkpoint = state.checkpoint
            if found.events:
                replaced = keys_of(found.replaced)
                left = [file for file in state.files if file.key not in replaced] + found.files
                create_files_view(connection, "remaining", local_files(scope, left, folder))
                checkpoint = write_checkpoint(connection, scope, None, "remaining", folder)
        # Named even where nothing was found: whoever works from an older state takes its files
        # back from here on, so that what nobody named before is nobody's; and whoever still tells
        # of what expired or was erased before learns that it must go.
        step = Step(
            checkpoint,
            tuple(found.files),
            replaced=tuple(found.replaced),
            flow={"erased": found.received},
            is_purge=True,
        )
        self._steps.commit(before, step)
        self._delete_unnamed(leftovers)
        return found

    def _rewrite(
        self,
        connection: "DuckDBPyConnection",
        files: Iterable[LogFile],
        actor: Actor,
        folder: Path,
    ) -> _Found:
        """Write each file that holds the actor anew, without; one that holds nobody else goes."""
        found = _Found()
        for number, file in enumerate(files):
            place = folder / f"{number}"
            place.mkdir()
            create_files_view(connection, "one_file", local_files(self._steps.scope, [file], place))
            _split(connection, actor)
            erased = count_of(connection, "gone")
            if erased:
                found.events += erased
                found.replaced.append(file)
                found.sessions |= _sessions(connection)
                for day, count in received_on(connection, "gone").items():
                    found.received[day] = found.received.get(day, 0) + count
                if erased < file.rows:
                    parts = write_days(connection, "kept", place)
                    found.files += [upload_day(self._steps.scope, *part) for part in parts]
            for path in place.glob("*.parquet"):
                path.unlink()
        return found

    def _unnamed(self, before: Listed) -> Iterator[str]:
        """What lies there and no state names: left by the killed, or just being written."""
        named = named_by(before)
        for prefix in ("parquet", "history"):
            for info in self._steps.scope.list(prefix):
                if info.key not in named:
                    yield info.key

    def _delete_unnamed(self, keys: Iterable[str]) -> None:
        named = named_by(self._steps.newest())
        self._steps.delete(key for key in keys if key not in named)

    def _purge(self, before: Listed) -> int:
        """Delete at once whatever was replaced; lists of files name nobody and can wait."""
        retired = tuple(one for one in before.state.retired if not one.key.startswith("lists/"))
        self._steps.delete(entry.key for entry in retired)
        if retired:
            self._steps.commit(before, Step(before.state.checkpoint, swept=retired, is_purge=True))
        return len(retired)

    def _is_pending(self, actor: Actor) -> bool:
        steps = self._steps
        for segment in steps.segments.segments(steps.newest().state.marks):
            try:
                lines = steps.segments.read(segment)
            except ObjectMissing:
                return True  # compacted by another process just now
            if any(msgspec.json.decode(line).get(actor.column) == actor.actor_id for line in lines):
                return True
        return False


def _split(connection: "DuckDBPyConnection", actor: Actor) -> None:
    """Part the relation `one_file` into `gone` and `kept`."""
    connection.execute(
        f"CREATE OR REPLACE TABLE gone AS FROM one_file WHERE {actor.column} = ?",
        [actor.actor_id],
    )
    quoted = "'" + actor.actor_id.replace("'", "''") + "'"
    connection.execute(
        f"CREATE OR REPLACE VIEW kept AS FROM one_file "
        f"WHERE {actor.column} IS DISTINCT FROM {quoted}"
    )


def _sessions(connection: "DuckDBPyConnection") -> set[str]:
    rows = connection.execute(
        "SELECT DISTINCT session_id FROM gone WHERE session_id IS NOT NULL AND user_id IS NOT NULL"
    ).fetchall()
    return {session for (session,) in rows}
