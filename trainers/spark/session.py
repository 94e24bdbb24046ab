"""
A Spark session for the length of a block: opened when it is first asked for, quiet, closed at the
end.

One that somebody else has open, a notebook say, is used and left open.
"""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from trainers.errors import JavaMissing, SparkMissing, SparkUnavailable

from .settings import SparkSettings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_LOG4J = Path(__file__).with_name("log4j2.properties")

_MASTER = re.compile(r"local(\[(\d+|\*)(, *\d+)?\])?|local-cluster\[.+\]|(k8s|spark)://.+|yarn")

_CAUSE = re.compile(r"(Caused by: )?[\w.]+(Error|Exception)(: |$)")

_ALWAYS = {
    "spark.sql.session.timeZone": "UTC",  # days are UTC days
    "spark.sql.execution.arrow.maxRecordsPerBatch": "100000",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}

_ON_ONE_MACHINE = {
    "spark.ui.enabled": "false",
    "spark.driver.memory": "2g",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={_LOG4J}",
    "spark.sql.shuffle.partitions": "16",  # 200 by default: most of them empty here
}


class LazySession:
    """The session of one training; a step that needs none opens none."""

    def __init__(self, settings: SparkSettings) -> None:
        self._settings = settings
        self._session: SparkSession | None = None
        self._is_ours = False

    def __call__(self) -> "SparkSession":
        """
        Raises:
            SparkUnavailable: where there is no such master, or it takes nobody.
        """
        if self._session is None:
            self._open()
        assert self._session is not None  # noqa: S101 - for the reader of types
        return self._session

    def close(self) -> None:
        if self._session is not None and self._is_ours:
            self._session.stop()
        self._session = None

    def _open(self) -> None:
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession

        running = SparkSession.getActiveSession()
        # Workers run on the very Python that this is; in an image it lies at the same place.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        builder = SparkSession.builder.appName("recommender")
        if self._settings.master is not None:
            builder = builder.master(self._settings.master)
        for name, value in self._properties().items():
            builder = builder.config(name, value)
        try:
            self._session = running or builder.getOrCreate()
        except (Py4JError, PySparkException) as error:
            master = self._settings.master or "spark-submit's master"
            raise SparkUnavailable(master=master, reason=reason_of(error)) from error
        self._is_ours = running is None

    def _properties(self) -> dict[str, str]:
        is_here = (self._settings.master or "").startswith("local")
        return _ALWAYS | (_ON_ONE_MACHINE if is_here else {}) | self._settings.properties


@contextmanager
def opened_session(settings: SparkSettings) -> Iterator[LazySession]:
    """
    Raises:
        SparkMissing, JavaMissing, SparkUnavailable: before anything is done.
    """
    check_installed()
    _check_master(settings.master)
    session = LazySession(settings)
    try:
        yield session
    finally:
        session.close()


def check_installed() -> None:
    """
    Raises:
        SparkMissing, JavaMissing: with what to install.
    """
    for module in ("pyspark", "pyarrow", "pandas"):  # pyspark does not go to Arrow without pandas
        try:
            import_module(module)
        except ImportError as error:
            raise SparkMissing(module=module) from error
    home = os.environ.get("JAVA_HOME")
    if shutil.which(Path(home) / "bin" / "java" if home else "java") is None:
        raise JavaMissing


def _check_master(master: str | None) -> None:
    """Spark itself would end its Java process over it, and nobody would know why."""
    if master is not None and not _MASTER.fullmatch(master):
        reason = "masters are local[N], k8s://…, spark://… and yarn"
        raise SparkUnavailable(master=master, reason=reason)


def reason_of(error: Exception) -> str:
    """The innermost cause that a trace of Java's, or of a Python worker's, names; in one line."""
    java = getattr(error, "java_exception", None)
    lines = [line.strip() for line in f"{error}\n{java or ''}".splitlines() if line.strip()]
    causes = [line.removeprefix("Caused by: ") for line in lines if _CAUSE.match(line)]
    return (causes or lines or [type(error).__name__])[-1 if causes else 0][:400]
