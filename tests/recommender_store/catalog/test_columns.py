"""Records go into typed columns and come out as they were."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender_store.catalog.array_file import ArrayFile
from recommender_store.catalog.cells import AttributeType, AttributeTypeConflict, epoch_s, read_cell
from recommender_store.catalog.column import StringColumn, StringsColumn
from recommender_store.catalog.columns import Columns
from recommender_store.catalog.columns_file import arrays_of, columns_of
from recommender_store.catalog.texts import Texts

VALUES = {
    AttributeType.STRING: st.text(max_size=5),
    AttributeType.NUMBER: st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False),
    AttributeType.BOOLEAN: st.booleans(),
    AttributeType.TIME: st.datetimes().map(lambda at: f"{at.isoformat()}Z"),
    AttributeType.STRINGS: st.lists(st.text(max_size=3), min_size=1, max_size=4),
}


@st.composite
def typed_records(draw):
    types = draw(st.dictionaries(st.sampled_from("abcde"), st.sampled_from(AttributeType)))
    record = st.fixed_dictionaries(
        {}, optional={name: st.none() | VALUES[each] for name, each in types.items()}
    )
    return types, draw(st.lists(record, max_size=8))


@given(typed_records())
def test_a_record_reads_back_without_its_missing_values(drawn):
    types, records = drawn

    columns = Columns.from_records(records, types)

    for row, record in enumerate(records):
        expected = {name: value for name, value in record.items() if value is not None}
        read = columns.record(row, types)
        assert read.keys() == expected.keys()
        for name, value in expected.items():
            assert read_cell(read[name], types[name]) == read_cell(value, types[name])


@given(typed_records())
def test_many_values_are_read_at_once_as_they_are_one_by_one(drawn):
    types, records = drawn
    columns = Columns.from_records(records, types)
    rows = np.arange(len(records))[::-1]

    for name in (*types, "nobody's"):
        assert columns.values(rows, name) == [columns.value(row, name) for row in rows]


@given(typed_records())
def test_every_column_has_a_cell_for_every_record(drawn):
    types, records = drawn

    columns = Columns.from_records(records, types)

    assert columns.row_count == len(records)
    assert columns.types == types
    for name in columns.names:
        column = columns.column(name)
        cells = column.ends if isinstance(column, StringsColumn) else column_cells(column)
        assert len(cells) == len(records)


def column_cells(column):
    return next(cells for cells in vars(column).values() if isinstance(cells, np.ndarray))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("shoes", AttributeType.STRING),
        ("2026-11-21T08:00:00Z", AttributeType.STRING),
        (True, AttributeType.BOOLEAN),
        (3, AttributeType.NUMBER),
        (3.5, AttributeType.NUMBER),
        (["new"], AttributeType.STRINGS),
        ([], AttributeType.STRINGS),
    ],
)
def test_the_first_value_fixes_the_type(value, expected):
    columns = Columns.from_records([{"x": None}, {"x": value}])

    assert columns.types == {"x": expected}


@pytest.mark.parametrize(
    ("first", "second", "expected", "given_type"),
    [
        ("shoes", 3, "string", "number"),
        (3, "3", "number", "string"),
        (3, True, "number", "boolean"),
        (True, 1, "boolean", "number"),
        (["new"], "new", "strings", "string"),
        (["new"], ["new", 3], "strings", "list"),
        ("shoes", {"de": "Schuhe"}, "string", "dict"),
        (1.5, 10**400, "number", "int"),
        (1.5, float("inf"), "number", "float"),
    ],
)
def test_a_value_of_another_type_is_refused_by_name(first, second, expected, given_type):
    with pytest.raises(AttributeTypeConflict) as caught:
        Columns.from_records([{"x": first}, {"x": second}])

    assert caught.value.code == "attribute_type_conflict"
    assert caught.value.attribute == "x"
    assert caught.value.expected == expected
    assert caught.value.given == given_type


@pytest.mark.parametrize("value", [{"de": "Schuhe"}, [1, 2], object()])
def test_a_value_of_no_type_is_refused_even_when_it_is_the_first(value):
    with pytest.raises(AttributeTypeConflict, match="'x'"):
        Columns.from_records([{"x": value}])


@pytest.mark.parametrize("text", ["2026-11-21", "2026-11-21T08:00:00", "soon", ""])
def test_a_time_needs_its_clock_and_zone(text):
    with pytest.raises(AttributeTypeConflict) as caught:
        Columns.from_records([{"created_at": text}])

    assert caught.value.expected == "time"


def test_a_reserved_attribute_keeps_its_type_whatever_is_asked_for():
    columns = Columns.from_records(
        [{"created_at": "2026-11-21T08:00:00Z", "available": False, "item_id": "sku-1"}],
        {"created_at": AttributeType.STRING, "available": AttributeType.NUMBER},
    )

    assert columns.types == {
        "created_at": AttributeType.TIME,
        "available": AttributeType.BOOLEAN,
        "item_id": AttributeType.STRING,
    }


def test_a_time_in_any_zone_reads_back_as_the_same_moment_in_utc():
    columns = Columns.from_records([{"created_at": "2026-11-21T09:30:00.250+01:30"}])

    assert columns.value(0, "created_at") == "2026-11-21T08:00:00.250000Z"


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_beyond_the_calendar_is_held_at_its_edge(text):
    columns = Columns.from_records([{"created_at": text}])

    assert columns.value(0, "created_at")[:4] == text[:4]


def test_a_time_may_be_written_in_small_letters():
    assert epoch_s("1970-01-01t00:01:00z") == 60


def test_a_whole_number_reads_back_whole():
    columns = Columns.from_records([{"year": 1999}, {"year": 1999.5}, {"year": float("nan")}])

    assert [columns.value(row, "year") for row in range(3)] == [1999, 1999.5, None]
    assert isinstance(columns.value(0, "year"), int)


def test_an_empty_list_is_missing():
    columns = Columns.from_records([{"tags": []}, {"tags": ["a", "b", "a"]}])

    assert columns.value(0, "tags") is None
    assert columns.record(0, ["tags"]) == {}
    assert columns.value(1, "tags") == ["a", "b", "a"]


def test_an_attribute_that_nobody_has_is_missing_in_every_row():
    columns = Columns.from_records([{"x": 1}])

    assert columns.column("y") is None
    assert columns.value(0, "y") is None
    assert columns.record(0, ["x", "y"]) == {"x": 1}


def test_a_text_is_found_by_its_code():
    column = StringColumn(np.array([1, -1, 0], np.int32), Texts.of("ab"))

    assert column.code_of("b") == 1
    assert column.code_of("c") is None
    assert [column.value(row) for row in range(3)] == ["b", None, "a"]


FIELDS = {
    "brand": st.sampled_from(["a", "b", "c", "d"]),
    "price": st.floats(0, 10, width=16),
    "is_new": st.booleans(),
    "created_at": st.sampled_from(["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"]),
    "tags": st.lists(st.sampled_from(["x", "y", "z"]), max_size=3),
}
ITEMS = st.lists(
    st.fixed_dictionaries({}, optional=FIELDS),
    max_size=12,
)


@given(ITEMS, st.data())
def test_a_state_laid_out_anew_is_as_one_made_of_the_records(records, data):
    before = Columns.from_records(records)
    rows = st.sampled_from(range(len(records))) if records else st.nothing()
    kept = data.draw(st.lists(rows, unique=True))
    told = data.draw(ITEMS)
    order = data.draw(st.permutations([*kept, *(-1 for _ in told)]))
    news = dict(zip([row for row, at in enumerate(order) if at < 0], told, strict=True))

    after = before.relaid(np.array(order, np.int32), news, {})

    wanted = Columns.from_records(
        [news[row] if at < 0 else records[at] for row, at in enumerate(order)]
    )
    for name in FIELDS:
        column = after.column(name)
        assert [after.value(row, name) for row in range(len(order))] == [
            wanted.value(row, name) for row in range(len(order))
        ]
        if isinstance(column, StringColumn | StringsColumn):
            assert set(column.values) == set(getattr(wanted.column(name), "values", []))
    assert [before.record(row, FIELDS) for row in range(len(records))] == [
        Columns.from_records(records).record(row, FIELDS) for row in range(len(records))
    ]


def test_an_attribute_keeps_its_type_when_it_is_laid_out_anew():
    before = Columns.from_records([{"x": 1}])

    with pytest.raises(AttributeTypeConflict):
        before.relaid(np.array([-1], np.int32), {0: {"x": "one"}}, {})


@given(ITEMS, ITEMS, st.data())
def test_rows_that_are_written_over_read_as_their_records(records, told, data):
    """Also where the columns lie in a file, whose arrays stay what they were."""
    laid = Columns.from_records(records)
    with tempfile.TemporaryDirectory() as folder:
        file = ArrayFile.write(Path(folder) / "arrays", arrays_of(laid), {})
    before = columns_of(file.arrays(), laid.types, len(records))
    rows = data.draw(st.permutations(range(len(records)))) if records else []
    told = dict(zip(rows, told, strict=False))
    changed = before.moved(np.empty(0, np.int32), {}, {})
    for at, record in enumerate(told.values()):
        places = np.append(np.arange(at), -1)
        changed = changed.moved(places, {at: record}, {})

    own = columns_of(file.arrays(), laid.types, len(records))
    after = own.overwritten(np.array([*told], np.int32), changed)

    wanted = Columns.from_records([told.get(row, record) for row, record in enumerate(records)])
    for name in FIELDS:
        for row in range(len(records)):
            assert after.value(row, name) == wanted.value(row, name)
            assert before.value(row, name) == laid.value(row, name)
        column, expected = after.column(name), wanted.column(name)
        if isinstance(column, StringColumn | StringsColumn) and expected is not None:
            assert column.value_count == expected.value_count
            assert column.cell_count == expected.cell_count
