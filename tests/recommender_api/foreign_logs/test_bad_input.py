"""
Logs as they come: other encodings, broken lines, broken files, too little room.
"""

import gzip
import json
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recommender_api.foreign_logs.errors import (
    ColumnMissing,
    EncodingWrong,
    LogEmpty,
    LogMissing,
    LogTruncated,
    LogUnreadable,
    ReadingFailed,
    TimeFormatWrong,
    TimeZoneMissing,
)
from recommender_api.foreign_logs.mapping import LogMapping
from recommender_api.foreign_logs.staging.session import Resources

DAY_S = 86_400
NOON = 1_600_000_000 // DAY_S * DAY_S + DAY_S // 2


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("\ufeffuser,item,time\nü,i,{}\n".encode(), "utf-8"),
        ("user,item,time\nü,i,{}\n".encode("latin-1"), "latin-1"),
        ("user,item,time\nü,i,{}\n".encode("utf-16"), "utf-16"),
        ("user,item,time\r\nü,i,{}\r\n".encode(), "utf-8"),
    ],
    ids=["mark", "latin-1", "utf-16", "crlf"],
)
def test_encodings_marks_and_line_ends_make_no_difference(write, read, content, encoding):
    stamp = str(NOON).encode("utf-16-le" if encoding == "utf-16" else "ascii")
    blank = "{}".encode("utf-16-le" if encoding == "utf-16" else "ascii")
    mapping = (
        f"{{file: {{encoding: {encoding}}}, kind: view, time: {{column: time, format: epoch_s}}, "
        "fields: {user_id: user, item_id: item}}"
    )
    _, (event,) = read(write("log.csv", content.replace(blank, stamp)), mapping)

    assert (event["user_id"], event["item_id"]) == ("ü", "i")


