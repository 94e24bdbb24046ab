"""
What every user would be recommended by a bundle, as Parquet.

Who they are is read from the log, since a bundle has digests in place of its users' ids. Executors
open the bundle's own files and ask the code that serves, so that what is exported is what
a server with the same bundle would answer, but for what is live in it: events since the training,
rules and filters. Items that the catalog hides are left out.
"""

import tempfile
from collections.abc import Callable, Collection
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from recommender_models.bundle import Bundle
from recommender_models.protocol import ForYou, Rows
from recommender_store.artifacts.arrays import map_array, save_array
from recommender_store.artifacts.digests import Digests
from recommender_store.artifacts.manifest import Manifest
from recommender_store.event_log.reader import LogState
from recommender_store.tenant_space import TenantSpace
from trainers.errors import NothingToExport

from .arrays import Batches, place, shipped
from .log import events, told

USERS_AT_ONCE = 2_000

_Keys = tuple[str, str, Digests | None]
"""Where the bundle's files are on an executor, what goes beside them, and the tenant's key."""

_SCHEMA = "user_id string, rank int, item_id string, score float, version string"


class Exported(NamedTuple):
    """What was written."""

    version: str
    users: int
    """Those of whom the bundle knows something to recommend by."""
    rows: int


def export_for_you(  # noqa: PLR0913 - what follows `limit` has a default
    session: Callable[[], SparkSession],
    space: TenantSpace,
    opened: tuple[Bundle, Path],
    output: str,
    *,
    limit: int,
    hidden: Collection[str] = (),
    asked_as: str = "user_id",
) -> Exported:
    """
    Write a folder of Parquet files: a row a user and item, ranks from 1 on.

    Args:
        session: asked for when there is something to do.
        space: whose users they are.
        opened: the bundle, and the folder of its files.
        output: a path or address that executors can write to; there must be nothing yet.
        limit: items a user.
        hidden: ids that must not be among them.
        asked_as: the column of the users.

    Raises:
        NothingToExport: where the bundle has no user-to-item model.
        LogMoved: where an erasure rewrote the log meanwhile: export again.
        LogUnreachable, SparkFailed
    """
    bundle, folder = opened
    version = bundle.manifest.version
    if bundle.for_you is None:
        raise NothingToExport(version=version)
    state, digests = space.events.state(), space.models.digests_for(bundle.manifest)
    with told(state):
        spark = session()
        bundle_key = shipped(spark, folder)
        beside_key = _shipped_beside(spark, bundle, hidden)
        frame = _users(spark, state, len(bundle.users)).mapInArrow(
            lambda batches: _answers(batches, (bundle_key, beside_key, digests), limit), _SCHEMA
        )
        frame.withColumnRenamed("user_id", asked_as).write.mode("error").parquet(output)
        written = spark.read.parquet(output)
        return Exported(version, written.where("rank = 1").count(), written.count())


def _shipped_beside(session: SparkSession, bundle: Bundle, hidden: Collection[str]) -> str:
    with tempfile.TemporaryDirectory(prefix="recommender-export-") as beside:
        save_array(Path(beside) / "hidden.npy", np.sort(bundle.rows(hidden)))
        manifest = bundle.manifest.model_dump_json()
        (Path(beside) / "manifest.json").write_text(manifest, encoding="utf-8")
        return shipped(session, Path(beside))


def _users(session: SparkSession, state: LogState, about: int) -> DataFrame:
    """Their ids, spread over the executors."""
    parts = min(-(-about // USERS_AT_ONCE), 4 * session.sparkContext.defaultParallelism)
    named = events(session, state).where("user_id IS NOT NULL").select("user_id").distinct()
    return named.repartition(max(1, parts))


def _answers(batches: Batches, keys: _Keys, limit: int) -> Batches:
    bundle, hidden = _opened(*keys)
    for batch in batches:
        ids = batch.column(0).to_pylist()
        known = [user for user, row in zip(ids, bundle.users.rows(ids), strict=True) if row >= 0]
        for start in range(0, len(known), USERS_AT_ONCE):
            yield answers(bundle, known[start : start + USERS_AT_ONCE], limit, hidden)


@lru_cache(maxsize=1)
def _opened(bundle_key: str, beside_key: str, digests: Digests | None) -> tuple[Bundle, Rows]:
    """Once a worker: its files are mapped."""
    beside = place(beside_key)
    text = (beside / "manifest.json").read_text(encoding="utf-8")
    bundle = Bundle.open(Manifest.model_validate_json(text), place(bundle_key), digests)
    return bundle, np.asarray(map_array(beside / "hidden.npy"))


def answers(bundle: Bundle, users: list[str], limit: int, hidden: Rows) -> pa.RecordBatch:
    """The answers of a bundle with a user-to-item model, user by user, best first."""
    model = bundle.for_you
    assert isinstance(model, ForYou)  # noqa: S101 - looked at before anything was sent
    known = [bundle.history(user) for user in users]
    histories = [replace(one, excluded=np.union1d(one.excluded, hidden)) for one in known]
    ranked = model.recommend(histories, limit)
    lengths = np.array([len(one.rows) for one in ranked], dtype=np.int64)
    rows = np.concatenate([np.empty(0, np.int32), *(one.rows for one in ranked)])
    scores = np.concatenate([np.empty(0, np.float32), *(one.scores for one in ranked)])
    ranks = np.arange(len(rows)) - np.repeat(np.cumsum(lengths) - lengths, lengths) + 1
    return pa.record_batch(
        {
            "user_id": pa.array(np.repeat(np.array(users, dtype=object), lengths), pa.string()),
            "rank": pa.array(ranks.astype(np.int32)),
            "item_id": pa.array(bundle.items.ids(rows.astype(np.int64)), pa.string()),
            "score": pa.array(scores.astype(np.float32)),
            "version": pa.array([bundle.manifest.version] * len(rows), pa.string()),
        }
    )
