"""Masks over columns say what plain reading says, for any filter and any catalog."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender_api.rules.expression.compile import compile_filter
from recommender_api.rules.expression.parse import parse
from recommender_api.rules.expression.syntax import (
    And,
    Attribute,
    Between,
    Comparison,
    Contains,
    In,
    IsNull,
    Not,
    Or,
    Reference,
    Truth,
    Value,
)
from recommender_store.catalog.cells import AttributeType
from recommender_store.catalog.columns import Columns

TYPES = {
    "brand": AttributeType.STRING,
    "in": AttributeType.STRING,
    "price": AttributeType.NUMBER,
    "cost": AttributeType.NUMBER,
    "on_sale": AttributeType.BOOLEAN,
    "sale_ends": AttributeType.TIME,
    "tags": AttributeType.STRINGS,
}
TIMES = [f"2026-11-21T08:00:00{zone}" for zone in ("Z", "+01:00", ".5Z", "-02:00")]
VALUES = {
    AttributeType.STRING: st.sampled_from(["a", "b", "it's", "", "-1"]),
    AttributeType.NUMBER: st.sampled_from([-2, -1, 0, 1.5, 2, 3, 1e300]),
    AttributeType.BOOLEAN: st.booleans(),
    AttributeType.TIME: st.sampled_from(TIMES),
    AttributeType.STRINGS: st.lists(st.sampled_from("abc"), max_size=3),
}
SCALARS = [name for name, each in TYPES.items() if each is not AttributeType.STRINGS]
RECORDS = st.fixed_dictionaries({}, optional={name: VALUES[each] for name, each in TYPES.items()})
CONTEXTS = st.dictionaries(
    st.sampled_from("pq"),
    st.one_of(st.none(), *VALUES.values(), st.just({"of": "no type"})),
)


def constant(value):
    return Value(float(value) if isinstance(value, int) and value is not bool(value) else value)


@st.composite
def sides(draw, kind):
    """Anything that may be compared with an attribute of that type."""
    names = st.sampled_from([name for name, each in TYPES.items() if each is kind])
    return draw(constants(kind) | names.map(Attribute))


def constants(kind):
    names = st.sampled_from([name for name, each in TYPES.items() if each is kind])
    return (
        VALUES[kind].map(constant)
        | names.map(lambda name: Reference("item", name))
        | st.sampled_from("pq").map(lambda name: Reference("context", name))
    )


@st.composite
def leaves(draw):
    name = draw(st.sampled_from(SCALARS))
    kind = TYPES[name]
    is_ordered = kind in {AttributeType.NUMBER, AttributeType.TIME}
    left = draw(st.sampled_from([Attribute(name), Reference("item", name)]))
    right = draw(sides(kind))
    operator = draw(st.sampled_from(["=", "!=", "<", "<=", ">", ">="][: 6 if is_ordered else 2]))
    members = tuple(draw(st.lists(constants(kind), min_size=1, max_size=7)))
    lists = draw(st.sampled_from([Attribute("tags"), Reference("item", "tags")]))
    return draw(
        st.sampled_from(
            [
                Comparison(left, operator, right),
                Comparison(right, operator, left),
                In(left, members),
                Contains(lists, draw(constants(AttributeType.STRING))),
                IsNull(draw(st.sampled_from([left, lists, Reference("context", "p")]))),
                Truth(draw(sides(AttributeType.BOOLEAN))),
                *([Between(left, right, draw(sides(kind)))] if is_ordered else []),
            ]
        )
    )


def trees(inner):
    parts = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return inner.map(Not) | parts.map(And) | parts.map(Or)


CONDITIONS = st.recursive(leaves(), trees, max_leaves=8)


@given(CONDITIONS)
def test_a_condition_is_parsed_from_its_own_text(condition):
    assert parse(str(condition)) == condition


@settings(max_examples=3 * settings.default.max_examples)
@given(leaves() | CONDITIONS, st.lists(RECORDS, max_size=8), RECORDS, CONTEXTS, st.data())
def test_a_mask_says_of_each_row_what_plain_reading_says(condition, records, seed, context, data):
    filter_ = compile_filter(str(condition), TYPES)
    known = data.draw(st.sets(st.sampled_from(sorted(TYPES))), label="not vanished")
    kept = [{name: record[name] for name in record.keys() & known} for record in records]
    columns = Columns.from_records(kept, {name: TYPES[name] for name in known})
    some = data.draw(st.lists(st.sampled_from(range(len(kept)))) if kept else st.just([]))
    rows = np.array(some, np.int64)

    mask = filter_.mask(columns, seed=seed, context=context)
    partial = filter_.mask(columns, seed=seed, context=context, rows=rows)

    assert mask.dtype == partial.dtype == np.bool_
    assert mask.tolist() == [filter_.matches(record, seed, context) for record in kept]
    assert partial.tolist() == mask[rows].tolist()


@given(CONDITIONS, st.lists(RECORDS, min_size=1, max_size=4), RECORDS, CONTEXTS)
def test_not_turns_every_answer_round(condition, records, seed, context):
    columns = Columns.from_records(records, TYPES)
    plain = compile_filter(str(condition), TYPES)
    negated = compile_filter(str(Not(condition)), TYPES)

    mask = plain.mask(columns, seed=seed, context=context)

    assert negated.mask(columns, seed=seed, context=context).tolist() == (~mask).tolist()


ITEMS = Columns.from_records(
    [
        {"item_id": "1", "title": "Trail", "brand": "a", "price": 10, "cost": 12, "tags": ["new"]},
        {"item_id": "2", "title": "Road", "brand": "b", "price": 50, "cost": 20, "on_sale": True},
        {"item_id": "3", "title": "Sand", "sale_ends": "2026-11-21T08:00:00Z", "on_sale": False},
    ],
    TYPES,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("brand = 'a'", [1, 0, 0]),
        ("brand != 'a'", [0, 1, 0]),
        ("NOT brand = 'a'", [0, 1, 1]),
        ("brand NOT IN ('a')", [0, 1, 1]),
        ("brand = 'unheard of'", [0, 0, 0]),
        ("brand != 'unheard of'", [1, 1, 0]),
        ("brand IN ('b', 'c', 'd', 'e', 'f')", [0, 1, 0]),
        ("brand IN ('c', 'd', 'e', 'f', 'g')", [0, 0, 0]),
        ("price IN (1, 10, 20, 30, 40)", [1, 0, 0]),
        ("price IN (-2, 10)", [1, 0, 0]),
        ("price BETWEEN 10 AND 50", [1, 1, 0]),
        ("price < cost", [1, 0, 0]),
        ("cost != price", [1, 1, 0]),
        ("brand != title", [1, 1, 0]),
        ("title != brand", [1, 1, 0]),
        ("brand != `in`", [0, 0, 0]),
        ("title = brand OR item_id = '3'", [0, 0, 1]),
        ("on_sale", [0, 1, 0]),
        ("NOT on_sale", [1, 0, 1]),
        ("on_sale != TRUE", [0, 0, 1]),
        ("sale_ends = '2026-11-21T09:00:00+01:00'", [0, 0, 1]),
        ("tags CONTAINS 'new'", [1, 0, 0]),
        ("tags NOT CONTAINS 'new'", [0, 1, 1]),
        ("tags IS NULL", [0, 1, 1]),
        ("group_id IS NULL AND created_at IS NULL", [1, 1, 1]),
        ("brand = $item.brand", [0, 1, 0]),
        ("price <= $item.price AND price > $context.floor", [1, 1, 0]),
        ("brand = $item.in OR price = $context.absent", [0, 0, 0]),
        ("NOT brand = $item.in", [1, 1, 1]),
        ("$context.country = 'DE'", [1, 1, 1]),
        ("$context.country = 'AT' OR on_sale", [0, 1, 0]),
        ("$context.baskets CONTAINS 'x' AND $item.tags CONTAINS 'sale'", [1, 1, 1]),
        ("$context.is_member", [1, 1, 1]),
        ("price > $context.country", [0, 0, 0]),
        ("TRUE", [1, 1, 1]),
        ("1 = 2", [0, 0, 0]),
    ],
)
def test_the_language_means_what_it_says(text, expected):
    seed = {"brand": "b", "price": 50, "tags": ["sale"]}
    context = {"country": "DE", "floor": 5, "baskets": ["x"], "is_member": True}

    mask = compile_filter(text, TYPES).mask(ITEMS, seed=seed, context=context)

    assert mask.tolist() == [bool(each) for each in expected]


def test_a_long_list_finds_its_members_and_nothing_else():
    columns = Columns.from_records([*({"brand": each} for each in "abcdef"), {}])
    members = "'a', 'b', 'c', 'd', 'e', 'unheard of'"

    mask = compile_filter(f"brand IN ({members})", TYPES).mask(columns, seed={}, context={})

    assert mask.tolist() == [True] * 5 + [False] * 2


def test_only_the_rows_asked_for_are_looked_at_in_their_order():
    columns = Columns.from_records(
        [{"tags": ["a", "b"]}, {}, {"tags": ["c"]}, {"tags": ["b"]}, {"tags": ["c", "a", "c"]}]
    )
    rows = np.array([4, 3, 1, 4, 0])

    for text, expected in [("'a'", [1, 0, 0, 1, 1]), ("'b'", [0, 1, 0, 0, 1])]:
        mask = compile_filter(f"tags CONTAINS {text}", TYPES).mask(
            columns, seed={}, context={}, rows=rows
        )
        assert mask.tolist() == [bool(each) for each in expected]


@pytest.mark.parametrize("name", ["in", "NULL", "a`b", "two words", "1st", ""])
def test_a_name_that_is_no_plain_word_is_written_in_backticks(name):
    condition = Comparison(Attribute(name), "=", Reference("context", name))

    assert parse(str(condition)) == condition


def test_an_attribute_that_came_back_as_another_type_is_missing():
    filter_ = compile_filter("price > 1 OR price IS NULL OR tags CONTAINS 'a'", TYPES)
    columns = Columns.from_records([{"price": "3", "tags": "a"}])

    assert filter_.mask(columns, seed={}, context={}).tolist() == [True]


def test_a_mask_over_memory_mapped_columns_is_an_array_of_its_own(tmp_path):
    np.save(tmp_path / "prices.npy", np.array([1.0, 2.0]))
    mapped = np.load(tmp_path / "prices.npy", mmap_mode="r")
    price = type(ITEMS.column("price"))(mapped)

    mask = compile_filter("price > 1", TYPES).mask(
        Columns(2, {"price": price}), seed={}, context={}
    )

    assert type(mask) is np.ndarray
    assert mask.tolist() == [False, True]


@pytest.mark.parametrize(
    ("text", "is_static", "attributes"),
    [
        ("brand = 'a' AND price > 1", True, {"brand", "price"}),
        ("brand = $item.in", False, {"brand"}),
        ("on_sale OR NOT $context.is_member", False, {"on_sale"}),
        ("price BETWEEN 1 AND 2 AND tags IS NULL", True, {"price", "tags"}),
    ],
)
def test_a_filter_knows_what_it_reads(text, is_static, attributes):
    filter_ = compile_filter(text, TYPES)

    assert filter_.is_static is is_static
    assert filter_.attributes == attributes
