"""
Take a tenant's dataset out of the log: interactions, who and what is in them, and what they look
like.

DuckDB does the joining and sorting out of core; only the finished arrays are held in memory. Users
and sessions are digested here: no later step sees an id of theirs.
"""

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from recommender_models.seen import KIND_BITS
from recommender_models.weighting import Weighting
from recommender_store.artifacts.arrays import map_array, save_array
from recommender_store.artifacts.digests import Digests, Noun
from recommender_store.artifacts.known_users import DIGESTS
from recommender_store.artifacts.vocabulary import Vocabulary
from recommender_store.event_log.owners import create_owned_view
from recommender_store.event_log.reader import LogState
from recommender_store.event_log.remembered import SILENT_KINDS
from recommender_store.runs.counted import CountedDay
from trainers.errors import DataRefused

from .allowance import allowance
from .counted import count_received
from .descriptions import Descriptions
from .distinct import distinct_keys, distinct_rows
from .interactions import US_PER_DAY, Interactions

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SAYS_SOMETHING = f"item_id IS NOT NULL AND kind NOT IN {SILENT_KINDS}"
"""Events that somebody did with an item; what was merely shown is not among them."""

_SESSIONS = "session_digests.npy"
_DIGESTED_AT_ONCE = 100_000
"""Ids; so many are held as text."""

DESCRIPTIONS = "descriptions"
"""The folder of what the catalog says, where it says something."""


@dataclass(frozen=True)
class Statistics:
    """What a dataset looks like."""

    events: int
    users: int
    sessions_without_user: int
    items: int
    items_in_catalog: int
    pairs: int
    """Distinct user-item pairs that speak for the item."""
    since_us: int
    until_us: int
    """Just after the newest event."""
    events_by_kind: dict[str, int]
    busiest_user_share: float
    busiest_item_share: float
    received: dict[str, CountedDay] = field(default_factory=dict)
    """The newest UTC days of receipt, for the ledger."""


@dataclass(frozen=True)
class Snapshot:
    """A dataset; `items` holds the catalog's items too, those without events at no extra cost."""

    interactions: Interactions
    items: Vocabulary
    users: NDArray[np.uint64]
    """The tenant's keyed digests, ascending: a row each."""
    statistics: Statistics
    session_digests: NDArray[np.uint64]
    """The same of each session that events name, by its number in them."""
    descriptions: Descriptions | None = None
    """The catalog as it was; None where it said nothing of any item."""

    @property
    def shape(self) -> tuple[int, int]:
        """Actors, items."""
        return (len(self.users) + self.statistics.sessions_without_user, len(self.items))

    @cached_property
    def fingerprint(self) -> str:
        """
        Of every event, every id and every description: equal data and an equal key of the tenant,
        equal digest.
        """
        digest = hashlib.sha256(self.interactions.fingerprint().encode())
        digest.update(self.session_digests.data)
        digest.update(self.users.data)
        said = self.descriptions
        for vocabulary in (self.items, *([said.words] if said else [])):
            digest.update("\n".join(vocabulary.ids(range(len(vocabulary)))).encode())
            digest.update(b"\n\n")
        if said is not None:
            for part in (said.counts.indptr, said.counts.indices):
                digest.update(part.astype(np.int64).data)
            digest.update(said.counts.data.data)
        return digest.hexdigest()

    def save(self, folder: Path) -> None:
        self.interactions.save(folder / "interactions")
        self.items.save(folder / "items.marisa")
        save_array(folder / DIGESTS, self.users)
        save_array(folder / _SESSIONS, self.session_digests)
        if self.descriptions is not None:
            self.descriptions.save(folder / DESCRIPTIONS)
        (folder / "statistics.json").write_bytes(msgspec.json.encode(asdict(self.statistics)))

    @classmethod
    def from_path(cls, folder: Path) -> Self:
        return cls(
            Interactions.from_path(folder / "interactions"),
            Vocabulary.open(folder / "items.marisa"),
            map_array(folder / DIGESTS),
            msgspec.json.decode((folder / "statistics.json").read_bytes(), type=Statistics),
            map_array(folder / _SESSIONS),
            Descriptions.from_path(folder / DESCRIPTIONS),
        )


