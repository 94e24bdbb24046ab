import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender_api.foreign_logs.errors import LogUnreadable
from recommender_api.foreign_logs.tables import walk as walking
from recommender_api.foreign_logs.tables.line_faults import LineFaults
from recommender_api.foreign_logs.tables.walk import Dialect, Outcome, walk

COMMAS = Dialect(b",", b'"', has_header=True)


@pytest.fixture
def walked(tmp_path):
    """Walk over bytes; what was found, what was written, and the faults' lines and codes."""

    def _walked(content, dialect=COMMAS):
        faults = LineFaults(tmp_path / "faults.jsonl")
        faults.discard()
        sink = io.BytesIO()
        found = walk(tmp_path / "log.csv", io.BytesIO(content), dialect, Outcome(faults, sink))
        return found, sink.getvalue(), [(fault["line"], fault["code"]) for fault in faults]

    return _walked


def test_a_clean_file_is_not_altered(walked):
    found, written, faults = walked(b"a,b\n1,2\n3,4\n")

    assert (found.header, found.records, found.is_altered, faults) == (("a", "b"), 2, False, [])
    assert written == b"a,b\n1,2\n3,4\n"


def test_lines_are_numbered_past_blank_broken_and_long_records(walked):
    content = b'a,b\n\n1,2\nbroken\n3,"x\ny"\n\n5,6\n7,8,9\n10,11'
    found, _, faults = walked(content)

    assert [found.numbers.line_of(record) for record in range(found.records)] == [3, 5, 8, 10]
    assert faults == [(4, "line_too_few_columns"), (9, "line_too_many_columns")]


def test_an_unclosed_quote_costs_its_own_line_only(walked):
    rows = b"".join(b"%d,x\n" % row for row in range(5000))
    found, written, faults = walked(b'a,b\n1,"never closed\n' + rows)

    assert found.records == 5000
    assert faults == [(2, "line_quote_unclosed")]
    assert written == b"a,b\n" + rows


def test_an_unclosed_quote_at_the_end_is_found(walked):
    found, _, faults = walked(b'a,b\n1,2\n3,"4')

    assert (found.records, faults) == (1, [(3, "line_quote_unclosed")])


def test_a_quoted_value_may_run_over_the_end_of_a_block(walked, monkeypatch):
    monkeypatch.setattr(walking, "CHUNK_BYTES", 16)
    found, written, faults = walked(b'a,b\n1,"one\ntwo\nthree\nfour"\n5,6\n')

    assert (found.records, faults) == (2, [])
    assert written == b'a,b\n1,"one\ntwo\nthree\nfour"\n5,6\n'


def test_mixed_line_ends_are_made_alike(walked):
    found, written, faults = walked(b"a,b\r\n1,2\n3,4\r\n")

    assert (found.is_altered, faults) == (True, [])
    assert written == b"a,b\r\n1,2\r\n3,4\r\n"


def test_a_mark_at_the_start_belongs_to_no_column(walked):
    assert walked(b"\xef\xbb\xbfa,b\n1,2\n")[0].header == ("a", "b")


def test_bytes_that_are_not_utf_8_cost_their_own_line_only(walked):
    found, _, faults = walked(b"a,b\n1,caf\xe9\n2,caf\xc3\xa9\n")

    assert (found.records, faults) == (1, [(2, "line_not_decodable")])


def test_a_line_without_end_does_not_fill_the_memory(walked):
    found, _, faults = walked(b"a,b\n1," + b"x" * 5_000_000 + b"\n3,4\n")

    assert (found.records, faults) == (1, [(2, "line_too_long")])


def test_carriage_returns_alone_are_told_with_what_to_run(walked):
    with pytest.raises(LogUnreadable, match="tr"):
        walked(b"a,b\r1,2\r3,4\r")


def test_a_stray_carriage_return_costs_its_own_line_only(walked):
    found, _, faults = walked(b"a,b\n1,2\r3,4\n5,6\n")

    assert (found.records, faults) == (1, [(2, "line_break_stray")])


LINES = st.lists(
    st.sampled_from(
        [
            b"1,2",
            b'"1","2"',
            b"",
            b"1",
            b"1,2,3",
            b'1,"2',
            b'1,"a',
            b'b"',
            b'"x"y,2',
            b"\xff,1",
            b"a\rb,1",
        ]
    ),
    max_size=30,
)


@settings(max_examples=2 * settings.default.max_examples)
@given(LINES, st.sampled_from([b"\n", b"\r\n"]), st.booleans(), st.integers(4, 60))
def test_every_line_is_a_record_part_of_one_blank_or_a_fault(
    tmp_path_factory, lines, newline, has_end, chunk_bytes
):
    content = newline.join([b"a,b", *lines]) + (newline if has_end else b"")
    whole = walk_in_chunks(tmp_path_factory, content, 1 << 20)

    pieces = walk_in_chunks(tmp_path_factory, content, chunk_bytes)

    assert pieces == whole
    _, kept_lines, faults = whole
    assert len(kept_lines) + len(faults) == sum(1 for line in lines if line)


def walk_in_chunks(tmp_path_factory, content, chunk_bytes):
    """How many records, which lines they are made of but blank ones, and faults."""
    folder = tmp_path_factory.getbasetemp()
    faults = LineFaults(folder / "faults.jsonl")
    faults.discard()
    sink = io.BytesIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(walking, "CHUNK_BYTES", chunk_bytes)
        found = walk(folder / "log.csv", io.BytesIO(content), COMMAS, Outcome(faults, sink))
    written = sink.getvalue().replace(b"\r\n", b"\n").split(b"\n")[1:]
    kept = [line for line in written if line]
    return found.records, kept, [(fault["line"], fault["code"]) for fault in faults]