def test_a_truncated_file_is_refused_whole_and_says_how_far_it_went(write, read, views, tmp_path):
    rows = "".join(f"u{random.Random(n).random()},i,{NOON + n}\n" for n in range(50_000))
    whole = gzip.compress(("user,item,time\n" + rows).encode())

    with pytest.raises(LogTruncated) as broken:
        read(write("log.csv.gz", whole[: len(whole) // 2]), views)

    assert 15_000 < broken.value.whole_rows < 35_000
    assert f"{broken.value.whole_rows:,} whole rows" in str(broken.value)
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("content", "mapping", "error", "sentence"),
    [
        ("", "kind: view", LogEmpty, "is empty"),
        ("user,item,time\n", "kind: view", LogEmpty, "holds a header and no rows"),
        (f"usr,item,time\nu,i,{NOON}\n", "kind: view", ColumnMissing, "did you mean 'usr'?"),
        (
            f"user,user,item,time\na,b,i,{NOON}\n",
            "kind: view",
            ColumnMissing,
            "several columns 'user'",
        ),
        (f"user,item,time\nu,i,{NOON}000\n", "kind: view", TimeFormatWrong, "'epoch_ms'"),
        ("user,item,time\nu,i,2020-01-01\n", "kind: view", TimeFormatWrong, "'iso'"),
        (
            "user,item,time\nu,i,2020-01-01 10:00\n",
            "time: {column: time, format: iso}",
            TimeZoneMissing,
            "zone: UTC",
        ),
        (b"PAR1 and so on", "kind: view", LogUnreadable, "format: parquet"),
        ("a,b\n", "file: {format: parquet}", LogUnreadable, "is not Parquet"),
        (b"PAR1 broken", "file: {format: parquet}", LogUnreadable, "no whole Parquet file"),
        ('[{"a": 1}]', "file: {format: jsonl}", LogUnreadable, "jq -c"),
        ("user,item,time\n".encode("utf-16"), "kind: view", EncodingWrong, "encoding: utf-16"),
        (b"us\xe9r,item,time\nu,i,1\n", "kind: view", EncodingWrong, "encoding: latin-1"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_what_to_do(
    write, read, content, mapping, error, sentence
):
    parts = [
        "kind: view",
        "time: {column: time, format: epoch_s}",
        "fields: {user_id: user, item_id: item}",
    ]
    key = mapping.partition(":")[0]
    text = "\n".join([part for part in parts if not part.startswith(f"{key}:")] + [mapping])
    path = write("log.csv", content)

    with pytest.raises(error) as refused:
        read(path, text)

    assert sentence in str(refused.value)
    assert list((path.parent / "out").iterdir()) == []


def test_a_missing_file_is_refused(read, views, tmp_path):
    with pytest.raises(LogMissing):
        read(tmp_path / "no.csv", views)


def test_without_enough_memory_or_disk_nothing_is_written(write, read, views, tmp_path):
    rows = "".join(f"u{n},i{n},{NOON + n}\n" for n in range(300_000))

    with pytest.raises(ReadingFailed, match="nothing was written"):
        read(
            write("log.csv", "user,item,time\n" + rows),
            views,
            resources=Resources(memory_limit_bytes=1 << 20, threads=1),
        )

    assert list((tmp_path / "out").iterdir()) == []


def test_progress_goes_from_nothing_to_all_in_each_phase(write, read, views):
    told = []
    read(
        write("log.csv", f"user,item,time\nu,i,{NOON}\n"),
        views,
        progress=lambda phase, fraction, rows: told.append((phase, fraction, rows)),
    )

    for phase in ("checking", "reading", "writing"):
        fractions = [fraction for name, fraction, _ in told if name == phase]
        assert fractions[-1] == 1.0
        assert fractions == sorted(fractions)
        assert [rows for name, _, rows in told if name == phase][-1] == 1


def test_a_log_without_events_gives_a_report_and_no_parquet(write, read, views):
    report, events = read(write("log.csv", "user,item,time\n,,\n"), views)

    assert (report.rows, report.events, report.rejected, events) == (1, 0, 1, [])
    assert (report.parquet, report.period) == ([], None)


CELLS = st.sampled_from(
    ["", "u1", "u2", "x" * 257, "a\x07b", str(NOON), "1", "4102444800", "never", 'q"q', "a,b", "\n"]
)
ROWS = st.lists(
    st.tuples(CELLS, CELLS, st.one_of(CELLS, st.just(str(NOON)))), min_size=1, max_size=25
)
TWICE = LogMapping.from_yaml(
    """
kind: view
time: {column: time, format: epoch_s}
fields: {user_id: user, item_id: item}
skip: [{column: user, equals: u2}]
events: [{}, {kind: cart, when: [{column: item, contains: u}]}]
"""
)


def as_csv(rows):
    def cell(text):
        return '"' + text.replace('"', '""') + '"' if set(text) & set(',"\n') else text

    return "user,item,time\n" + "".join(",".join(map(cell, row)) + "\n" for row in rows)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(ROWS, st.randoms())
def test_events_skips_and_rejects_add_up_and_ids_do_not_depend_on_the_order(
    write, read, rows, shuffler
):
    if not any(row[2].isdigit() for row in rows):
        rows = [*rows, ("u1", "u1", str(NOON))]
    report, events = read(write("log.csv", as_csv(rows)), TWICE)
    shuffled = shuffler.sample(rows, len(rows))

    again, same_events = read(write("log.csv", as_csv(shuffled)), TWICE)

    assert report.rows + report.unreadable == len(rows)
    total = report.events + sum(report.skipped.values()) + report.rejected
    assert total == report.rows * 2
    assert sorted(e["event_id"] for e in events) == sorted(e["event_id"] for e in same_events)
    assert len({event["event_id"] for event in events}) == report.events == again.events


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.text(alphabet='u1,"\n\r\t é', max_size=14), min_size=1, max_size=20))
def test_any_lines_are_events_rejects_or_a_clear_error(write, read, lines):
    good = f"u,i,{NOON}"
    content = "\n".join(["user,item,time", good, *lines, good])
    physical = content.count("\n") + 1

    report, events = read(write("log.csv", content.encode()), TWICE)

    numbers = [
        json.loads(line)["line"]
        for line in (report.reject_file or _Nothing()).read_text().splitlines()
    ]
    assert numbers == sorted(numbers)
    assert all(1 < number <= physical for number in numbers)
    assert {event["user_id"] for event in events} >= {"u"}


class _Nothing:
    """Stands for a reject file that was not needed."""

    def read_text(self):
        return ""
