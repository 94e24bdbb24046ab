"""Rules over a trained tenant: obeyed by every source, in every state."""

import asyncio
from dataclasses import replace

import pytest

from recommender_api.history.in_memory import InMemoryHistory
from recommender_api.recommend.pipeline import recommend
from recommender_api.recommend.request import from_body
from recommender_api.rules.placements import BUILT_IN
from recommender_api.serving.live_tenant import LiveTenant
from recommender_store.errors import RecordUnreadable
from recommender_store.policies.policies import Decided
from recommender_store.policies.rule import as_rule
from tests.recommender_api.served import AUTHOR, store_in
from tests.recommender_api.shops import NEVER_SHOWN, trained

BLOCKED = [f"item-{n:06d}" for n in range(20, 60)]
RULES = [
    {"id": "block", "kind": "block", "items": BLOCKED},
    {"id": "even", "kind": "include", "filter": "tags CONTAINS 'even'"},
    {"id": "dear", "kind": "exclude", "filter": "price > 150"},
    {"id": "boost", "kind": "boost", "filter": "price > 100", "factor": 5},
]
PIN = {"id": "pin", "kind": "pin", "item": "item-000100", "position": 3}


@pytest.fixture(scope="module")
def live():
    store = store_in(trained())
    tenant = LiveTenant(store.tenant("shop"), store.cache, InMemoryHistory())
    tenant.refresh()
    return tenant


def decided(*rules):
    return Decided({}, tuple(as_rule(one) for one in rules))


def answer(live, loaded, placement, **body):
    request = from_body({"user_id": "user-000001", "item_id": "item-000000", **body})
    recalled = asyncio.run(live.history.recent(request.user_id, request.session_id))
    outcome = recommend(request, placement, loaded, recalled)
    return [loaded.items.id(pick.row) for pick in outcome.picked.items], outcome


@pytest.mark.parametrize("placement", BUILT_IN)
@pytest.mark.parametrize("state", ["whole", "without a model"])
@pytest.mark.parametrize("when_short", ["fill", "fewer"])
def test_what_rules_take_out_is_in_no_tier_of_any_placement(live, placement, state, when_short):
    loaded = live.loaded.deciding(decided(*RULES))
    if state == "without a model":
        loaded = replace(loaded, bundle=None, fault="the model cannot be read")

    items, outcome = answer(live, loaded, placement, limit=200, when_short=when_short)
    numbers = {int(item[-6:]) for item in items}

    assert not numbers & set(range(20, 60))
    assert all(number % 2 == 0 and number <= 150 for number in numbers)
    assert not NEVER_SHOWN & set(items)
    assert len(set(items)) == len(items)
    assert outcome.question.is_degraded is (state == "without a model")


@pytest.mark.parametrize("placement", ["similar", "for_you", "basket", "popular", "newest"])
def test_a_pin_stands_where_it_was_pinned_whatever_answers(live, placement):
    items, outcome = answer(live, live.loaded.deciding(decided(PIN)), placement)

    pick = outcome.picked.items[2]
    assert items[2] == "item-000100"
    assert (pick.source, pick.reason) == ("pin", "pinned_by:pin")
    assert len(items) == 10
    assert items.count("item-000100") == 1


def test_few_that_pass_are_found_however_far_down_they_are(live):
    rule = {"id": "few", "kind": "include", "filter": "price >= 190"}

    items, outcome = answer(live, live.loaded.deciding(decided(rule)), "for_you", limit=3)

    assert {pick.source for pick in outcome.picked.items} == {"personal"}
    assert min(int(item[-6:]) for item in items) >= 190


def test_rules_that_cannot_be_read_leave_those_before_them_in_force(folder):
    store = store_in(folder)
    space = store.tenant("shop")
    space.policies.rules.put("block", RULES[0], author=AUTHOR)
    tenant = LiveTenant(space, store.cache, InMemoryHistory())
    tenant.refresh()
    space.policies.rules.put("new", {"id": "new", "kind": "teleport"}, author=AUTHOR)
    tenant.refresh()

    items, outcome = answer(tenant, tenant.loaded, "popular", limit=200)

    assert not set(BLOCKED) & set(items)
    assert outcome.question.is_degraded
    assert "teleport" in tenant.loaded.fault


def test_without_the_rules_nothing_is_served_since_nobody_knows_what_is_blocked(folder):
    store = store_in(folder)
    space = store.tenant("shop")
    space.policies.rules.put("new", {"id": "new", "kind": "teleport"}, author=AUTHOR)

    with pytest.raises(RecordUnreadable):
        LiveTenant(space, store.cache, InMemoryHistory()).refresh()
