"""
Logs of a few lines, written where a test wants them, and the mapping that fits them.
"""

from datetime import UTC, datetime

import duckdb
import pytest

from recommender_api.foreign_logs.mapping import LogMapping
from recommender_api.foreign_logs.reading import read_events
from recommender_api.foreign_logs.staging.session import Resources

RECEIVED_AT = datetime(2026, 1, 1, tzinfo=UTC)
SMALL = Resources(threads=1)

VIEWS = """
kind: view
time: {column: time, format: epoch_s}
fields: {user_id: user, item_id: item}
"""


@pytest.fixture
def views():
    """The mapping of `user,item,time` rows."""
    return LogMapping.from_yaml(VIEWS)


@pytest.fixture
def write(tmp_path):
    """Write a file into a folder of this test."""

    def _write(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return _write


@pytest.fixture
def read(tmp_path):
    """Read logs by a mapping; the report and the events as dictionaries."""

    def _read(paths, mapping, into="out", **options):
        mapping = LogMapping.from_yaml(mapping) if isinstance(mapping, str) else mapping
        paths = paths if isinstance(paths, list) else [paths]
        options = {"received_at": RECEIVED_AT, "resources": SMALL} | options
        report = read_events(paths, mapping, into=tmp_path / into, **options)
        return report, events_of(report.parquet)

    return _read


def events_of(parquet):
    if not parquet:
        return []
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    cursor = connection.execute(
        "SELECT * REPLACE (epoch_us(occurred_at) / 1e6 AS occurred_at, "
        "epoch_us(received_at) / 1e6 AS received_at) "
        "FROM read_parquet($1, hive_partitioning=false) "
        "ORDER BY epoch_us(occurred_at), event_id",
        [[str(path) for path in parquet]],
    )
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
