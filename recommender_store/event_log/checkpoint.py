"""
The newest events of users and sessions, kept beside the log so that live history starts without
reading it.

JSON lines, compressed, each as `remembered` says. A new checkpoint is the old one and the events
that came since; it can be rebuilt from the log. What is kept is decided by each event's own age
and rank, so that merging step by step keeps what one merge of all would keep.
"""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import zstandard

from recommender_store.errors import ObjectMissing
from recommender_store.objects.scope import Scope

from .errors import LogFileCorrupt
from .remembered import (
    EVENTS_PER_USER,
    JOIN_DAYS,
    JOINS_PER_SESSION,
    SESSION_DAYS,
    SHOWN_DAYS,
    SHOWN_PER_ACTOR,
    SILENT_KINDS,
    Remembered,
    from_line,
)
from .view import quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MS_PER_DAY = 86_400_000

_COLUMNS = (
    "{'of': 'VARCHAR', 'user_id': 'VARCHAR', 'session_id': 'VARCHAR', 'kinds': 'VARCHAR[]', "
    "'items': 'VARCHAR[]', 'times_ms': 'BIGINT[]', 'ratings': 'DOUBLE[]', "
    "'sessions': 'VARCHAR[]', 'users': 'VARCHAR[]'}"
)

_LISTS = ", ".join(
    f"list_transform(newest, lambda one: one.{field}) AS {name}"
    for name, field in {
        "kinds": "kind",
        "items": "item_id",
        "times_ms": "at_ms",
        "ratings": "value",
    }.items()
)


def write_checkpoint(
    connection: "DuckDBPyConnection", scope: Scope, before: str | None, new: str, folder: Path
) -> str:
    """
    Merge the checkpoint `before` with the events of the relation `new`; returns the new key.

    Only events that `before` does not hold may be in `new`.
    """
    old = folder / "checkpoint.jsonl"
    old.write_bytes(b"" if before is None else _unpacked(scope, before))
    _create_views(connection, old, new)
    ((newest_ms,),) = connection.execute(
        "SELECT coalesce(max(at_ms), 0) FROM "
        "(SELECT at_ms FROM deeds UNION ALL SELECT at_ms FROM joins "
        "UNION ALL SELECT at_ms FROM shown)"
    ).fetchall()
    text = b""
    for name, query in _lines(newest_ms).items():
        part = folder / f"checkpoint-{name}.jsonl"
        connection.execute(f"COPY ({query}) TO {quoted(part)} (FORMAT json)")
        text += part.read_bytes()
    key = f"history/{uuid.uuid4().hex}.jsonl.zst"
    scope.put(key, zstandard.ZstdCompressor(3, write_checksum=True).compress(text))
    return key


def read_checkpoint(scope: Scope, key: str) -> Iterator[Remembered]:
    """
    What is remembered of every user and session.

    Raises:
        LogFileCorrupt: where the checkpoint is gone or damaged, or of a newer version.
    """
    return _decoded(_unpacked(scope, key), key)


def _decoded(text: bytes, key: str) -> Iterator[Remembered]:
    try:
        yield from map(from_line, text.splitlines())
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise LogFileCorrupt(file=key, reason=f"is no checkpoint known here ({error})") from error


