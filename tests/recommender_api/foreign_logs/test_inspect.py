import bz2
import gzip
import json

import duckdb
import pytest
import zstandard

from recommender_api.foreign_logs.declarations.times import TimeSource
from recommender_api.foreign_logs.errors import (
    FormatUnknown,
    LogEmpty,
    LogMissing,
    LogTruncated,
    LogUnreadable,
)
from recommender_api.foreign_logs.inspect import inspect_log
from recommender_api.foreign_logs.mapping import LogMapping

T = 1_600_000_000


@pytest.fixture
def guess(write):
    """Inspect a file of this content."""

    def _guess(content, name="log.csv"):
        return inspect_log(write(name, content))

    return _guess


def rows(template, count=60, **values):
    return "".join(
        template.format(n=n, u=n % 7, i=n % 11, t=T + n * 3600, **values) + "\n"
        for n in range(count)
    )


def test_a_bare_file_of_three_columns_is_user_item_and_time(guess):
    found = guess(rows("{u},{i},{t}"))

    assert found.is_unambiguous
    assert found.mapping == LogMapping.from_yaml(
        "{file: {header: false}, kind: view, time: {column: column_3, format: epoch_s}, "
        "fields: {user_id: column_1, item_id: column_2}}"
    )
    assert any("taken as user and item" in said for said in found.assumptions)
    assert any("every row is taken as a view" in said for said in found.assumptions)


def test_a_fourth_column_of_few_small_numbers_is_a_rating(guess):
    content = "".join(f"{n % 7}\t{n % 11}\t{n % 5 + 1}\t{T + n}\n" for n in range(99))

    found = guess(content, "log.tsv")

    assert found.mapping.file.format == "tsv"
    assert found.mapping.kind.constant == "rating"
    assert found.mapping.fields.value.column == "column_3"


def test_words_that_people_use_for_kinds_are_translated(guess):
    content = "ts,visitor,action,sku\n" + "".join(
        f"{(T + n) * 1000},v{n % 9},{word},p{n % 5}\n"
        for n, word in enumerate(["pv", "addToCart", "fav", "BUY", "share"] * 9)
    )

    found = guess(content)

    assert found.is_unambiguous
    assert found.mapping.kind.map == {
        "pv": "view",
        "addToCart": "cart",
        "fav": "favorite",
        "BUY": "purchase",
        "share": "custom:share",
    }
    assert found.mapping.time.format == "epoch_ms"
    assert any("share" in said for said in found.assumptions)


def test_a_kind_in_unknown_words_is_an_ambiguity_with_the_map_to_write(guess):
    words = ["opened box", "closed box", "shook box"]

    found = guess(
        "user,item,event,time\n"
        + "".join(f"{n % 7},{n % 11},{words[n % 3]},{T + n}\n" for n in range(60))
    )

    assert not found.is_unambiguous
    assert "write kind: {column: event, map: {closed box: view" in found.ambiguities[0]


def test_json_lines_are_guessed_by_paths(guess):
    content = "".join(
        json.dumps(
            {
                "user": {"id": f"u{n % 9}"},
                "product": {"sku": f"p{n % 5}", "title": f"P {n % 5}"},
                "event": ["view", "purchase"][n % 2],
                "created_at": f"2020-01-{n % 28 + 1:02}T10:00:00Z",
            }
        )
        + "\n"
        for n in range(60)
    )

    found = guess(content, "log.jsonl")

    assert found.is_unambiguous
    assert found.mapping.fields.user_id.column == "$.user.id"
    assert found.mapping.fields.item_id.column == "$.product.sku"
    assert found.mapping.items["title"].column == "$.product.title"
    assert found.mapping.time == TimeSource(column="created_at", format="iso")


def test_parquet_types_are_believed(tmp_path):
    duckdb.execute(
        "COPY (SELECT range % 7 AS customer_id, range % 11 AS product_id, 1 AS quantity, "
        "TIMESTAMP '2020-01-01' + INTERVAL (range) HOUR AS order_date FROM range(100)) "
        f"TO '{tmp_path}/log.parquet' (FORMAT parquet)"
    )

    found = inspect_log(tmp_path / "log.parquet")

    assert (found.mapping.kind.constant, found.mapping.time.zone) == ("purchase", "UTC")


@pytest.mark.parametrize(
    ("compress", "ending"),
    [(gzip.compress, "gz"), (bz2.compress, "bz2"), (zstandard.compress, "zst")],
)
def test_a_compressed_file_is_guessed_as_it_is(guess, compress, ending):
    content = ("user_id;item_id;time\n" + rows("{u};{i};{t}")).encode()

    found = guess(compress(content), f"log.csv.{ending}")

    assert found.is_unambiguous
    assert found.mapping.file.delimiter == ";"


def test_times_without_zone_are_taken_as_utc_and_it_is_said(guess):
    found = guess("user,item,time\n" + rows("{u},{i},2020-01-01 10:00:00"))

    assert found.is_unambiguous
    assert found.mapping.time.zone == "UTC"
    assert any("taken as UTC; write time: {zone: …}" in said for said in found.assumptions)


