"""Names that do not exist and comparisons that can never hold are refused with advice."""

import pytest

from recommender_api.rules.expression.check import check
from recommender_api.rules.expression.invalid import FilterInvalid
from recommender_api.rules.expression.parse import parse
from recommender_store.catalog.cells import AttributeType

TYPES = {
    "category": AttributeType.STRING,
    "brand": AttributeType.STRING,
    "price": AttributeType.NUMBER,
    "on_sale": AttributeType.BOOLEAN,
    "sale_ends": AttributeType.TIME,
    "tags": AttributeType.STRINGS,
}


@pytest.mark.parametrize(
    ("text", "position", "hint"),
    [
        ("price = '3'", 8, "without quotes"),
        ("price IN (1, TRUE)", 13, "price is a number"),
        ("price BETWEEN 1 AND 'x'", 20, "price is a number"),
        ("3 = brand", 0, "single quotes"),
        ("brand = price", 8, "brand is a text"),
        ("brand = $item.price", 8, "brand is a text"),
        ("on_sale = 'true'", 10, "TRUE or FALSE"),
        ("on_sale = 1", 10, "TRUE or FALSE"),
        ("sale_ends < 20261121", 12, "'2026-11-21T08:00:00Z'"),
        ("sale_ends < '2026-11-21'", 12, "'2026-11-21T08:00:00Z'"),
        ("brand > 'a'", 6, "write =, != or IN"),
        ("on_sale >= TRUE", 8, "write =, != or IN"),
        ("$context.name < 'a'", 14, "write =, != or IN"),
        ("tags = 'new'", 7, "tags CONTAINS 'new'"),
        ("'new' = tags", 0, "tags CONTAINS 'new'"),
        ("tags = $context.tag", 7, "tags CONTAINS 'new'"),
        ("tags IN ('new')", 9, "tags CONTAINS 'new'"),
        ("brand CONTAINS 'x'", 6, "write = or IN"),
        ("'new' CONTAINS 'x'", 6, "write = or IN"),
        ("tags CONTAINS 3", 14, "single quotes"),
        ("tags CONTAINS $item.price", 14, "single quotes"),
        ("brand", 0, "compare it"),
        ("brand = 'a' OR 'b'", 15, "compare it"),
        ("$context.a = $context.b", 0, "no type of its own"),
        ("$context.a IN ('x', 1)", 20, "'x' is a text"),
    ],
)
def test_a_comparison_that_can_never_hold_is_refused(text, position, hint):
    with pytest.raises(FilterInvalid) as caught:
        check(parse(text), TYPES)

    assert caught.value.code == "filter_wrong_type"
    assert caught.value.position == position
    assert hint in caught.value.detail


@pytest.mark.parametrize(
    ("text", "position", "hint"),
    [
        ("categry = 'a'", 0, "did you mean category?"),
        ("on_sale AND Brand = 'a'", 12, "did you mean brand?"),
        ("brand = $item.brnd", 8, "did you mean brand?"),
        ("brand = nike", 8, "a text is written in single quotes"),
        ("zzz IS NULL", 0, "brand, category, on_sale, price, sale_ends, tags"),
    ],
)
def test_an_unknown_attribute_is_met_with_the_nearest_name_or_all(text, position, hint):
    with pytest.raises(FilterInvalid) as caught:
        check(parse(text), TYPES)

    assert caught.value.code == "filter_unknown_attribute"
    assert caught.value.position == position
    assert hint in caught.value.detail


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("10 < price", "price > 10"),
        ("$item.price >= price", "price <= $item.price"),
        ("10 > price", "price < 10"),
        ("10 <= price", "price >= 10"),
        ("10 != price", "price != 10"),
        ("price BETWEEN 1 AND 2", "price >= 1 AND price <= 2"),
        ("on_sale", "on_sale = TRUE"),
        ("NOT (on_sale OR tags CONTAINS 'a')", "NOT (on_sale = TRUE OR tags CONTAINS 'a')"),
        ("$context.age > 18", "$context.age > 18"),
        ("sale_ends > '2026-11-21T08:00:00Z'", "sale_ends > '2026-11-21T08:00:00Z'"),
    ],
)
def test_a_checked_condition_has_its_attribute_on_the_left_and_no_shorthand(text, same):
    assert check(parse(text), TYPES) == parse(same)
