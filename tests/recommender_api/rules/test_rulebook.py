"""Plans: what holds when and where, and that what vanished fails nobody."""

from datetime import UTC, datetime

import numpy as np
import pytest

from recommender_api.errors import PlacementUnknown
from recommender_api.history.protocol import Recollection
from recommender_models.bundle import RecentEvent
from recommender_store.catalog.cells import AttributeType
from tests.recommender_api.rules.shelf import NOW_S, asked, codes, ids, loaded

SHOP = {
    "a": {"category": "x", "price": 3},
    "b": {"category": "y", "price": 2},
    "c": {"category": "x", "price": 1},
    "d": {"price": 4},
}
NO_X = {"id": "no-x", "kind": "exclude", "filter": "category = 'x'"}


def at(second: float) -> str:
    return datetime.fromtimestamp(NOW_S + second, UTC).isoformat()


def test_plans_change_at_the_moments_at_which_rules_begin_and_end():
    state = loaded(SHOP, [{**NO_X, "starts_at": at(10), "ends_at": at(20)}])

    told = [ids(asked(state, now_s=NOW_S + s)) for s in (9.9, 10, 19.9, 20, 5)]

    everything, rest = ["a", "b", "c", "d"], ["b", "d"]
    assert told == [everything, rest, rest, everything, everything]


def test_between_two_moments_the_plan_is_the_very_same():
    book = loaded(SHOP, [{**NO_X, "starts_at": at(10)}]).rulebook

    assert book.plan("popular", NOW_S) is book.plan("popular", NOW_S + 9)
    assert book.plan("popular", NOW_S) is not book.plan("popular", NOW_S + 10)


def test_rules_that_always_hold_are_one_mask_and_one_array():
    rules = [
        NO_X,
        {"id": "in", "kind": "include", "filter": "price < 4"},
        {"id": "bl", "kind": "block", "items": ["c"]},
        {"id": "up", "kind": "boost", "filter": "price > 1", "factor": 2},
        {"id": "down", "kind": "bury", "filter": "price > 2", "factor": 0.5},
    ]
    plan = loaded(SHOP, rules).rulebook.plan("popular", NOW_S)

    assert not plan.asked_sieves
    assert not plan.asked_scalings
    assert plan.allowed.tolist() == [False, True, False, False]
    assert plan.factors.tolist() == [1, 2, 1, 1]


def test_a_rule_holds_in_the_placements_that_it_names():
    state = loaded(SHOP, [{**NO_X, "placements": ["newest"]}])

    assert asked(state, "newest").question.plan.rule_ids == ("no-x",)
    assert asked(state, "popular").question.plan.rule_ids == ()


def test_rules_come_by_priority_then_by_id():
    rules = [{**NO_X, "id": name, "priority": p} for name, p in (("c", 0), ("a", 0), ("z", 5))]

    assert asked(loaded(SHOP, rules)).question.plan.rule_ids == ("z", "a", "c")


def test_a_condition_decides_for_each_request():
    state = loaded(SHOP, [{**NO_X, "when": "$context.country = 'DE'"}])

    assert ids(asked(state, context={"country": "DE"})) == ["b", "d"]
    assert ids(asked(state, context={"country": "FR"})) == ["a", "b", "c", "d"]
    assert asked(state).question.plan.rule_ids == ()


def test_in_somebodys_own_past_a_rule_without_placements_only_takes_out():
    done = [RecentEvent("view", item, 1) for item in "abc"]
    rules = [
        NO_X,
        {"id": "pin", "kind": "pin", "item": "d", "position": 1},
        {"id": "boost", "kind": "boost", "filter": "price = 1", "factor": 100},
    ]

    outcome = asked(loaded(SHOP, rules), "recently_viewed", recalled=Recollection(done))

    assert ids(outcome) == ["b"]
    assert outcome.question.plan.rule_ids == ("no-x",)


def test_an_attribute_that_no_item_has_any_more_warns_and_fails_nothing():
    types = {"colour": AttributeType.STRING}
    red = {"id": "red", "kind": "exclude", "filter": "colour = 'red'"}

    for known in (types, {}):
        outcome = asked(loaded(SHOP, [red], types=known))

        assert ids(outcome) == ["a", "b", "c", "d"]
        assert "rule_attribute_missing" in codes(outcome)


def test_what_has_vanished_is_missing_everywhere_so_nothing_passes_an_include():
    only = {"id": "only", "kind": "include", "filter": "safe AND rating > 3"}

    outcome = asked(loaded(SHOP, [only]))

    assert ids(outcome) == []
    assert {"rule_attribute_missing", "empty"} <= set(codes(outcome))


def test_a_stored_filter_that_nobody_can_read_matches_nothing():
    rules = [{"id": "odd", "kind": "exclude", "filter": "price LIKE 3"}]

    assert ids(asked(loaded(SHOP, rules))) == ["a", "b", "c", "d"]


def test_a_hook_that_no_admin_lists_is_not_called_and_the_answer_says_so():
    outcome = asked(loaded(SHOP, [{"id": "h", "kind": "hook", "name": "mine"}]))

    assert "hook_not_allowed" in codes(outcome)
    assert outcome.question.plan.rule_ids == ()


def test_what_was_shown_too_often_is_in_no_tier():
    cap = {"id": "cap", "kind": "cap", "times": 2, "period_hours": 24}
    shown = [(item, int(NOW_S * 1000) - n) for n, item in enumerate("aab")]
    state = loaded(SHOP, [cap])

    outcome = asked(state, recalled=Recollection([], shown=shown), explain=True)

    assert ids(outcome) == ["b", "c", "d"]
    assert outcome.question.worn_out == {"a": "cap"}


def test_a_cap_counts_within_its_period_alone_and_is_named():
    cap = {"id": "c", "kind": "cap", "times": 2, "period_hours": 1}
    hour_ms, now_ms = 3_600_000, int(NOW_S * 1000)
    shown = [("a", now_ms), ("a", now_ms - hour_ms), ("b", now_ms), ("b", now_ms - hour_ms + 1)]

    outcome = asked(loaded(SHOP, [cap]), recalled=Recollection([], shown=shown))

    assert ids(outcome) == ["a", "c", "d"]
    assert outcome.question.plan.rule_ids == ("c",)
    assert outcome.question.holds_until_s == 0


def test_an_unknown_placement_is_told_those_that_there_are():
    with pytest.raises(PlacementUnknown, match="mine"):
        asked(loaded(SHOP, placements=[{"id": "mine"}]), "nowhere")


def test_diversity_separates_what_is_alike():
    catalog = {f"{kind}{n}": {"kind": kind} for kind in "xy" for n in range(4)}

    plain, varied = (
        "".join(item[0] for item in ids(asked(loaded(catalog), diversity=d))) for d in (0, 0.9)
    )

    assert plain == "xxxxyyyy"
    assert varied == "xyxyxyxy"


def test_a_boost_never_brings_up_what_is_shown_elsewhere_by_a_mistaken_number():
    rules = [{"id": "up", "kind": "boost", "filter": "price = 1", "factor": 1_000}]
    outcome = asked(loaded(SHOP, rules))

    assert ids(outcome) == ["c", "a", "b", "d"]
    assert np.isfinite([pick.score for pick in outcome.picked.items]).all()
