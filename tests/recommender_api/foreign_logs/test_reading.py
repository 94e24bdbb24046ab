import gzip
import json
from datetime import UTC, datetime

import duckdb
import pytest

from recommender_api.foreign_logs.staging.canonical import Cut
from recommender_api.foreign_logs.staging.session import Resources
from tests.recommender_api.foreign_logs.conftest import events_of

CANONICAL = {
    "event_id": "VARCHAR",
    "kind": "VARCHAR",
    "user_id": "VARCHAR",
    "session_id": "VARCHAR",
    "item_id": "VARCHAR",
    "items": "VARCHAR[]",
    "occurred_at": "TIMESTAMP WITH TIME ZONE",
    "received_at": "TIMESTAMP WITH TIME ZONE",
    "quantity": "DOUBLE",
    "value": "DOUBLE",
    "recommendation_id": "VARCHAR",
    "placement": "VARCHAR",
    "position": "INTEGER",
    "attributes": "VARCHAR",
}
DAY_S = 86_400
NOON = 1_600_000_000 // DAY_S * DAY_S + DAY_S // 2


def test_parquet_has_the_columns_of_the_log_in_their_order(write, read, views):
    report, _ = read(write("log.csv", f"user,item,time\nu,i,{NOON}\n"), views)

    described = duckdb.execute(
        "DESCRIBE SELECT * FROM read_parquet($1, hive_partitioning=false)",
        [str(report.parquet[0])],
    ).fetchall()
    assert {name: kind for name, kind, *_ in described} == CANONICAL
    assert [name for name, *_ in described] == list(CANONICAL)


def test_a_log_is_cut_into_blocks_of_whole_days_in_the_order_of_time(write, read, views):
    rows = [f"u{n},i{n % 7},{NOON + (n * 7919) % (40 * DAY_S)}" for n in range(3000)]
    path = write("log.csv", "user,item,time\n" + "\n".join(rows))

    report, events = read(path, views, cut=Cut(block_events=500))

    assert sum(block.events for block in report.blocks) == len(events) == 3000
    assert len(report.blocks) >= 3000 // 500
    last = None
    for block in report.blocks:
        days = {day_of(event) for event in events_of(block.files)}
        assert max(days) < block.until
        assert last is None or last <= min(days)
        last = block.until


def test_a_day_larger_than_a_block_stays_whole(write, read, views):
    rows = [f"u{n},i,{NOON}\n" for n in range(100)] + [f"u,i,{NOON + DAY_S}\n"]

    report, _ = read(
        write("log.csv", "user,item,time\n" + "".join(rows)), views, cut=Cut(block_events=10)
    )

    assert [block.events for block in report.blocks] == [100, 1]


def test_what_the_log_has_already_is_left_out_and_ids_stay_as_they_were(write, read, views):
    rows = [f"u,i,{NOON + n % 4 * DAY_S}" for n in range(40)]
    path = write("log.csv", "user,item,time\n" + "\n".join(rows))
    whole, events = read(path, views, into="whole", cut=Cut(block_events=1))
    since = whole.blocks[1].until

    rest, later = read(path, views, into="rest", cut=Cut(block_events=1, since=since))

    assert (rest.rows, rest.events, rest.period) == (whole.rows, whole.events, whole.period)
    assert [block.until for block in rest.blocks] == [block.until for block in whole.blocks[2:]]
    assert by_id(later) == by_id(event for event in events if day_of(event) >= since)


def day_of(event):
    return datetime.fromtimestamp(event["occurred_at"], UTC).date()


def by_id(events):
    return sorted(events, key=lambda event: event["event_id"])


def test_many_threads_write_the_same_events_as_one(write, read, views):
    rows = [f"u{n % 97},i{n % 7},{NOON + (n * 7919) % (3 * DAY_S)}" for n in range(130_000)]
    path = write("log.csv", "user,item,time\n" + "\n".join(rows))

    _, by_one = read(path, views, into="one")
    _, by_two = read(path, views, into="two", resources=Resources(threads=2))

    assert by_id(by_two) == by_id(by_one)


