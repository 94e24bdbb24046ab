"""
The newest events of each user, kept beside the log so that live history starts without reading it.

JSON lines, compressed: `{"user_id", "kinds": […], "items": […], "times_ms": […], "ratings":
[…]}`, oldest first.
A new checkpoint is the old one and the events that came since; it can be rebuilt from the log.
"""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import zstandard

from recommender_store.errors import LogFileCorrupt, ObjectMissing
from recommender_store.objects.scope import Scope

from .view import quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

EVENTS_PER_USER = 64
"""What serving looks at; older events speak through the model's own record of seen items."""

HISTORY_KINDS = ("view", "click", "cart", "favorite", "purchase", "rating", "dislike")

_COLUMNS = (
    "{'user_id': 'VARCHAR', 'kinds': 'VARCHAR[]', 'items': 'VARCHAR[]', "
    "'times_ms': 'BIGINT[]', 'ratings': 'DOUBLE[]'}"
)
_NO_EVENTS = (
    "SELECT NULL::VARCHAR AS user_id, NULL::VARCHAR AS kind, NULL::VARCHAR AS item_id, "
    "NULL::BIGINT AS at_ms, NULL::DOUBLE AS value WHERE false"
)


class UserEvents(msgspec.Struct):
    """The newest events of one user, oldest first."""

    user_id: str
    kinds: list[str]
    items: list[str]
    times_ms: list[int]
    ratings: list[float | None]
    """The event's `value`; only ratings mean anything by it."""


def write_checkpoint(
    connection: "DuckDBPyConnection", scope: Scope, before: str | None, new: str, folder: Path
) -> str:
    """
    Merge the checkpoint `before` with the events of the relation `new`; returns the new key.

    Only events that `before` does not hold may be in `new`.
    """
    old = _NO_EVENTS
    if before is not None:
        path = folder / "checkpoint.jsonl"
        path.write_bytes(_unpacked(scope, before))
        old = f"""
            SELECT user_id, unnest(kinds) AS kind, unnest(items) AS item_id,
                   unnest(times_ms) AS at_ms, unnest(ratings) AS value
            FROM read_json({quoted(path)}, format = 'newline_delimited', columns = {_COLUMNS})
        """  # noqa: S608 - our own path
    out = folder / "checkpoint-new.jsonl"
    # Sorted by every field, so that merging step by step keeps what one merge of all would keep.
    connection.execute(
        f"""
        COPY (
            SELECT user_id, list_transform(newest, lambda one: one.kind) AS kinds,
                   list_transform(newest, lambda one: one.item_id) AS items,
                   list_transform(newest, lambda one: one.at_ms) AS times_ms,
                   list_transform(newest, lambda one: one.value) AS ratings
            FROM (
                SELECT user_id, list_slice(list_sort(list({{
                    at_ms: at_ms, item_id: item_id, kind: kind, value: value
                }})), -{EVENTS_PER_USER}, -1) AS newest
                FROM (
                    {old} UNION ALL
                    SELECT user_id, kind, item_id, epoch_ms(occurred_at) AS at_ms, value
                    FROM {new}
                    WHERE user_id IS NOT NULL AND item_id IS NOT NULL AND kind IN {HISTORY_KINDS}
                ) GROUP BY user_id
            ) ORDER BY user_id
        ) TO {quoted(out)} (FORMAT json)
        """  # noqa: S608 - our own names and paths
    )
    key = f"history/{uuid.uuid4().hex}.jsonl.zst"
    scope.put(key, zstandard.ZstdCompressor(3, write_checksum=True).compress(out.read_bytes()))
    return key


def read_checkpoint(scope: Scope, key: str) -> Iterator[UserEvents]:
    """
    Every user's events.

    Raises:
        LogFileCorrupt: where the checkpoint is gone or damaged.
    """
    decode = msgspec.json.Decoder(UserEvents).decode
    return (decode(line) for line in _unpacked(scope, key).splitlines())


def _unpacked(scope: Scope, key: str) -> bytes:
    try:
        return zstandard.ZstdDecompressor().decompress(scope.get(key))
    except ObjectMissing as error:
        raise LogFileCorrupt(file=key, reason="is missing") from error
    except zstandard.ZstdError as error:
        raise LogFileCorrupt(file=key, reason=f"cannot be unpacked ({error})") from error