def take_snapshot(
    state: LogState,
    weighting: Weighting,
    digests: Digests,
    *,
    window_days: int | None,
    catalog_ids: Collection[str] = (),
    threads: int | None = None,
) -> Snapshot:
    """
    The newest `window_days` of the log, counted back from its newest event; None: all of it.

    `digests` are the tenant's.

    Raises:
        DataRefused: `log_empty`, where no event names an item.
    """
    with state.opened(**allowance(state.files.row_count, threads)) as connection:
        create_owned_view(connection)
        _select_window(connection, weighting, window_days)
        items, item_rows = _items(connection, catalog_ids)
        users, user_rows = _users(connection, digests)
        sessions = _count_anonymous(connection)
        session_digests = _sessions(connection, digests)
        events = _fetch(connection)
        statistics_by_kind = dict(
            connection.execute("SELECT kind, count(*) FROM chosen GROUP BY 1 ORDER BY 1").fetchall()
        )
        received = count_received(connection, state.files.flow)
    actor_rows = np.concatenate(
        [user_rows, np.arange(len(users), len(users) + sessions, dtype=np.int32)]
    )
    interactions = Interactions(
        actor=actor_rows[events["actor"]],
        item=item_rows[events["item"]],
        weight=events["weight"],
        kind=events["kind_bit"],
        at_us=events["at_us"],
        session=events["session"],
    )
    statistics = describe_events(interactions, statistics_by_kind, len(users), items, sessions)
    statistics = replace(statistics, received=received)
    return Snapshot(interactions, items, users, statistics, session_digests)


def _select_window(
    connection: "DuckDBPyConnection", weighting: Weighting, window_days: int | None
) -> None:
    query = f"SELECT epoch_us(max(occurred_at)) FROM events WHERE {_SAYS_SOMETHING}"  # noqa: S608 - a condition of our own
    newest = connection.execute(query).fetchone()
    if newest is None or newest[0] is None:
        raise log_empty()
    since_us = 0 if window_days is None else newest[0] + 1 - window_days * US_PER_DAY
    bits = " ".join(f"WHEN '{kind}' THEN {bit}" for kind, bit in KIND_BITS.items())
    connection.execute(
        f"""
        CREATE TABLE chosen AS
        SELECT coalesce(user_id, session_id) AS actor, user_id IS NOT NULL AS is_user, session_id,
               item_id, kind, ({_weight_sql(weighting)})::FLOAT AS weight,
               (CASE split_part(kind, ':', 1) {bits} END)::UTINYINT AS kind_bit,
               epoch_us(occurred_at) AS at_us, event_id, received_at
        FROM owned
        WHERE {_SAYS_SOMETHING} AND epoch_us(occurred_at) >= {since_us}
        """  # noqa: S608 - numbers and kinds of our own
    )


def log_empty() -> DataRefused:
    return DataRefused(
        reason="log_empty",
        sentence="the log holds nothing that anybody did with an item: send events with the "
        "logger SDK, or bring a log with `recommender events import`",
    )


def _weight_sql(weighting: Weighting) -> str:
    """`Weighting.of` in SQL."""
    cases = " ".join(
        f"WHEN '{kind.replace(chr(39), chr(39) * 2)}' THEN {max(weight, 0.0)}"
        for kind, weight in weighting.kind_weights.items()
    )
    low = f"kind = 'rating' AND (value IS NULL OR value < {weighting.positive_rating})"
    return f"CASE WHEN {low} THEN 0 ELSE CASE kind {cases} ELSE 0 END END" if cases else "0"


def _items(
    connection: "DuckDBPyConnection", also: Collection[str]
) -> tuple[Vocabulary, NDArray[np.int32]]:
    """Those of the events and those of the catalog; the row of each code."""
    ids = [one for some in _coded(connection, "item", "item_id", "true") for one in some]
    vocabulary = Vocabulary.of([*ids, *also])
    return vocabulary, vocabulary.rows(ids)