def test_nothing_but_events_and_rejects_is_left_in_the_folder(write, read, views, tmp_path):
    read(write("log.csv.gz", gzip.compress(f"user,item,time\nu,i,{NOON}\nx\n".encode())), views)

    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "events-0-0.parquet",
        "rejects.jsonl",
    }


def test_reading_twice_gives_the_same_ids_whenever_it_was_received(write, read, views):
    path = write("log.csv", f"user,item,time\nu,i,{NOON}\nu,i,{NOON}\nu,j,{NOON}\n")

    _, first = read(path, views, into="first")
    _, second = read(path, views, into="second", received_at=datetime(2030, 1, 1, tzinfo=UTC))

    assert [event["event_id"] for event in first] == [event["event_id"] for event in second]


def test_identical_rows_are_events_of_their_own(write, read, views):
    _, events = read(write("log.csv", "user,item,time\n" + f"u,i,{NOON}\n" * 5), views)

    assert len({event["event_id"] for event in events}) == 5
    assert {len(event["event_id"]) for event in events} == {32}


def test_one_row_more_leaves_the_ids_of_the_others_as_they_were(write, read, views):
    _, before = read(write("a.csv", "user,item,time\n" + f"u,i,{NOON}\n" * 2), views, into="a")
    _, after = read(write("b.csv", "user,item,time\n" + f"u,i,{NOON}\n" * 3), views, into="b")

    assert {event["event_id"] for event in before} < {event["event_id"] for event in after}


def test_the_same_rows_in_other_formats_have_the_same_ids(read, tmp_path):
    mapping = (
        "{kind: purchase, time: {column: time, format: iso, zone: UTC}, "
        "fields: {user_id: user, item_id: item, value: price}, file: {format: %s}}"
    )
    rows = [("u1", "a,b", "2020-01-01 10:00:00", 2.5), ("u2", 'c"d', "2020-01-02 11:00:00.5", 3.0)]
    connection = duckdb.connect()
    connection.execute("CREATE TABLE t (user VARCHAR, item VARCHAR, time TIMESTAMP, price DOUBLE)")
    connection.executemany("INSERT INTO t VALUES ($1, $2, $3, $4)", rows)
    connection.execute(f"COPY t TO '{tmp_path}/log.csv' (FORMAT csv)")
    connection.execute(f"COPY t TO '{tmp_path}/log.tsv' (FORMAT csv, DELIMITER '\t')")
    connection.execute(f"COPY t TO '{tmp_path}/log.jsonl' (FORMAT json)")
    connection.execute(f"COPY t TO '{tmp_path}/log.parquet' (FORMAT parquet)")

    ids = {
        form: [e["event_id"] for e in read(tmp_path / f"log.{form}", mapping % form, into=form)[1]]
        for form in ("csv", "tsv", "jsonl", "parquet")
    }

    assert len(ids["csv"]) == 2
    assert ids["csv"] == ids["tsv"] == ids["jsonl"] == ids["parquet"]


def test_a_log_in_several_files_is_one_log(write, read, views):
    head = "user,item,time\n"
    one = write("one/log.csv", head + f"u,i,{NOON}\nu,j,{NOON}\nbroken\n")
    two = write("two/log.csv", head + f"u,i,{NOON}\n")

    report, events = read([one, two], views)

    assert (report.rows, report.events, report.unreadable) == (3, 3, 1)
    assert len({event["event_id"] for event in events}) == 3


