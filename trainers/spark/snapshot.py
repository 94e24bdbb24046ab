"""
Take a tenant's dataset out of the log, on Spark: the very snapshot that DuckDB takes.

Joining, sorting, ranking and digesting are the executors' work; ids of items, digests of users and
sessions, and 25 bytes an event, come to the driver. `trainers.datasets.snapshot` says what a
dataset is; a test holds the two to each other.
"""

from collections.abc import Collection
from contextlib import ExitStack
from dataclasses import replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as f

from recommender_models.seen import KIND_BITS
from recommender_models.weighting import Weighting
from recommender_store.artifacts.digests import Digests, Noun
from recommender_store.artifacts.vocabulary import Vocabulary
from recommender_store.event_log.reader import LogState
from recommender_store.event_log.remembered import SILENT_KINDS
from recommender_store.runs.counted import CountedDay
from trainers.datasets.counted import counted_days
from trainers.datasets.interactions import US_PER_DAY, Interactions
from trainers.datasets.snapshot import Snapshot, Statistics, describe_events, log_empty

from .arrays import Batches, brought, columns_of
from .log import events, owned, told

_TYPES = {
    "actor": np.int32,
    "item": np.int32,
    "weight": np.float32,
    "kind": np.uint8,
    "at_us": np.int64,
    "session": np.int32,
}


def take_snapshot(
    session: SparkSession,
    state: LogState,
    weighting: Weighting,
    digests: Digests,
    *,
    window_days: int | None,
    catalog_ids: Collection[str] = (),
) -> Snapshot:
    """
    As `trainers.datasets.snapshot.take_snapshot`.

    Raises:
        DataRefused: `log_empty`, where no event names an item.
        LogMoved, LogUnreachable, SparkFailed
    """
    with told(state):
        log = events(session, state)
        since_us = _since_us(log, window_days)
        with ExitStack() as held:
            chosen = _held(_chosen(log, weighting, since_us), held)
            named = chosen.where("session_id IS NOT NULL").select(f.col("session_id").alias("id"))
            sessions = _held(_ranked(named, held), held)
            users = _held(_users(chosen, digests), held)
            known = np.unique(columns_of(users, {"digest": np.int64})["digest"].view(np.uint64))
            actors, visits = _actors(session, chosen, users, known, held)
            coded, items = _coded(session, chosen, actors, sessions, catalog_ids)
            interactions = Interactions(**columns_of(coded, _TYPES))
            found = _statistics(chosen, interactions, items, len(known), visits)
            received = _received(log, chosen, int(interactions.at_us[0]), state)
            statistics = replace(found, received=received)
            by_code = _digested(sessions.orderBy("code").select("id"), digests, "session")
            named = columns_of(by_code, {"digest": np.int64})["digest"].view(np.uint64)
            return Snapshot(interactions, items, known, statistics, named)


def _users(chosen: DataFrame, digests: Digests) -> DataFrame:
    """The users' ids, each with its digest."""
    return _digested(
        chosen.where("is_user").select(f.col("actor").alias("id")).distinct(), digests, "user"
    )


def _actors(
    session: SparkSession,
    chosen: DataFrame,
    users: DataFrame,
    known: NDArray[np.uint64],
    held: ExitStack,
) -> tuple[DataFrame, int]:
    """Whoever did something, with their rows; how many of them are sessions without a user."""
    rows = np.arange(len(known), dtype=np.int32)
    table = pa.table({"digest": known.view(np.int64), "code": rows})
    coded = users.join(session.createDataFrame(table), "digest").select("id", "code")
    visit_ids = chosen.where("NOT is_user").select(f.col("actor").alias("id"))
    visits = _ranked(visit_ids, held, first=len(known))
    actors = coded.withColumn("is_user", f.lit(True))
    return actors.unionByName(visits.withColumn("is_user", f.lit(False))), visits.count()


def _coded(
    session: SparkSession,
    chosen: DataFrame,
    actors: DataFrame,
    sessions: DataFrame,
    catalog_ids: Collection[str],
) -> tuple[DataFrame, Vocabulary]:
    """The events in order, by codes, and the items."""
    item_ids = _ids(chosen.select(f.col("item_id").alias("id")))
    items = Vocabulary.of([*item_ids, *catalog_ids])
    coded = (
        chosen.join(_named(actors, "actor"), ["actor", "is_user"])
        .join(_named(_codes(session, item_ids, items), "item_id"), "item_id")
        .join(_named(sessions, "session_id"), "session_id", "left")
        .select(
            f.col("actor_code").alias("actor"),
            f.col("item_id_code").alias("item"),
            "weight",
            "kind",
            "at_us",
            f.coalesce("session_id_code", f.lit(-1)).alias("session"),
            "event_id",
        )
    )
    return coded.orderBy("at_us", "event_id"), items


