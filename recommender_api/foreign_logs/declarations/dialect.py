"""
What DuckDB knows: asked when a mapping is read, so that what passes there works later.

Patterns are RE2's, time formats are DuckDB's strptime, zones are those of its ICU.
"""

import os
from functools import cache
from typing import Annotated

import duckdb
from pydantic import AfterValidator


def complaint(query: str, value: str) -> str | None:
    """What DuckDB says against a value in a query; None if it takes it."""
    try:
        _engine().cursor().execute(query, [value])
    except duckdb.Error as error:
        return str(error).splitlines()[0]
    return None


@cache
def known_zones() -> frozenset[str]:
    rows = _engine().cursor().execute("SELECT name FROM pg_timezone_names()").fetchall()
    return frozenset(name for (name,) in rows)


def _engine() -> duckdb.DuckDBPyConnection:
    return _engine_of(os.getpid())  # a connection does not survive a fork


@cache
def _engine_of(_process: int) -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def _known(pattern: str) -> str:
    said = complaint("SELECT regexp_matches('', $1)", pattern)
    if said is not None:
        raise ValueError(f"{pattern!r} is no regular expression: {said}")
    return pattern


Pattern = Annotated[str, AfterValidator(_known)]
"""A regular expression."""
