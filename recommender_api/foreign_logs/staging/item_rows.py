"""
Items written as JSON lines: from tables of items, or from the staged events of a log.
"""

# ruff: noqa: S608 (names are our own; what comes from outside goes through literal())

import json
from collections.abc import Iterator, Sequence
from heapq import merge
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from loggers_sdk.events import ID_LENGTH_LIMIT
from recommender_api.foreign_logs.declarations.fields import AttributeSource
from recommender_api.foreign_logs.item_mapping import RESERVED_TYPES, ItemMapping
from recommender_api.foreign_logs.mapping import LogMapping
from recommender_api.foreign_logs.tables.table import (
    Table,
    check_columns,
    check_none_is_lost,
    line_faults,
    literal,
    unreadable_lines,
)

from .attributes import as_json, cleaned
from .cells import Cells
from .rejects import FIRST_REJECTS, Reject
from .staged import Staged, attribute_columns

ITEMS_FILE = "items.jsonl"
_ROWS_AT_ONCE = 10_000
_FAULT = (
    "CASE WHEN item_id IS NULL THEN 'field_missing' "
    f"WHEN length(item_id) > {ID_LENGTH_LIMIT} THEN 'id_too_long' "
    r"WHEN regexp_matches(item_id, '\p{Cc}') THEN 'id_control_character' END"
)
_REASONS = {
    "field_missing": "an item needs an id; fill it",
    "id_too_long": f"shorten item_id to at most {ID_LENGTH_LIMIT} characters",
    "id_control_character": "remove control characters from item_id",
}


class WrittenItems(NamedTuple):
    """Counts, and the first refused rows."""

    rows: int
    items: int
    refused: int
    unreadable: int
    misread: dict[str, int]
    first_rejects: list[Reject]


def items_of_tables(
    connection: duckdb.DuckDBPyConnection,
    tables: Sequence[Table],
    mapping: ItemMapping,
    target: Path,
    reject_file: Path,
) -> WrittenItems:
    """Write the last row of each id; rows without a valid id go to ``reject_file``."""
    connection.execute(
        "CREATE TABLE items "
        "(file INTEGER, row BIGINT, item_id VARCHAR, fault VARCHAR, json VARCHAR, "
        "misread VARCHAR[])"
    )
    for at, table in enumerate(tables):
        check_columns(table, mapping.column_names(), set())
        connection.execute(f"INSERT INTO items SELECT {at}, * FROM ({_rows(table, mapping)})")
    last = (
        "SELECT item_id, json FROM items WHERE fault IS NULL "
        "QUALIFY row_number() OVER (PARTITION BY item_id ORDER BY file DESC, row DESC) = 1"
    )
    items = _write(connection, last, target)
    first = _write_rejects(connection, tables, reject_file)
    rows, refused = connection.execute("SELECT count(*), count(fault) FROM items").fetchall()[0]
    check_none_is_lost(tables, rows)
    unreadable = sum(map(unreadable_lines, tables))
    return WrittenItems(rows, items, refused, unreadable, _misread(connection), first)


def items_of_events(staged: Staged, mapping: LogMapping, target: Path) -> WrittenItems:
    """Write what the events say of their items: for each attribute its most frequent value."""
    names = attribute_columns(len(mapping.items))
    sources = [_typed(name, source) for name, source in mapping.items.items()]
    staged.connection.execute(
        "CREATE TABLE items AS SELECT item_id, count(*) AS events FROM candidates "
        "WHERE outcome = 0 AND item_id IS NOT NULL GROUP BY item_id"
    )
    joins = "".join(
        _most_frequent(name, source) for name, source in zip(names, sources, strict=True)
    )
    json_text = _object(
        {
            name: as_json(_numbered(staged, column, source), column)
            for name, column, source in zip(mapping.items, names, sources, strict=True)
        }
    )
    items = _write(
        staged.connection, f"SELECT item_id, {json_text} AS json FROM items{joins}", target
    )
    return WrittenItems(staged.events, items, 0, 0, {}, [])


