"""Day files are plain Parquet that others read without this code."""

from pathlib import Path

import duckdb
import pytest

from recommender_store.event_log.day_files import due_for_merging
from recommender_store.event_log.files import LogFile
from recommender_store.event_log.log import EventLog
from recommender_store.event_log.record import COLUMNS
from recommender_store.event_log.view import connect, create_files_view, quoted, write_pending
from recommender_store.objects.scope import Scope
from tests.recommender_store.event_log.canonical import event, written


@pytest.fixture
def files(folder: Scope, tmp_path: Path) -> list[Path]:
    """The files of two days, one of them with 3,000 events written in no order."""
    log = EventLog(folder)
    lots = [event(f"{n * 7919 % 3000:04}", f"2026-11-20T{n % 24:02}:00:00Z") for n in range(3000)]
    shown = event("i", "2026-11-19T10:00:00Z", kind="impression", items=["a", "b"])
    del shown["item_id"]
    written(log, *lots, {**shown, "attributes": {"page": 1}, "position": 3, "value": 2})
    log.compact()
    return [tmp_path / "store" / file.key for file in log.state().files.files]


def test_plain_duckdb_reads_the_documented_columns(files: list[Path]) -> None:
    described = duckdb.sql(f"DESCRIBE FROM '{files[1]}'").fetchall()

    assert [(name, kind) for name, kind, *_ in described if name != "date"] == [
        ("event_id", "VARCHAR"),
        ("kind", "VARCHAR"),
        ("user_id", "VARCHAR"),
        ("session_id", "VARCHAR"),
        ("item_id", "VARCHAR"),
        ("items", "VARCHAR[]"),
        ("occurred_at", "TIMESTAMP WITH TIME ZONE"),
        ("received_at", "TIMESTAMP WITH TIME ZONE"),
        ("quantity", "DOUBLE"),
        ("value", "DOUBLE"),
        ("recommendation_id", "VARCHAR"),
        ("placement", "VARCHAR"),
        ("position", "INTEGER"),
        ("attributes", "VARCHAR"),
    ]
    row = duckdb.sql(f"SELECT items, position, value, attributes FROM '{files[0]}'").fetchall()
    assert row == [(["a", "b"], 3, 2.0, '{"page":1}')]


def test_a_file_names_its_format(files: list[Path]) -> None:
    told = duckdb.sql(f"SELECT key, value FROM parquet_kv_metadata('{files[0]}')").fetchall()

    assert (b"format", b"event-log/1") in told


def test_a_day_lies_under_its_date_sorted_by_time_and_id(files: list[Path]) -> None:
    assert [path.parent.name for path in files] == ["date=2026-11-19", "date=2026-11-20"]
    rows = duckdb.sql(f"SELECT occurred_at::VARCHAR, event_id FROM '{files[1]}'").fetchall()
    assert len(rows) == 3000
    assert rows == sorted(rows)


def test_a_large_day_is_one_sorted_file(folder: Scope, tmp_path: Path) -> None:
    columns = ", ".join(
        {
            "event_id": "lpad((i * 7919 % 300007)::VARCHAR, 6, '0') AS event_id",
            "kind": "'view' AS kind",
            "occurred_at": "TIMESTAMPTZ '2026-11-20 00:00Z' + to_seconds(i % 86400) AS occurred_at",
        }.get(name, f"NULL::{'VARCHAR' if kind == 'JSON' else kind} AS {name}")
        for name, kind in COLUMNS.items()
    )
    with connect(tmp_path) as connection:
        connection.execute(
            f"COPY (SELECT {columns} FROM range(300000) t(i)) TO {quoted(tmp_path / 'in.parquet')}"
        )
    log = EventLog(folder)
    assert log.adopt([tmp_path / "in.parquet"]).new_events == 300_000

    (file,) = log.state().files.files

    path = tmp_path / "store" / file.key
    assert file.rows == 300_000
    ((in_order,),) = duckdb.sql(
        "SELECT bool_and(rank = place) FROM (SELECT file_row_number + 1 AS place, row_number() "
        f"OVER (ORDER BY occurred_at, event_id) AS rank FROM read_parquet('{path}', "
        "file_row_number = true))"
    ).fetchall()
    assert in_order


def test_a_folder_with_a_quote_in_its_name_is_read(tmp_path: Path) -> None:
    odd = tmp_path / "it's here"
    odd.mkdir()
    with connect(odd) as connection:
        path = odd / "x.parquet"
        create_files_view(connection, "none", [])
        connection.execute("COPY (FROM none) TO ? (FORMAT parquet)", [str(path)])
        create_files_view(connection, "files", [path])
        assert connection.execute("SELECT count(*) FROM files").fetchall() == [(0,)]


def file(day: str, rows: int) -> LogFile:
    return LogFile(key=f"{day}/{rows}", day=day, rows=rows, size_bytes=1, sha256="")


def test_a_day_is_left_alone_until_it_has_too_many_files() -> None:
    few = [file("2026-11-20", rows) for rows in range(7)]

    assert due_for_merging(few, {"2026-11-20"}) == []


def test_only_days_that_something_comes_to_are_merged_and_there_the_smallest_files() -> None:
    many = [file("2026-11-20", rows) for rows in (9, 1, 8, 2, 7, 3, 6, 4)]
    other = [file("2026-11-19", rows) for rows in range(9)]

    due = due_for_merging([*many, *other], {"2026-11-20", "2026-11-18"})

    assert [one.rows for one in due] == [1, 2, 3, 4, 6]


def test_pending_lines_are_written_one_a_line(memory: Scope, tmp_path: Path) -> None:
    log = EventLog(memory)
    written(log, event("a"), event("b"))
    state = log.state()

    write_pending(state.segments, state.pending, tmp_path / "lines")

    assert len((tmp_path / "lines").read_bytes().splitlines()) == 2
