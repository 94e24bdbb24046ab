"""One session for all tests of Spark; they are skipped, with a word, where it is not installed."""

import os
import shutil
from collections.abc import Iterator

import pytest

from trainers.spark.engine import Spark
from trainers.spark.session import LazySession, opened_session
from trainers.spark.settings import SparkSettings

SETTINGS = SparkSettings(master="local[2]", properties={"spark.sql.shuffle.partitions": "2"})


@pytest.fixture(scope="session")
def session() -> Iterator[LazySession]:
    pytest.importorskip("pyspark", reason="needs the extra spark")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip("needs Java")
    with opened_session(SETTINGS) as opened:
        opened()
        yield opened


@pytest.fixture
def engine(session) -> Spark:
    return Spark(session)