def test_every_broken_line_is_in_the_reject_file_with_its_number_and_the_rest_is_read(
    write, read, views
):
    content = (
        f'user,item,time\n\nu1,i,{NOON}\nu2,i\nu3,i,{NOON},x\nu4,"i,{NOON}\nu5,i,never\n'
        f",i,{NOON}\nu6,i,{NOON}\n"
    )
    report, events = read(write("log.csv", content.encode() + b"u\xff,i,1\n"), views)

    rejects = [json.loads(line) for line in report.reject_file.read_text().splitlines()]
    assert [event["user_id"] for event in events] == ["u1", "u6"]
    assert [(reject["line"], reject["code"]) for reject in rejects] == [
        (4, "line_too_few_columns"),
        (5, "line_too_many_columns"),
        (6, "line_quote_unclosed"),
        (7, "time_invalid"),
        (8, "field_missing"),
        (10, "line_not_decodable"),
    ]
    assert rejects[3]["values"] == {"time": "never", "user": "u5", "item": "i"}
    assert rejects[0]["text"] == "u2,i"
    assert [reject.line for reject in report.first_rejects] == [4, 5, 6, 7, 8, 10]
    assert (report.rows, report.unreadable, report.rejected) == (4, 4, 2)
    assert sum(report.reasons.values()) == 6


def test_skipped_rows_are_counted_by_the_name_of_their_condition(write, read):
    mapping = (
        "{kind: {column: what, map: {buy: purchase, look: skip}, otherwise: error}, "
        "time: {column: time, format: epoch_s}, fields: {user_id: user, item_id: item}, "
        "skip: [{column: user, starts_with: test}, {column: item, in: [x, 5], name: no products}]}"
    )
    rows = ["tester,i,buy", "u,x,buy", "u,5.0,buy", "u,i,look", "u,i,buy", "u,i,??"]
    content = "user,item,what,time\n" + "".join(f"{row},{NOON}\n" for row in rows)

    report, _ = read(write("log.csv", content), mapping)

    assert report.skipped == {
        "user starts with test": 1,
        "no products": 2,
        "what is not wanted": 1,
    }
    assert (report.events, report.rejected) == (1, 1)
    assert report.reasons == {"kind_unknown": 1}


def test_a_row_becomes_several_events_where_the_mapping_says_so(write, read):
    mapping = """
time: {column: time, format: epoch_s}
fields: {user_id: user, item_id: item}
events:
- {kind: view}
- {kind: cart, when: [{column: in_cart, equals: 1}]}
- {kind: rating, when: [{column: stars, is_empty: false}], fields: {value: stars}}
"""
    content = f"user,item,time,in_cart,stars\nu,i,{NOON},1,\nu,j,{NOON},0,4.5\n"

    report, events = read(write("log.csv", content), mapping)

    assert sorted((e["kind"], e["item_id"], e["value"]) for e in events if e["value"] is None) == [
        ("cart", "i", None),
        ("view", "i", None),
        ("view", "j", None),
    ]
    assert [e["value"] for e in events if e["kind"] == "rating"] == [4.5]
    assert report.events + sum(report.skipped.values()) + report.rejected == 2 * 3


def test_values_are_read_as_the_mapping_says(write, read):
    mapping = """
file: {delimiter: ";", null_values: ["NULL"]}
kind: {rules: [{when: {column: n, less_than: 0}, kind: skip}], otherwise: purchase}
time: {column: [day, hour], format: "%d.%m.%Y %H:%M", zone: Europe/Berlin}
fields:
  user_id: {column: customer, integer: true}
  session_id: {constant: shop}
  item_id: {column: item, trim: true}
  quantity: n
  value: {column: price, times: n, decimal_comma: true}
attributes: {"land": country}
"""
    content = (
        "customer;item;day;hour;n;price;country\n"
        '17850.0;  a ;31.12.2020;23:30;6;"1.002,55";"Öst""er"\n'
        "NULL;b;01.07.2021;00:30;1;2,5;\n"
        "1;b;01.07.2021;00:30;-1;2,5;\n"
    )
    report, (first, second) = read(write("log.csv", content), mapping)

    assert (first["user_id"], first["item_id"], first["session_id"]) == ("17850", "a", "shop")
    assert (first["quantity"], first["value"]) == (6.0, 6015.3)
    assert json.loads(first["attributes"]) == {"land": 'Öst"er'}
    assert first["occurred_at"] == datetime(2020, 12, 31, 22, 30, tzinfo=UTC).timestamp()
    assert second["occurred_at"] == datetime(2021, 6, 30, 22, 30, tzinfo=UTC).timestamp()
    assert (second["user_id"], second["attributes"]) == (None, None)
    assert report.skipped == {"n less than 0": 1}


