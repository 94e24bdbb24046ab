"""What docs/rules.md shows compiles, and says of missing values what the page says."""

from typing import get_args

import pytest

from recommender_api.rules.expression.compile import compile_filter
from recommender_api.rules.expression.invalid import FaultCode, FilterInvalid
from recommender_api.rules.expression.parse import CONDITIONS_LIMIT, DEPTH_LIMIT, TEXT_LIMIT
from recommender_store.catalog.columns import AttributeType
from tests.docs.pages import codes, page, rows, section

PAGE = "rules.md"
TYPES = {
    codes(name)[0]: AttributeType(kind)
    for name, kind in rows(section(PAGE, "A filter in a minute"))
}
EXAMPLES = [cells[1].strip("`").strip() for cells in rows(section(PAGE, "Examples"))]
MISSING = [(codes(text)[0], says) for text, says in rows(section(PAGE, "Missing values"))]
WRONG = [
    (codes(text)[0], codes(code)[0])
    for code, _, text in rows(section(PAGE, "What can be wrong"))
    if codes(text)
]


@pytest.mark.parametrize("text", EXAMPLES)
def test_an_example_compiles(text):
    assert compile_filter(text, TYPES).text == text


@pytest.mark.parametrize(("text", "says"), MISSING)
def test_a_missing_value_matches_as_the_page_says(text, says):
    assert compile_filter(text, TYPES).matches({}, {}, {}) == {"yes": True, "no": False}[says]


@pytest.mark.parametrize(("text", "code"), WRONG)
def test_a_wrong_filter_has_the_code_that_the_page_says(text, code):
    with pytest.raises(FilterInvalid) as refused:
        compile_filter(text, TYPES)

    assert refused.value.code == code


def test_the_page_explains_every_code_of_a_filter():
    explained = {codes(cells[0])[0] for cells in rows(section(PAGE, "What can be wrong"))}

    assert explained == set(get_args(FaultCode))


def test_the_limits_are_those_of_the_parser():
    text = f"{TEXT_LIMIT:,} characters, {CONDITIONS_LIMIT} conditions, {DEPTH_LIMIT} levels"

    assert text in page(PAGE)
