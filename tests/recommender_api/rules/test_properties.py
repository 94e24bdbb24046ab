"""Whatever the rules, the request and the catalog: what an answer keeps to."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recommender_api.rules.expression.compile import compile_filter
from recommender_store.catalog.cells import AttributeType
from tests.recommender_api.rules.shelf import asked, ids, loaded

TYPES = {
    "category": AttributeType.STRING,
    "price": AttributeType.NUMBER,
    "sale": AttributeType.BOOLEAN,
    "tags": AttributeType.STRINGS,
}
ITEMS = [f"i{n}" for n in range(14)]
FILTERS = [
    *("category = 'a'", "price < 5", "NOT sale", "tags CONTAINS 'x'", "category != 'b'"),
    *("category = $item.category", "price <= $context.budget", "category IS NULL"),
]
WHENS = [None, "$context.budget > 3", "$item.category = 'a'", "NOT $context.vip = TRUE"]

fields = st.fixed_dictionaries(
    {},
    optional={
        "category": st.sampled_from("abc"),
        "price": st.integers(0, 9),
        "sale": st.booleans(),
        "tags": st.lists(st.sampled_from("xyz"), max_size=2),
        "available": st.booleans(),
        "available_until": st.sampled_from(["2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z"]),
        "created_at": st.sampled_from(["2026-11-01T00:00:00Z", "2020-01-01T00:00:00Z"]),
        "group_id": st.sampled_from("gh"),
    },
)
catalogs = st.lists(fields, min_size=1, max_size=len(ITEMS)).map(
    lambda some: dict(zip(ITEMS, some, strict=False))
)


def of_kind(kind, **more):
    return st.fixed_dictionaries({"kind": st.just(kind), **more})


filters = st.sampled_from(FILTERS)
kinds = st.one_of(
    of_kind("include", filter=filters),
    of_kind("exclude", filter=filters),
    of_kind("block", items=st.lists(st.sampled_from(ITEMS), min_size=1, max_size=3)),
    of_kind("boost", filter=filters, factor=st.sampled_from([1.5, 10.0])),
    of_kind("bury", filter=filters, factor=st.sampled_from([0.1, 0.9])),
    of_kind("fresh", half_life_days=st.sampled_from([1, 100])),
    of_kind("pin", item=st.sampled_from(ITEMS), position=st.integers(1, 8)),
    of_kind("diversify", attribute=st.sampled_from(["category", "sale"]), at_most=st.just(2)),
)
rules = st.lists(
    st.tuples(kinds, st.sampled_from(WHENS), st.integers(-2, 2), st.booleans()), max_size=5
).map(
    lambda some: [
        {**rule, "id": f"r{at}", "when": when, "priority": priority, "enabled": enabled}
        for at, (rule, when, priority, enabled) in enumerate(some)
    ]
)
requests = st.fixed_dictionaries(
    {},
    optional={
        "limit": st.integers(1, 12),
        "item_id": st.sampled_from(ITEMS),
        "filter": filters,
        "exclude_item_ids": st.lists(st.sampled_from(ITEMS), max_size=3),
        "diversity": st.sampled_from([0.0, 0.4, 1.0]),
        "when_short": st.sampled_from(["fill", "fewer"]),
        "context": st.fixed_dictionaries({}, optional={"budget": st.integers(0, 9)}),
        "explain": st.booleans(),
    },
)
placements = st.sampled_from(["popular", "newest", "similar", "for_you", "mixed"])
MIXED = [{"id": "mixed", "sources": {"popular": 1, "newest": 2}, "filter": "price != 3"}]
many = settings(
    deadline=None,
    max_examples=settings.default.max_examples,
    suppress_health_check=[HealthCheck.too_slow],
)


def in_force(outcome, rules):
    return [rule for rule in rules if rule["id"] in outcome.question.plan.rule_ids]


def means(text, item, catalog, request):
    """What the filter says of one item by itself."""
    seed = catalog.get(request.get("item_id", ""), {})
    record = {"item_id": item, **catalog[item]}
    context = request.get("context", {})
    return compile_filter(text, TYPES).matches(record, {"item_id": "", **seed}, context)


def may_be_shown(item, catalog, outcome, rules, request):
    known = catalog[item]
    if known.get("available") is False or known.get("available_until", "3") < "2026":
        return False
    if item in request.get("exclude_item_ids", ()) or item == request.get("item_id"):
        return False
    wanted = [request["filter"]] if "filter" in request else []
    if outcome.question.placement.id == "mixed":
        wanted.append("price != 3")
    for rule in in_force(outcome, rules):
        if rule["kind"] == "include":
            wanted.append(rule["filter"])
        if rule["kind"] == "exclude" and means(rule["filter"], item, catalog, request):
            return False
        if item in rule.get("items", ()):
            return False
    return all(means(text, item, catalog, request) for text in wanted)


@given(catalogs, rules, placements, requests)
@many
def test_nothing_that_may_not_be_shown_is_ever_in_an_answer(catalog, rules, placement, request):
    outcome = asked(loaded(catalog, rules, MIXED, types=TYPES), placement, **request)

    for item in ids(outcome):
        assert may_be_shown(item, catalog, outcome, rules, request), item


@given(catalogs, rules, placements, requests)
@many
def test_whatever_may_be_shown_is_in_an_answer_that_has_room(catalog, rules, placement, request):
    quotas = [rule for rule in rules if rule["kind"] == "diversify"]
    request = {**request, "limit": 200, "when_short": "fill"}
    outcome = asked(loaded(catalog, rules, MIXED, types=TYPES), placement, **request)
    answered = set(ids(outcome))

    for item in set(catalog) - answered:
        grouped = "group_id" in catalog[item]
        assert grouped or quotas or not may_be_shown(item, catalog, outcome, rules, request), item


@given(catalogs, rules, placements, requests)
@many
def test_each_item_stands_once_within_the_limit_and_every_quota(catalog, rules, placement, request):
    outcome = asked(loaded(catalog, rules, MIXED, types=TYPES), placement, **request)
    answered = ids(outcome)

    assert len(set(answered)) == len(answered) <= request.get("limit", 10)
    quotas = [("group_id", 1)]
    quotas += [
        (rule["attribute"], rule["at_most"])
        for rule in in_force(outcome, rules)
        if rule["kind"] == "diversify"
    ]
    for attribute, at_most in quotas:
        values = [catalog[one][attribute] for one in answered if attribute in catalog[one]]
        assert max(Counter(values).values(), default=0) <= at_most


@given(catalogs, rules, placements, requests)
@many
def test_what_is_pinned_stands_where_it_was_pinned(catalog, rules, placement, request):
    outcome = asked(loaded(catalog, rules, MIXED, types=TYPES), placement, **request)
    answered = ids(outcome)
    positions = sorted(outcome.picked.pinned)

    for rank, position in enumerate(positions):
        row = outcome.picked.pinned[position].row
        item = outcome.question.loaded.items.id(row)
        others = len(answered) - len(positions)
        # Where there is not enough to stand before it, it comes as near as it can.
        expected = min(position, others + rank + 1)
        assert answered.index(item) + 1 == expected
    for rule in in_force(outcome, rules):
        if rule["kind"] == "pin" and rule["item"] in answered:
            assert rule["item"] in catalog


@given(catalogs, rules, placements, requests)
@many
def test_the_same_request_gets_the_same_answer_with_room_for_masks_or_without(
    catalog, rules, placement, request
):
    answers = [
        asked(loaded(catalog, rules, MIXED, types=TYPES, mask_bytes=room), placement, **request)
        for room in (10**6, 10**6, 0, 2 * len(catalog))
    ]
    told = [
        ([(pick.row, pick.source, pick.reason) for pick in one.picked.items], one.served_by,
         one.question.plan.rule_ids, [warned.code for warned in one.warnings])
        for one in answers
    ]  # fmt: skip

    assert all(one == told[0] for one in told)
    for one in answers[1:]:
        scores = [pick.score for pick in one.picked.items]
        assert scores == pytest.approx([pick.score for pick in answers[0].picked.items], rel=1e-5)


@given(catalogs, filters, requests)
@many
def test_a_mask_says_of_each_item_what_the_filter_says_of_it_alone(catalog, text, request):
    state = loaded(catalog, types=TYPES)
    filter_ = state.catalog.filter(text)
    seed = catalog.get(request.get("item_id", ""), {})
    context = request.get("context", {})

    mask = filter_.mask(state.catalog.columns, seed=seed, context=context)

    rows = [state.items.row(item) for item in catalog]
    alone = [filter_.matches({"item_id": i, **f}, seed, context) for i, f in catalog.items()]
    assert mask[rows].tolist() == alone
