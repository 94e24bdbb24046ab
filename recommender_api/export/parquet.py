"""
Answers, one a line as JSON, to a Parquet file: a row for each item of each, in their order.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from .plan import Plan

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_LINE = {
    "asked": "VARCHAR",
    "items": "STRUCT(item_id VARCHAR, rank INTEGER, score DOUBLE, "
    "source VARCHAR, reason VARCHAR)[]",
    "model": "STRUCT(version VARCHAR)",
    "experiment": 'STRUCT("name" VARCHAR, variant VARCHAR)',
    "applied_rules": "VARCHAR[]",
    "warnings": "STRUCT(code VARCHAR)[]",
}
_ASKED = {"user": "user_id", "item": "seed_item_id"}
"""What the column of those asked about is called."""
PSEUDONYMS = "user_pseudonym"
"""The same, where a model's users are known by nothing else."""
_ROWS = """
    SELECT asked AS {asked_as}, one.rank, one.item_id, one.score, one.source, one.reason,
        model.version AS version, experiment.name AS experiment, experiment.variant AS variant
    FROM (SELECT *, unnest(items) AS one FROM answers)
"""


class Written(NamedTuple):
    """What a part holds."""

    answers: int
    rows: int
    empty: int
    """Answers without an item."""
    applied_rules: list[str]
    warnings: dict[str, int]
    """Code → in how many answers."""


def together(parts: Iterable[Written]) -> Written:
    """What several parts hold."""
    done = list(parts)
    return Written(
        answers=sum(part.answers for part in done),
        rows=sum(part.rows for part in done),
        empty=sum(part.empty for part in done),
        applied_rules=sorted({rule for part in done for rule in part.applied_rules}),
        warnings=dict(sum((Counter(part.warnings) for part in done), Counter())),
    )


def write_parquet(answers: Path, to: Path, plan: Plan, said: Mapping[str, str]) -> Written:
    """What is `said` goes into the file's metadata, beside the plan and the rules in force."""
    import duckdb

    lines = (
        f"read_json({_literal(str(answers))}, format = 'newline_delimited', "
        f"columns = {_struct(_LINE)})"
    )
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")  # there is a process for each core
        connection.execute(f"CREATE TABLE answers AS FROM {lines}")
        written = _counted(connection)
        metadata = {
            "format": plan.format,
            "tenant": plan.tenant,
            "version": plan.version,
            "placement": plan.placement,
            "request": json.dumps(plan.request, ensure_ascii=False),
            "applied_rules": json.dumps(written.applied_rules, ensure_ascii=False),
            **said,
        }
        asked_as = PSEUDONYMS if plan.are_pseudonyms else _ASKED[plan.by]
        rows = _ROWS.format(asked_as=asked_as)
        how = f"FORMAT parquet, COMPRESSION zstd, KV_METADATA {_struct(metadata)}"
        connection.execute(f"COPY ({rows}) TO {_literal(str(to))} ({how})")
    return written


def _counted(connection: "DuckDBPyConnection") -> Written:
    ((answers, rows, empty, rules),) = connection.execute(
        "SELECT count(*), coalesce(sum(len(items)), 0), count(*) FILTER (len(items) = 0), "
        "coalesce(list_sort(list_distinct(flatten(list(applied_rules)))), []) FROM answers"
    ).fetchall()
    warned = connection.execute(
        "SELECT code, count(*) FROM "
        "(SELECT unnest(list_distinct(warnings)).code AS code FROM answers) GROUP BY code"
    ).fetchall()
    return Written(int(answers), int(rows), int(empty), rules, dict(warned))


def _struct(fields: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{name}: {_literal(text)}" for name, text in fields.items()) + "}"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
