import gzip
import json

import duckdb
import pytest

from recommender_api.foreign_logs.errors import ColumnMissing, LogEmpty, LogUnreadable
from recommender_api.foreign_logs.item_mapping import ItemMapping
from recommender_api.foreign_logs.items import read_items
from recommender_api.foreign_logs.mapping import LogMapping


@pytest.fixture
def read(tmp_path):
    """Read items; the report, and fields by item id."""

    def _read(paths, mapping=None):
        paths = paths if isinstance(paths, list) else [paths]
        report = read_items(paths, into=tmp_path / "out", mapping=mapping)
        items = [json.loads(line) for line in report.path.read_text().splitlines()]
        assert [item["item_id"] for item in items] == sorted(item["item_id"] for item in items)
        return report, {item["item_id"]: item["fields"] for item in items}

    return _read


@pytest.mark.parametrize(
    "name", ["item_id", "movieId", "StockCode", "product_id", "sku", "id", "Product ID"]
)
def test_the_id_goes_by_many_names(write, read, name):
    _, items = read(write("items.csv", f"color,{name},name\nred,7,Ball\n"))

    assert items == {"7": {"color": "red", "title": "Ball"}}


def test_types_of_attributes_are_guessed(write, read):
    content = (
        "sku,Description,price,genres,in_stock,Available,code,created_at,maker_id\n"
        "a,1984,3.50,x|y,true,1,007,2020-01-01 10:00:00,5\n"
        "b,Dune,4,z,FALSE,0,123,2020-01-02,6\n"
        "c,,,,,,,,\n"
    )
    _, items = read(write("items.csv", content))

    assert items["a"] == {
        "title": "1984",
        "price": 3.5,
        "genres": ["x", "y"],
        "in_stock": True,
        "available": True,
        "code": "007",
        "created_at": "2020-01-01T10:00:00.000000Z",
        "maker_id": "5",
    }
    assert (items["b"]["price"], items["b"]["available"]) == (4, False)
    assert items["b"]["genres"] == ["z"]
    assert items["c"] == {}


def test_json_lines_keep_their_types_and_may_be_nested(write, read):
    lines = [
        {"item_id": "a", "title": "A", "tags": ["x", "y"], "sale": True, "ean": "401", "n": 2},
        {"item_id": "b", "size": {"cm": 3.5}, "tags": []},
    ]
    _, items = read(write("items.jsonl", "\n".join(map(json.dumps, lines))))

    assert items["a"] == {"title": "A", "tags": ["x", "y"], "sale": True, "ean": "401", "n": 2}
    assert items["b"] == {"size_cm": 3.5, "tags": []}


def test_what_was_written_can_be_read_again(write, read):
    first, items = read(write("items.csv", "id,title,tags\n1,One,a|b\n2,Two,c\n"))

    _, again = read(first.path.rename(first.path.with_name("again.jsonl")))

    assert again == items


def test_parquet_lists_and_numbers_are_kept(read, tmp_path):
    duckdb.execute(
        "COPY (SELECT 7 AS item_id, 'A' AS title, ['x', 'y'] AS tags, 2.5 AS price) "
        f"TO '{tmp_path}/items.parquet' (FORMAT parquet)"
    )

    assert read(tmp_path / "items.parquet")[1] == {
        "7": {"title": "A", "tags": ["x", "y"], "price": 2.5}
    }


def test_of_equal_ids_the_last_row_wins_over_all_files(write, read):
    one = write("one.csv", "id,title\n1,old\n1,older\n2,two\n")
    two = write("two.csv.gz", gzip.compress(b"id,title\n1,new\n"))

    report, items = read([one, two])

    assert items == {"1": {"title": "new"}, "2": {"title": "two"}}
    assert (report.rows, report.items, report.duplicates) == (4, 2, 2)


def test_rows_without_a_valid_id_are_rejected_with_their_line(write, read):
    content = f'id,title\n1,a\n,b\nbroken\n{"x" * 257},c\n"a\tb",d\n'

    report, items = read(write("items.csv", content))

    assert list(items) == ["1"]
    assert [(reject.line, reject.code) for reject in report.first_rejects] == [
        (3, "field_missing"),
        (4, "line_too_few_columns"),
        (5, "id_too_long"),
        (6, "id_control_character"),
    ]
    assert len(report.reject_file.read_text().splitlines()) == report.rejected == 4


def test_values_that_are_not_of_their_type_are_left_out_and_counted(write, read):
    mapping = ItemMapping.from_yaml(
        "item_id: id\nfields: {size: {column: size, type: number}, available: stock}"
    )

    report, items = read(write("items.csv", "id,size,stock\n1,5,yes\n2,XL,maybe\n3,,no\n"), mapping)

    assert items == {"1": {"size": 5, "available": True}, "2": {}, "3": {"available": False}}
    assert report.misread == {"available": 1, "size": 1}


def test_a_mapping_says_what_a_guess_cannot_know(write, read):
    mapping = ItemMapping.from_yaml(
        """
item_id: {column: nr, trim: true}
fields:
  title: name
  year: {column: name, extract: "\\\\((\\\\d{4})\\\\)", type: number}
  genres: {column: g, split: ";", null_values: [none]}
"""
    )
    content = "nr,name,g\n 1 ,Heat (1995),Action;Crime\n2,Odd,none\n"

    _, items = read(write("items.csv", content), mapping)

    assert items == {
        "1": {"title": "Heat (1995)", "year": 1995, "genres": ["Action", "Crime"]},
        "2": {"title": "Odd"},
    }


def test_a_log_tells_the_most_frequent_value_of_each_item(write, read):
    mapping = LogMapping.from_yaml(
        """
kind: view
time: {column: t, format: epoch_s}
fields: {user_id: u, item_id: i}
skip: [{column: u, equals: bot}]
items: {title: name, price: price, tags: {column: tags, split: "|"}}
"""
    )
    rows = ["u,1,Ball,2.5,a|b", "u,1,Ball,3,", "u,1,damaged,3,a", "u,2,,7,", "bot,2,fake,1,z"]
    content = "u,i,name,price,tags,t\n" + "".join(f"{row},1600000000\n" for row in rows)

    report, items = read(write("log.csv", content), mapping)

    assert items == {"1": {"title": "Ball", "price": 3, "tags": ["a"]}, "2": {"price": 7}}
    assert (report.rows, report.items) == (4, 2)


def test_a_file_without_ids_or_rows_is_refused(write, read):
    with pytest.raises(LogUnreadable, match="call one item_id"):
        read(write("a.csv", "color,shape\nred,round\n"))
    with pytest.raises(LogEmpty):
        read(write("b.csv", "item_id,color\n"))


def test_a_second_file_of_another_form_is_refused(write, read, tmp_path):
    with pytest.raises(ColumnMissing):
        read([write("a.csv", "id,color\n1,red\n"), write("b.csv", "id,shape\n1,round\n")])

    assert list((tmp_path / "out").iterdir()) == []