def _digested(ids: DataFrame, digests: Digests, noun: Noun) -> DataFrame:
    """A frame's one column `id`, and beside it `digest`; digested where they are."""

    def on_executor(batches: Batches) -> Batches:
        for batch in batches:
            known = batch.column("id")
            digest = digests.short_of_all(noun, known.to_pylist()).view(np.int64)
            yield pa.record_batch([known, pa.array(digest)], names=["id", "digest"])

    return ids.mapInArrow(on_executor, "id string, digest bigint")


def _statistics(
    chosen: DataFrame, interactions: Interactions, items: Vocabulary, users: int, visits: int
) -> Statistics:
    kinds = chosen.groupBy("kind_name").count().orderBy("kind_name").collect()
    by_kind = {row.kind_name: row["count"] for row in kinds}
    return describe_events(interactions, by_kind, users, items, visits)


def _says_something() -> Column:
    return f.col("item_id").isNotNull() & ~f.col("kind").isin(*SILENT_KINDS)


def _since_us(log: DataFrame, window_days: int | None) -> int:
    """
    Raises:
        DataRefused: where there is nothing to look back from.
    """
    found = log.where(_says_something()).agg(f.max(f.unix_micros("occurred_at"))).collect()
    newest = found[0][0]
    if newest is None:
        raise log_empty()
    return 0 if window_days is None else newest + 1 - window_days * US_PER_DAY


def _chosen(log: DataFrame, weighting: Weighting, since_us: int) -> DataFrame:
    at_us = f.unix_micros("occurred_at")
    return (
        owned(log)
        .where(_says_something() & (at_us >= since_us))
        .select(
            f.coalesce("user_id", "session_id").alias("actor"),
            f.col("user_id").isNotNull().alias("is_user"),
            "session_id",
            "item_id",
            f.col("kind").alias("kind_name"),
            _weight(weighting).cast("float").alias("weight"),
            _kind_bit().cast("int").alias("kind"),
            at_us.alias("at_us"),
            "event_id",
            "received_at",
        )
    )


def _weight(weighting: Weighting) -> Column:
    """`Weighting.of` as a column."""
    value = f.col("value")
    low = (f.col("kind") == "rating") & (value.isNull() | (value < weighting.positive_rating))
    weighed = f.when(low, f.lit(0.0))
    for kind, weight in weighting.kind_weights.items():
        weighed = weighed.when(f.col("kind") == kind, f.lit(max(weight, 0.0)))
    return weighed.otherwise(f.lit(0.0))


def _kind_bit() -> Column:
    name = f.split_part(f.col("kind"), f.lit(":"), f.lit(1))
    bit = f.lit(0)
    for kind, one in KIND_BITS.items():
        bit = f.when(name == kind, f.lit(one)).otherwise(bit)
    return bit


def _ids(frame: DataFrame) -> list[str]:
    """The distinct ids of a frame's one column."""
    return [one for batch in brought(frame.distinct()) for one in batch.column(0).to_pylist()]


def _codes(session: SparkSession, ids: list[str], vocabulary: Vocabulary) -> DataFrame:
    """Ids with the rows that the vocabulary gives them."""
    table = {"id": pa.array(ids, pa.string()), "code": vocabulary.rows(ids)}
    return session.createDataFrame(pa.table(table))


def _held(frame: DataFrame, held: ExitStack) -> DataFrame:
    """The frame, computed once for all that asks for it."""
    held.callback(frame.unpersist)
    return frame.persist()


def _ranked(frame: DataFrame, held: ExitStack, *, first: int = 0) -> DataFrame:
    """
    The distinct ids of a frame's one column with their places in order, from `first` on.

    Ordered in ranges, an executor each, so that no single one has to hold them all; the ranges are
    to be the same for counting and for numbering, so they are held.
    """
    ranges = frame.distinct().repartitionByRange("id").withColumn("range", f.spark_partition_id())
    ranged = _held(ranges, held)
    begins, begin = {}, first
    for row in ranged.groupBy("range").count().orderBy("range").collect():
        begins[row.range] = begin
        begin += row["count"]
    within = f.row_number().over(Window.partitionBy("range").orderBy("id")) - 1
    starts = f.create_map(*(f.lit(part) for pair in begins.items() for part in pair))
    start = starts[f.col("range")] if begins else f.lit(first)
    return ranged.select("id", (start + within).cast("int").alias("code"))


def _named(codes: DataFrame, column: str) -> DataFrame:
    return codes.withColumnsRenamed({"id": column, "code": f"{column}_code"})


def _received(
    log: DataFrame, chosen: DataFrame, since_us: int, state: LogState
) -> dict[str, CountedDay]:
    day = f.to_date("received_at").cast("string").alias("day")
    reason = (
        f.when(f.col("kind") == "impression", "impression")
        .when(f.col("kind").isin("served", "identify"), "written_by_the_platform")
        .when(f.col("item_id").isNull(), "names_no_item")
        .when(f.unix_micros("occurred_at") < since_us, "older_than_window")
        .alias("reason")
    )
    read = log.groupBy(day, reason).count().collect()
    used = chosen.groupBy(day).count().collect()
    return counted_days(
        [(row.day, row.reason, row["count"]) for row in read],
        {row.day: row["count"] for row in used},
        state.files.flow,
    )