def test_json_lines_are_read_by_paths(write, read):
    mapping = """
file: {format: jsonl}
kind: impression
time: {column: $.at.ms, format: epoch_ms}
fields: {user_id: $.user.id, items: $.shown, position: {column: pos, optional: true}}
"""
    lines = [
        {"user": {"id": 7}, "at": {"ms": NOON * 1000}, "shown": ["a", "b"]},
        {"user": {"id": "x"}, "at": {"ms": NOON * 1000 + 5}, "shown": ["c"], "pos": 3},
        {"user": {}, "at": {"ms": NOON * 1000}, "shown": ["c"]},
        {"user": {"id": "y"}, "at": {"ms": NOON * 1000}, "shown": []},
    ]
    content = "\n".join(map(json.dumps, lines)) + '\n{"broken\n\n[1]\n'

    report, (first, second) = read(write("log.jsonl", content), mapping)

    assert (first["user_id"], first["items"], first["position"]) == ("7", ["a", "b"], None)
    assert (second["user_id"], second["items"], second["position"]) == ("x", ["c"], 3)
    assert [(r.line, r.code) for r in report.first_rejects] == [
        (3, "field_missing"),
        (4, "items_empty"),
        (5, "line_json_malformed"),
        (7, "line_json_malformed"),
    ]


def test_parquet_columns_keep_their_types_and_structs_are_reached(read, tmp_path):
    duckdb.execute(
        "COPY (SELECT 5 AS u, {'id': 'a'} AS item, TIMESTAMPTZ '2020-01-01 10:00:00+02' AS t, "
        f"['x', 'y'] AS shown) TO '{tmp_path}/log.parquet' (FORMAT parquet)"
    )
    mapping = """
file: {format: parquet}
kind: impression
time: {column: t, format: iso}
fields: {user_id: u, item_id: $.item.id, items: shown}
"""
    _, (event,) = read(tmp_path / "log.parquet", mapping)

    assert (event["user_id"], event["item_id"], event["items"]) == ("5", "a", ["x", "y"])
    assert event["occurred_at"] == datetime(2020, 1, 1, 8, tzinfo=UTC).timestamp()


def test_signs_in_a_path_are_no_patterns(write, read, views, tmp_path):
    write("log2.csv", f"user,item,time\nwrong,i,{NOON}\n")
    right = write("log[2].csv", f"user,item,time\nright,i,{NOON}\n")
    duckdb.execute(f"COPY (SELECT 'p' AS u, 5 AS i, now() AS t) TO '{tmp_path}/p[1].parquet'")
    parquet = (
        "{file: {format: parquet}, kind: view, time: {column: t, format: iso}, "
        "fields: {user_id: u, item_id: i}}"
    )

    assert [event["user_id"] for event in read(right, views)[1]] == ["right"]
    later = {"received_at": datetime.now(UTC)}
    assert len(read(tmp_path / "p[1].parquet", parquet, into="out[1]", **later)[1]) == 1


def test_a_time_of_receipt_without_zone_is_a_mistake_of_the_caller(write, read, views):
    path = write("log.csv", f"user,item,time\nu,i,{NOON}\n")

    with pytest.raises(ValueError, match="needs a zone"):
        read(path, views, received_at=datetime(2026, 1, 1))  # noqa: DTZ001 the mistake
