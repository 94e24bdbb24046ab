"""What docs/rules.md shows runs, and does what the page says."""

import json
import re
from typing import Any, get_args

import pytest

from recommender_api.recommend.sources import SOURCES
from recommender_api.rules.checking import Known, read_placement, read_rule
from recommender_api.rules.expression.compile import compile_filter
from recommender_api.rules.expression.invalid import FaultCode, FilterInvalid
from recommender_api.rules.expression.parse import CONDITIONS_LIMIT, DEPTH_LIMIT, TEXT_LIMIT
from recommender_api.rules.placements import BUILT_IN
from recommender_store.catalog.cells import AttributeType
from recommender_store.policies.rule import KINDS
from tests.docs.pages import blocks, codes, page, rows, section
from tests.recommender_api.rules.shelf import asked, ids, loaded

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

SHOP_TYPES = {
    "category": AttributeType.STRING,
    "brand": AttributeType.STRING,
    "price": AttributeType.NUMBER,
    "adult": AttributeType.BOOLEAN,
}
WORKED = section(PAGE, "Worked examples")
RULES = [json.loads(text) for text in blocks(WORKED, "json")]
THEN = re.findall(r"^Popular then(?:, with `(.*)`)?: `(.*)`$", WORKED, re.MULTILINE)
KNOWN = Known(SHOP_TYPES, list(BUILT_IN), list(SOURCES))


def shop() -> dict[str, dict[str, Any]]:
    """The items of the worked examples, in order of popularity."""
    return {
        item: {
            "category": category,
            "brand": brand,
            "price": int(price),
            "adult": adult == "true",
            "created_at": f"{created_at}T00:00:00Z",
        }
        for item, category, brand, price, adult, created_at, _ in rows(WORKED)
    }


@pytest.mark.parametrize(
    ("rule", "then"), list(zip(RULES, THEN, strict=True)), ids=[rule["id"] for rule in RULES]
)
def test_a_worked_example_does_what_the_page_says(rule, then):
    assert read_rule(rule, KNOWN).id == rule["id"]

    outcome = asked(loaded(shop(), [rule]), context=json.loads(then[0] or "{}"))

    assert " ".join(ids(outcome)) == then[1]


def test_the_shop_of_the_worked_examples_is_as_the_page_says():
    before = re.search(r"most popular first: `(.*)`", WORKED)

    assert before is not None
    assert " ".join(ids(asked(loaded(shop())))) == before[1]
    assert [int(row[-1]) for row in rows(WORKED)] == list(range(90, 10, -10))


def test_every_kind_of_rule_is_explained_and_all_that_run_have_an_example():
    explained = {
        codes(cells[0])[0]: set(codes(cells[1])) for cells in rows(section(PAGE, "The kinds"))
    }

    assert set(explained) == set(KINDS)
    assert {rule["kind"] for rule in RULES} == set(KINDS) - {"hook"}
    for kind, told in explained.items():
        own = set(KINDS[kind].model_fields) - set(KINDS["block"].model_fields) | (
            {"items"} if kind == "block" else set()
        )
        assert own <= told, kind


def test_every_field_of_a_rule_is_explained():
    told = {
        name for cells in rows(section(PAGE, "What every rule has")) for name in codes(cells[0])
    }

    assert told == set(KINDS["block"].model_fields) - {"items"}


def test_the_placement_of_the_page_can_be_written():
    (text,) = blocks(section(PAGE, "Placements"), "json")

    assert read_placement(json.loads(text), KNOWN).id == "home"


def test_every_source_is_named():
    assert set(SOURCES) <= set(codes(section(PAGE, "Placements")))


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
