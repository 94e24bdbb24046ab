"""
A state of the log as a frame on Spark: each event once, with the user that it belongs to.

The same events as `LogState.opened` gives, the same owners as `event_log.owners` of the store.
Executors read the Parquet files where they lie; of the segments, minutes of a log, the driver reads
the lines and sends them along.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as f

from recommender_store.event_log.errors import LogMoved
from recommender_store.event_log.reader import LogState
from trainers.errors import SparkFailed

from .session import reason_of

_READ = {
    "event_id": "string",
    "kind": "string",
    "user_id": "string",
    "session_id": "string",
    "item_id": "string",
    "occurred_at": "timestamp",
    "received_at": "timestamp",
    "value": "double",
}
"""Of the log's columns those that a dataset is made of."""

_SCHEMES = {"s3": "s3a"}
"""What Hadoop calls differently."""

_BEFORE_ALL, _AFTER_ALL = -(2**63), 2**63 - 1


def events(session: SparkSession, state: LogState) -> DataFrame:
    """
    Raises:
        LogUnreachable: where no other program can read it.
    """
    files = _files(session, state.addresses())
    if not state.pending:
        return files
    pending = _pending(session, state)
    days = [
        row.day for row in pending.select(_day().cast("string").alias("day")).distinct().collect()
    ]
    touched = _files(session, state.addresses(days)).select("event_id", _day().alias("day"))
    theirs = f.broadcast(pending.select("event_id", _day().alias("day")))
    held = touched.join(theirs, ["event_id", "day"], "left_semi")
    new = pending.withColumn("day", _day()).join(held, ["event_id", "day"], "left_anti")
    return files.unionByName(new.drop("day"))


def owned(events: DataFrame) -> DataFrame:
    """The same events; those of a joined session name the user of the last join before them."""
    at_ms = f.expr("unix_micros(occurred_at) div 1000")
    is_join = (f.col("kind") == "identify") & f.col("session_id").isNotNull()
    joins = (
        events.where(is_join & f.col("user_id").isNotNull())
        .groupBy(f.col("session_id").alias("joined"), at_ms.alias("from_ms"))
        .agg(f.max("user_id").alias("owner"))
    )
    in_order = Window.partitionBy("joined").orderBy("from_ms")
    spans = joins.select(
        "joined",
        "owner",
        # What came before the first join belongs to whom the first one names.
        f.when(f.row_number().over(in_order) == 1, f.lit(_BEFORE_ALL))
        .otherwise(f.col("from_ms"))
        .alias("from_ms"),
        f.coalesce(f.lead("from_ms").over(in_order), f.lit(_AFTER_ALL)).alias("until_ms"),
    )
    during = (
        (f.col("session_id") == f.col("joined"))
        & (at_ms >= f.col("from_ms"))
        & (at_ms < f.col("until_ms"))
    )
    # Apart from those that name a user: they would all meet at one executor, under no session.
    is_open = f.col("user_id").isNull() & f.col("session_id").isNotNull()
    owner = f.col("owner").alias("user_id")
    found = events.where(is_open).join(spans, during, "left")
    found = found.select(*(owner if name == "user_id" else name for name in events.columns))
    return events.where(~is_open).unionByName(found)


@contextmanager
def told(state: LogState) -> Iterator[None]:
    """
    Around everything that makes Spark read.

    Raises:
        LogMoved: where an erasure removed what this state names; take a new one.
        SparkFailed
    """
    try:
        with failures_told():
            yield
    except SparkFailed as error:
        if state.is_moved():
            raise LogMoved from error
        raise


@contextmanager
def failures_told() -> Iterator[None]:
    """
    Raises:
        SparkFailed: instead of what Spark raises.
    """
    try:
        yield
    except (Py4JError, PySparkException) as error:
        raise SparkFailed(reason=reason_of(error)) from error


def _files(session: SparkSession, addresses: list[str]) -> DataFrame:
    schema = ", ".join(f"{name} {kind}" for name, kind in _READ.items())
    if not addresses:
        return session.createDataFrame([], schema)
    return session.read.schema(schema).parquet(*(_in_hadoop(one) for one in addresses))


def _in_hadoop(address: str) -> str:
    """The address as Spark reads it, who takes names for patterns."""
    scheme, _, rest = address.partition(":")
    path = unquote(rest) if scheme == "file" else rest
    escaped = "".join(f"\\{letter}" if letter in "[]{}*?\\" else letter for letter in path)
    return f"{_SCHEMES.get(scheme, scheme)}:{escaped}"


def _pending(session: SparkSession, state: LogState) -> DataFrame:
    with state.opened_pending() as connection:
        lines = connection.table("lines").select(*_READ).to_arrow_table()
    return session.createDataFrame(lines)


def _day() -> Column:
    """UTC, as the session's time zone is."""
    return f.to_date("occurred_at")