def _users(
    connection: "DuckDBPyConnection", digests: Digests
) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
    """Their digests, ascending, and the row of each code; two users with one digest are one."""
    ids = _coded(connection, "actor", "actor", "is_user")
    users, rows = np.unique(_digested(ids, digests, "user"), return_inverse=True)
    return users, rows.astype(np.int32)


def _sessions(connection: "DuckDBPyConnection", digests: Digests) -> NDArray[np.uint64]:
    """In the order of their codes."""
    ids = _coded(connection, "session", "session_id", "session_id IS NOT NULL")
    return _digested(ids, digests, "session")


def _coded(
    connection: "DuckDBPyConnection", noun: str, column: str, condition: str
) -> Iterator[list[str]]:
    """The distinct ids of a column in the order of the codes that `<noun>_codes` gives them."""
    connection.execute(
        f"""
        CREATE TABLE {noun}_codes AS
        SELECT {column} AS id, (row_number() OVER (ORDER BY {column}) - 1)::INTEGER AS code
        FROM (SELECT DISTINCT {column} FROM chosen WHERE {condition})
        """  # noqa: S608 - names of our own
    )
    found = connection.execute(f"SELECT id FROM {noun}_codes ORDER BY code")  # noqa: S608 - a name of our own
    while some := found.fetchmany(_DIGESTED_AT_ONCE):
        yield [one for (one,) in some]


def _digested(ids: Iterator[list[str]], digests: Digests, noun: Noun) -> NDArray[np.uint64]:
    parts = [digests.short_of_all(noun, some) for some in ids]
    return np.concatenate([np.empty(0, np.uint64), *parts])


def _count_anonymous(connection: "DuckDBPyConnection") -> int:
    """Give codes to sessions without a user, after those of the users; returns how many."""
    connection.execute(
        """
        CREATE TABLE anonymous_codes AS
        SELECT actor AS id, ((SELECT count(*) FROM actor_codes)
               + row_number() OVER (ORDER BY actor) - 1)::INTEGER AS code
        FROM (SELECT DISTINCT actor FROM chosen WHERE NOT is_user)
        """
    )
    row = connection.execute("SELECT count(*) FROM anonymous_codes").fetchone()
    return int(row[0]) if row else 0


def _fetch(connection: "DuckDBPyConnection") -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = connection.execute(
        """
        SELECT coalesce(u.code, s.code) AS actor, i.code AS item, weight,
               coalesce(kind_bit, 0)::UTINYINT AS kind_bit, at_us,
               coalesce(n.code, -1) AS session
        FROM chosen
        JOIN item_codes AS i ON i.id = item_id
        LEFT JOIN actor_codes AS u ON is_user AND u.id = actor
        LEFT JOIN anonymous_codes AS s ON NOT is_user AND s.id = actor
        LEFT JOIN session_codes AS n ON n.id = session_id
        ORDER BY at_us, event_id
        """
    ).fetchnumpy()
    types = {"actor": np.int32, "item": np.int32, "weight": np.float32, "kind_bit": np.uint8}
    types |= {"at_us": np.int64, "session": np.int32}
    return {name: np.asarray(arrays[name]).astype(kind) for name, kind in types.items()}


def describe_events(
    interactions: Interactions,
    events_by_kind: dict[str, int],
    users: int,
    items: Vocabulary,
    sessions: int,
) -> Statistics:
    """What these events look like; when what was received is for others to count."""
    said = interactions.positive
    pairs = distinct_keys(said.actor.astype(np.int64) * len(items) + said.item)
    return Statistics(
        events=len(interactions),
        users=users,
        sessions_without_user=sessions,
        items=len(distinct_rows(interactions.item)),
        items_in_catalog=len(items),
        pairs=len(pairs),
        since_us=int(interactions.at_us[0]),
        until_us=int(interactions.at_us[-1]) + 1,
        events_by_kind=events_by_kind,
        busiest_user_share=_busiest_share(interactions.actor),
        busiest_item_share=_busiest_share(interactions.item),
    )


def _busiest_share(codes: NDArray[np.int32]) -> float:
    return float(np.bincount(codes).max() / len(codes))
