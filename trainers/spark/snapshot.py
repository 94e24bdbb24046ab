"""
Take a tenant's dataset out of the log, on Spark: the very snapshot that DuckDB takes.

Joining, sorting and ranking are the executors' work; ids, and 25 bytes an event, come to the
driver. `trainers.datasets.snapshot` says what a dataset is; a test holds the two to each other.
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
from recommender_store.artifacts.session_rows import owner_digests
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
            coded, items, users, visits = _coded(session, chosen, sessions, catalog_ids, held)
            interactions = Interactions(**columns_of(coded, _TYPES))
            found = _statistics(chosen, interactions, items, users, visits)
            received = _received(log, chosen, int(interactions.at_us[0]), state)
            statistics = replace(found, received=received)
            return Snapshot(interactions, items, users, statistics, _digests(sessions))


def _coded(
    session: SparkSession,
    chosen: DataFrame,
    sessions: DataFrame,
    catalog_ids: Collection[str],
    held: ExitStack,
) -> tuple[DataFrame, Vocabulary, Vocabulary, int]:
    """The events in order, by codes; items, users, and how many sessions have no user."""
    item_ids = _ids(chosen.select(f.col("item_id").alias("id")))
    items = Vocabulary.of([*item_ids, *catalog_ids])
    user_ids = _ids(chosen.where("is_user").select(f.col("actor").alias("id")))
    users = Vocabulary.of(user_ids)
    visit_ids = chosen.where("NOT is_user").select(f.col("actor").alias("id"))
    visits = _ranked(visit_ids, held, first=len(users))
    actors = _codes(session, user_ids, users).withColumn("is_user", f.lit(True))
    actors = actors.unionByName(visits.withColumn("is_user", f.lit(False)))
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
    return coded.orderBy("at_us", "event_id"), items, users, visits.count()


def _digests(sessions: DataFrame) -> NDArray[np.uint64]:
    """Of the ids of sessions, by their codes; digested where they are."""
    ids = sessions.orderBy("code").select("id")
    digests = columns_of(ids.mapInArrow(_digested, "digest bigint"), {"digest": np.int64})
    return digests["digest"].view(np.uint64)


def _digested(batches: Batches) -> Batches:
    for batch in batches:
        digests = owner_digests("session_id", batch.column("id").to_pylist())
        yield pa.record_batch([pa.array(digests.view(np.int64))], names=["digest"])


def _statistics(
    chosen: DataFrame, interactions: Interactions, items: Vocabulary, users: Vocabulary, visits: int
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
