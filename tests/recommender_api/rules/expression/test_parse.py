"""What is understood, what is refused, and where the finger points."""

import pytest

from recommender_api.rules.expression.invalid import FilterInvalid
from recommender_api.rules.expression.parse import (
    CONDITIONS_LIMIT,
    DEPTH_LIMIT,
    TEXT_LIMIT,
    parse,
)
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

A, B, C = (Truth(Attribute(name)) for name in "abc")
X = Attribute("x")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = 'shoes'", Comparison(X, "=", Value("shoes"))),
        ("x = 'it''s'", Comparison(X, "=", Value("it's"))),
        ("x = ''", Comparison(X, "=", Value(""))),
        ("x <> 1.5", Comparison(X, "!=", Value(1.5))),
        ("x>=-.5e1", Comparison(X, ">=", Value(-5.0))),
        ("x != false", Comparison(X, "!=", Value(False))),
        ("x = $item.y", Comparison(X, "=", Reference("item", "y"))),
        ("$context.in = 1", Comparison(Reference("context", "in"), "=", Value(1.0))),
        ("`in` = `a``b`", Comparison(Attribute("in"), "=", Attribute("a`b"))),
        ("größe = 1", Comparison(Attribute("größe"), "=", Value(1.0))),
        ("x between 1 and 2", Between(X, Value(1.0), Value(2.0))),
        ("x IN ('a', $item.y)", In(X, (Value("a"), Reference("item", "y")))),
        ("x NOT IN (1)", Not(In(X, (Value(1.0),)))),
        ("x Contains 'new'", Contains(X, Value("new"))),
        ("x NOT CONTAINS 'new'", Not(Contains(X, Value("new")))),
        ("x IS NULL", IsNull(X)),
        ("x IS NOT NULL", Not(IsNull(X))),
        ("a AND b AND c", And((A, B, C))),
        ("a OR b AND c", Or((A, And((B, C))))),
        ("(a OR b) AND c", And((Or((A, B)), C))),
        ("NOT a AND b", And((Not(A), B))),
        ("NOT (a AND b)", Not(And((A, B)))),
        ("x BETWEEN 1 AND 2 AND a", And((Between(X, Value(1.0), Value(2.0)), A))),
        ("\n\ta\u00a0AND\n b ", And((A, B))),
    ],
)
def test_a_filter_is_understood(text, expected):
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "position", "hint"),
    [
        ('x = "shoes"', 4, "single quotes: 'shoes'"),
        ("x = \u2018shoes\u2019", 4, "single quotes: 'shoes'"),
        ("x = \u201cit's\u201d", 4, "single quotes: 'it''s'"),
        ("x = \u2019shoes", 4, "straight single quotes"),
        ("x = 'shoes", 4, "close it with '"),
        ("x = 'a''", 4, "close it with '"),
        ("`x = 1", 0, "close it with `"),
        ("x == 1", 2, "Write ="),
        ("x => 1", 2, "Write >="),
        ("x =< 1", 2, "Write <="),
        ("x \u2265 1", 2, "Write >="),
        ("x \u2260 1", 2, "Write !="),
        ("x !== 1", 2, "Write !="),
        ("a && b", 2, "Write AND"),
        ("a || b", 2, "Write OR"),
        ("!a", 0, "Write NOT"),
        ("a;", 1, "remove the ;"),
        ("a -- why", 2, "no comments"),
        ("x + 1 = 2", 2, "cannot calculate"),
        ("x IN ['a']", 5, "round parentheses"),
        ("item.x = 1", 4, "$item.name"),
        ("x = ?", 4, "no parameters"),
        ("x = 1\x00", 5, "no meaning"),
        ("(a", 2, "for the ( at character 0"),
        ("a AND (b OR (c)", 15, "for the ( at character 6"),
        ("a)", 1, "closes nothing"),
        ("()", 1, "Expected an attribute"),
        ("a AND", 5, "found the end"),
        ("OR a", 0, "found OR"),
        ("a AND AND b", 6, "found AND"),
        ("NOT", 3, "found the end"),
        ("x =", 3, "Expected a value, found the end"),
        ("x = 1 y = 2", 6, "Expected AND, OR"),
        ("x 'shoes'", 2, "another comparison"),
        ("1 < x < 5", 6, "BETWEEN 10 AND 50"),
        ("x > 1,000", 5, "decimals with a point"),
        ("x > 1e999", 4, "too large"),
        ("x = NULL", 4, "IS NULL"),
        ("x IS 'a'", 5, "After IS comes NULL"),
        ("x NOT = 1", 6, "IN, BETWEEN or CONTAINS"),
        ("x BETWEEN 1, 2", 11, "with AND"),
        ("x IN 'a'", 5, "list in parentheses"),
        ("'new' IN tags", 9, "tags CONTAINS 'new'"),
        ("x IN ()", 6, "Expected a value"),
        ("x IN ('a',)", 10, "Expected a value"),
        ("x IN ('a'", 9, "Expected , or )"),
        ("x IN (nike)", 6, "put it in single quotes"),
        ("x CONTAINS new", 11, "put it in single quotes"),
        ("$item = 1", 0, "$item.category"),
        ("$context. = 1", 0, "$context.category"),
    ],
)
def test_a_mistake_is_pointed_at_with_what_to_write(text, position, hint):
    with pytest.raises(FilterInvalid) as caught:
        parse(text)

    assert caught.value.code == "filter_syntax"
    assert caught.value.position == position
    assert hint in caught.value.detail


@pytest.mark.parametrize(
    ("text", "code", "position"),
    [
        ("", "filter_empty", 0),
        (" \n", "filter_empty", 0),
        ("x LIKE 'a%'", "filter_unsupported", 2),
        ("x NOT ilike 'a%'", "filter_unsupported", 6),
        ("lower(x) = 'a'", "filter_unsupported", 0),
        ("x > max(1, 2)", "filter_unsupported", 4),
        ("$user.x = 1", "filter_unknown_reference", 0),
        ("x = $", "filter_unknown_reference", 4),
        ("x" * (TEXT_LIMIT + 1), "filter_too_long", TEXT_LIMIT),
        ("(" * 3_000, "filter_too_complex", DEPTH_LIMIT + 1),
        ("NOT " * 900 + "a", "filter_too_complex", (DEPTH_LIMIT + 1) * 4),
        (" OR ".join("a" * (CONDITIONS_LIMIT + 1)), "filter_too_complex", CONDITIONS_LIMIT * 5),
    ],
)
def test_a_refusal_has_a_code_and_a_position(text, code, position):
    with pytest.raises(FilterInvalid) as caught:
        parse(text)

    assert (caught.value.code, caught.value.position) == (code, position)


def test_a_filter_up_to_every_limit_is_understood():
    deepest = "(" * DEPTH_LIMIT + "a" + ")" * DEPTH_LIMIT

    assert parse(deepest) == A
    assert len(parse(" AND ".join("a" * CONDITIONS_LIMIT)).parts) == CONDITIONS_LIMIT
    assert parse("a".ljust(TEXT_LIMIT)) == A


def test_groups_beside_each_other_are_not_deep():
    condition = parse(" AND ".join(["(a)", "NOT a"] * (DEPTH_LIMIT + 1)))

    assert condition == And((A, Not(A)) * (DEPTH_LIMIT + 1))


def test_a_sentence_quotes_no_more_than_a_piece_of_a_long_filter():
    with pytest.raises(FilterInvalid) as caught:
        parse("x = " + '"' + "y" * 3_000 + '"')

    assert len(caught.value.detail) < 120
