"""
What was refused, line by line: the reject file and the first few for the report.

Each line of the file is JSON: ``file``, ``line``, ``code``, ``reason``, and either the ``text``
of a broken line or the ``values`` of the mapped columns; in the order of files and lines.
"""

import json
from collections.abc import Iterator
from heapq import merge
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from recommender_api.foreign_logs.tables.table import line_faults

from .staged import Staged

FIRST_REJECTS = 100
_ROWS_AT_ONCE = 10_000


class Reject(BaseModel):
    """A line, or an event made of it, that was refused."""

    model_config = ConfigDict(frozen=True)

    file: str
    line: int
    code: str
    reason: str
    field: str | None = None


def write_rejects(staged: Staged, path: Path) -> list[Reject]:
    """Write all to ``path``, which is not created when there are none; give the first back."""
    first: list[Reject] = []
    if staged.rejected + staged.unreadable == 0:
        return first
    with path.open("w", encoding="utf-8") as file:
        for reject in all_rejects(staged):
            file.write(json.dumps(reject, ensure_ascii=False) + "\n")
            if len(first) < FIRST_REJECTS:
                first.append(Reject.model_validate(reject))
    return first


def all_rejects(staged: Staged) -> Iterator[dict[str, Any]]:
    """Every reject of every file, in order."""
    for at, table in enumerate(staged.tables):
        name = table.path.name
        refused = _refused(staged, at)
        for reject in merge(line_faults(table), refused, key=lambda fault: fault["line"]):
            yield {"file": name, **reject}


def _refused(staged: Staged, at: int) -> Iterator[dict[str, Any]]:
    numbers = staged.tables[at].numbers
    cursor = staged.connection.execute(
        "SELECT row, outcome, raw FROM candidates WHERE file = $1 AND outcome < 0 "
        "ORDER BY row, outcome DESC",
        [at],
    )
    while rows := cursor.fetchmany(_ROWS_AT_ONCE):
        for row, outcome, raw in rows:
            fault = staged.verdicts.fault_of(outcome)
            yield {
                "line": numbers.line_of(row),
                "code": fault.code,
                "field": fault.field,
                "reason": fault.detail,
                "values": json.loads(raw),
            }