def _rows(table: Table, mapping: ItemMapping) -> str:
    names = mapping.column_names()
    cells = Cells(table, names)
    pairs, misreads = {}, []
    for name, source in mapping.fields.items():
        typed = _typed(name, source)
        text = cleaned(typed, cells.json_text(source.column))
        pairs[name] = as_json(typed, text)
        is_misread = f"{text} IS NOT NULL AND {pairs[name]} IS NULL"
        misreads.append(f"CASE WHEN {is_misread} THEN {literal(name)} END")
    return (
        f"SELECT row, item_id, {_FAULT} AS fault, json, misread FROM (SELECT row, "
        f"{cells.text(mapping.item_id)} AS item_id, {_object(pairs)} AS json, "
        f"list_filter(CAST([{', '.join(misreads)}] AS VARCHAR[]), lambda x: x IS NOT NULL) "
        f"AS misread FROM ({table.relation(names)}))"
    )


def _misread(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    return dict(
        connection.execute(
            "SELECT name, count(*) FROM (SELECT unnest(misread) AS name FROM items "
            "WHERE fault IS NULL) GROUP BY name ORDER BY name"
        ).fetchall()
    )


def _typed(name: str, source: AttributeSource) -> AttributeSource:
    """What the platform reserves has its type, whatever the mapping leaves out."""
    if source.type is None and name in RESERVED_TYPES:
        return source.model_copy(update={"type": RESERVED_TYPES[name]})
    return source


def _numbered(staged: Staged, column: str, source: AttributeSource) -> AttributeSource:
    """Take an attribute without a type for numbers if it holds nothing else."""
    if source.type is not None or source.split is not None:
        return source
    query = (
        f"SELECT count({column}) > 0 AND count({column}) = count(TRY_CAST({column} AS DOUBLE)) "
        "FROM candidates WHERE outcome = 0"
    )
    ((is_number,),) = staged.connection.execute(query).fetchall()
    return source.model_copy(update={"type": "number" if is_number else "text"})


def _most_frequent(column: str, source: AttributeSource) -> str:
    """Of values that are equally frequent the first in the alphabet."""
    return (
        f" LEFT JOIN (SELECT item_id, {column} FROM "
        f"(SELECT item_id, {cleaned(source, column)} AS {column}, count(*) AS n FROM candidates "
        f"WHERE outcome = 0 GROUP BY ALL) WHERE {column} IS NOT NULL QUALIFY "
        f"row_number() OVER (PARTITION BY item_id ORDER BY n DESC, {column}) = 1) USING (item_id)"
    )


def _object(pairs: dict[str, str]) -> str:
    texts = ", ".join(
        f"{literal(json.dumps(name, ensure_ascii=False) + ':')} || {sql}"
        for name, sql in pairs.items()
    )
    inside = f"concat_ws(',', {texts})" if texts else "''"
    return f"'{{' || {inside} || '}}'"


def _write(connection: duckdb.DuckDBPyConnection, query: str, target: Path) -> int:
    count = 0
    line = "'{\"item_id\":' || CAST(to_json(item_id) AS VARCHAR) || ',\"fields\":' || json || '}'"
    cursor = connection.execute(f"SELECT {line} FROM ({query}) ORDER BY item_id")
    with target.open("w", encoding="utf-8") as file:
        while rows := cursor.fetchmany(_ROWS_AT_ONCE):
            count += len(rows)
            file.writelines(f"{text}\n" for (text,) in rows)
    return count


def _write_rejects(
    connection: duckdb.DuckDBPyConnection, tables: Sequence[Table], path: Path
) -> list[Reject]:
    first: list[Reject] = []
    file = None
    for at, table in enumerate(tables):
        rejects = merge(
            line_faults(table), _refused(connection, at, table), key=lambda r: r["line"]
        )
        for reject in rejects:
            file = file or path.open("w", encoding="utf-8")
            whole = {"file": table.path.name, **reject}
            file.write(json.dumps(whole, ensure_ascii=False) + "\n")
            if len(first) < FIRST_REJECTS:
                first.append(Reject.model_validate(whole))
    if file is not None:
        file.close()
    return first


def _refused(
    connection: duckdb.DuckDBPyConnection, at: int, table: Table
) -> Iterator[dict[str, Any]]:
    cursor = connection.execute(
        "SELECT row, fault FROM items WHERE file = $1 AND fault IS NOT NULL ORDER BY row", [at]
    )
    while rows := cursor.fetchmany(_ROWS_AT_ONCE):
        for row, code in rows:
            line = table.numbers.line_of(row)
            yield {"line": line, "code": code, "field": "item_id", "reason": _REASONS[code]}
