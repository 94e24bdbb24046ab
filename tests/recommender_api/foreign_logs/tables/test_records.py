import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender_api.foreign_logs.tables.records import Records, RecordShape, split_values

COMMAS = Records(RecordShape(b",", b'"', 3))


@pytest.mark.parametrize(
    "line",
    [
        b"a,b,c",
        b",,",
        b'"a","b","c"',
        b'"a,b",c,d',
        b'"say ""so""",b,c',
        b'a,5" nail,c',
        b'"a\nb",c,d',
    ],
)
def test_a_whole_record_is_told(line):
    assert COMMAS.is_whole(line)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b"a,b", "line_too_few_columns"),
        (b"a,b,c,d", "line_too_many_columns"),
        (b'a,"b,c', "line_quote_unclosed"),
        (b'a,"b"x,c', "line_quote_stray"),
        (b"a,b\rc,d", "line_break_stray"),
    ],
)
def test_what_is_wrong_with_a_line_is_named(line, fault):
    assert not COMMAS.is_whole(line)
    assert COMMAS.fault_of(line) == fault


def test_values_are_parted_with_and_without_quotes():
    assert split_values(b'"a,b",c', b",", b'"') == ["a,b", "c"]
    assert split_values(b"1::Toy Story::x", b"::", b"") == ["1", "Toy Story", "x"]


def test_a_value_beyond_the_limits_of_the_csv_module_does_no_harm():
    assert len(split_values(b'"' + b"x" * 200_000 + b'",b', b",", b'"')) == 2


@settings(max_examples=3 * settings.default.max_examples)
@given(st.text(alphabet='ab",\n \t;é', max_size=12), st.sampled_from(["\n", "\r\n"]))
def test_what_is_taken_for_whole_duckdb_reads_as_one_row(tmp_path_factory, text, newline):
    line = text.encode()
    if not COMMAS.is_whole(line):
        return
    path = tmp_path_factory.getbasetemp() / "one.csv"
    path.write_bytes(f"x,y,z{newline}".encode() + line + f"{newline}1,2,3{newline}".encode())

    rows = read_by_duckdb(path, newline)

    assert len(rows) == 2
    assert rows[1] == ("1", "2", "3")


def read_by_duckdb(path, newline):
    escaped = newline.replace("\r", "\\r").replace("\n", "\\n")
    return (
        duckdb.connect()
        .execute(
            "SELECT * FROM read_csv($1, auto_detect=false, header=true, delim=',', quote='\"', "
            f"escape='\"', new_line='{escaped}', "
            "columns={'a': 'VARCHAR', 'b': 'VARCHAR', 'c': 'VARCHAR'})",
            [str(path)],
        )
        .fetchall()
    )