def test_day_and_month_that_cannot_be_told_apart_are_an_ambiguity_with_both_readings(guess):
    content = "user,item,time\n" + "".join(
        f"{n % 7},{n},0{n % 9 + 1}/0{n % 5 + 1}/2020 10:00\n" for n in range(40)
    )

    found = guess(content)

    assert not found.is_unambiguous
    assert "day and month cannot be told apart" in found.ambiguities[0]
    readings = [found.mapping.time.format, found.alternatives[0].time.format]
    assert readings == ["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"]


def test_a_day_beyond_twelve_tells_them_apart(guess):
    found = guess("user,item,time\n" + rows("{u},{i},12/31/2020 10:00"))

    assert found.is_unambiguous
    assert found.mapping.time.format == "%m/%d/%Y %H:%M"


def test_two_columns_that_may_be_the_time_are_an_ambiguity(guess):
    found = guess("user,item,web_time,app_time\n" + rows("{u},{i},{t},{t}"))

    assert not found.is_unambiguous
    assert "web_time or app_time" in found.ambiguities[0]


def test_names_that_say_nothing_are_an_ambiguity_with_the_other_reading(guess):
    found = guess("alpha,beta,gamma\n" + rows("a{u},b{i},{t}"))

    assert not found.is_unambiguous
    assert found.mapping.fields.user_id.column == "alpha"
    assert found.alternatives[-1].fields.user_id.column == "beta"


@pytest.mark.parametrize(
    ("content", "missing"),
    [("user,item,what\n" + rows("{u},{i},x{n}"), "time"), ("x,y\n" + rows("1,{t}"), "user")],
)
def test_without_a_part_that_events_need_there_is_no_mapping_and_it_is_said(
    guess, content, missing
):
    found = guess(content)

    assert found.mapping is None
    assert missing in found.ambiguities[0]
    assert "write a mapping" in found.ambiguities[0]


def test_ids_saved_as_floats_are_read_as_integers(guess):
    found = guess("customer_id,item_id,time\n" + rows("{u}.0,{i},{t}"))

    assert found.mapping.fields.user_id.integer
    assert not found.mapping.fields.item_id.integer


def test_returns_are_skipped_where_quantities_fall_below_one(guess):
    found = guess("user,item,qty,price,time\n" + rows("{u},{i},1,2.5,{t}") + f"1,1,-1,2.5,{T}\n")

    assert found.mapping.skip[0].name == "quantity not above 0"
    assert found.mapping.fields.value.times == "qty"


def test_the_name_of_a_file_tells_the_kind_where_columns_do_not(guess):
    assert (
        guess("user,item,time\n" + rows("{u},{i},{t}"), "clicks.csv").mapping.kind.constant
        == "click"
    )


def test_latin_1_is_seen(guess):
    found = guess(("user,item,time\n" + rows("é{u},{i},{t}")).encode("latin-1"))

    assert found.mapping.file.encoding == "latin-1"
    assert "read as latin-1" in found.assumptions[0]


def test_mixed_encodings_are_told_with_their_lines(guess):
    content = ("user,item,time\n" + rows("é{u},{i},{t}")).encode() + f"\xe9,i,{T}\n".encode(
        "latin-1"
    )

    found = guess(content)

    assert found.mapping.file.encoding == "utf-8"
    assert "not line 62" in found.assumptions[0]


def test_utf_16_is_seen(guess):
    found = guess(("user\titem\ttime\n" + rows("{u}\t{i}\t{t}")).encode("utf-16"))

    assert (found.mapping.file.encoding, found.mapping.file.format) == ("utf-16", "tsv")


@pytest.mark.parametrize(
    ("content", "error", "sentence"),
    [
        (b"", LogEmpty, "is empty"),
        (b"\n\n", LogEmpty, "is empty"),
        (b"one\ntwo\nthree\n", LogUnreadable, "delimiter"),
        (b"\x00\x01\x02" * 50, LogUnreadable, "is binary"),
        (b"PK\x03\x04", LogUnreadable, "save it as CSV"),
        (b"PAR1 and no end", LogUnreadable, "no whole Parquet file"),
        (b'[{"a": 1}]', LogUnreadable, "jq -c"),
        (gzip.compress(b"a,b\n")[:9], LogTruncated, "fetch the file again"),
    ],
    ids=[
        "empty",
        "blank lines",
        "one column",
        "binary",
        "zip",
        "half Parquet",
        "JSON array",
        "half gzip",
    ],
)
def test_what_is_no_log_is_refused_with_what_to_do(guess, content, error, sentence):
    with pytest.raises(error, match=sentence):
        guess(content)


def test_a_missing_file_and_a_folder_without_a_log_are_refused(tmp_path):
    with pytest.raises(LogMissing):
        inspect_log(tmp_path / "no.csv")
    with pytest.raises(LogUnreadable, match="name the file"):
        inspect_log(tmp_path)


def test_an_unknown_format_is_refused_with_the_known_ones(write):
    with pytest.raises(FormatUnknown, match="movielens, online-retail, retailrocket"):
        inspect_log(write("log.csv", "a,b\n1,2\n"), "netflix")


def test_a_file_that_is_not_in_the_named_format_is_refused(write):
    path = write("log.csv", "user,item,time\n" + rows("{u},{i},{t}"))

    with pytest.raises(FormatUnknown, match="is not in the format movielens"):
        inspect_log(path, "movielens")