def _create_views(connection: "DuckDBPyConnection", old: Path, new: str) -> None:
    """What the lines of `old` and the events of `new` hold: `deeds`, `joins` and `shown`."""
    lines = f"read_json({quoted(old)}, format = 'newline_delimited', columns = {_COLUMNS})"
    connection.execute(
        f"""
        CREATE OR REPLACE VIEW deeds AS
        SELECT user_id, coalesce(session_id, unnest(sessions)) AS session_id,
               unnest(kinds) AS kind, unnest(items) AS item_id, unnest(times_ms) AS at_ms,
               unnest(ratings) AS value
        FROM {lines} WHERE kinds IS NOT NULL
        UNION ALL
        SELECT user_id, session_id, kind, item_id, epoch_us(occurred_at) // 1000 AS at_ms, value
        FROM {new} WHERE item_id IS NOT NULL AND kind NOT IN {SILENT_KINDS}
        """  # noqa: S608 - our own path, names and kinds
    )
    connection.execute(
        f"""
        CREATE OR REPLACE VIEW joins AS
        SELECT session_id, unnest(users) AS user_id, unnest(times_ms) AS at_ms
        FROM {lines} WHERE users IS NOT NULL
        UNION
        SELECT session_id, user_id, epoch_us(occurred_at) // 1000 AS at_ms
        FROM {new}
        WHERE kind = 'identify' AND session_id IS NOT NULL AND user_id IS NOT NULL
        """  # noqa: S608 - our own path and names
    )
    connection.execute(
        f"""
        CREATE OR REPLACE VIEW shown AS
        SELECT user_id, session_id, unnest(items) AS item_id, unnest(times_ms) AS at_ms
        FROM {lines} WHERE of = 'shown'
        UNION
        SELECT user_id, CASE WHEN user_id IS NULL THEN session_id END AS session_id,
               unnest(items) AS item_id, epoch_us(occurred_at) // 1000 AS at_ms
        FROM {new} WHERE kind = 'impression' AND coalesce(user_id, session_id) IS NOT NULL
        """  # noqa: S608 - our own path and names
    )


def _lines(newest_ms: int) -> dict[str, str]:
    """The queries whose rows are the lines; `newest_ms` is the time of the newest event."""
    in_session = f"at_ms >= {newest_ms - SESSION_DAYS * _MS_PER_DAY}"
    # Sorted by every field, so that equal logs give equal lines.
    newest = (
        "list_slice(list_sort(list({at_ms: at_ms, item_id: item_id, kind: kind, value: value, "
        f"session_id: CASE WHEN {in_session} THEN session_id END}})), -{EVENTS_PER_USER}, -1)"
    )
    return {
        "users": f"""
            SELECT 'user' AS of, user_id, {_LISTS},
                   list_transform(newest, lambda one: one.session_id) AS sessions
            FROM (
                SELECT user_id, {newest} AS newest
                FROM deeds WHERE user_id IS NOT NULL GROUP BY user_id
            ) ORDER BY user_id""",  # noqa: S608 - our own names and numbers
        "sessions": f"""
            SELECT 'session' AS of, session_id, {_LISTS}
            FROM (
                SELECT session_id, {newest} AS newest
                FROM deeds WHERE user_id IS NULL AND session_id IS NOT NULL AND {in_session}
                GROUP BY session_id
            ) ORDER BY session_id""",  # noqa: S608 - our own names and numbers
        "joins": f"""
            SELECT 'joins' AS of, session_id,
                   list_transform(newest, lambda one: one.user_id) AS users,
                   list_transform(newest, lambda one: one.at_ms) AS times_ms
            FROM (
                SELECT session_id, list_slice(list_sort(list(
                    {{at_ms: at_ms, user_id: user_id}})), -{JOINS_PER_SESSION}, -1) AS newest
                FROM joins WHERE at_ms >= {newest_ms - JOIN_DAYS * _MS_PER_DAY}
                GROUP BY session_id
            ) ORDER BY session_id""",  # noqa: S608 - our own names and numbers
        "shown": f"""
            SELECT 'shown' AS of, user_id, session_id,
                   list_transform(newest, lambda one: one.item_id) AS items,
                   list_transform(newest, lambda one: one.at_ms) AS times_ms
            FROM (
                SELECT user_id, session_id, list_slice(list_sort(list(
                    {{at_ms: at_ms, item_id: item_id}})), -{SHOWN_PER_ACTOR}, -1) AS newest
                FROM shown WHERE at_ms >= {newest_ms - SHOWN_DAYS * _MS_PER_DAY}
                GROUP BY user_id, session_id
            ) ORDER BY user_id, session_id""",  # noqa: S608 - our own names and numbers
    }


def _unpacked(scope: Scope, key: str) -> bytes:
    try:
        return zstandard.ZstdDecompressor().decompress(scope.get(key))
    except ObjectMissing as error:
        raise LogFileCorrupt(file=key, reason="is missing") from error
    except zstandard.ZstdError as error:
        raise LogFileCorrupt(file=key, reason=f"cannot be unpacked ({error})") from error
