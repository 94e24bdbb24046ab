"""What the slot content gives to the placement similar: seeds that nobody has been seen with."""

import pytest

from recommender_api.history.in_memory import InMemoryHistory
from recommender_api.serving.live_tenant import LiveTenant
from recommender_store.catalog.log import ItemFields
from tests.recommender_api.recommend.test_slots import asked, codes, told
from tests.trainers.jobs.shop import shop
from tests.worlds.long_tail import long_tail

TAIL = long_tail(users=120, items=80, events=3_000)
TASTES = TAIL.taste_of_item | {"new-3": 3, "new-5": 5}


def live_tenant(folder, titles) -> LiveTenant:
    made = shop(folder, TAIL.interactions)
    made.space.catalog.write(ItemFields(item, fields) for item, fields in titles.items())
    made.train()
    live = LiveTenant(made.space, made.store.cache, InMemoryHistory())
    live.refresh()
    return live


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    titles = {item: {"title": f"taste{taste}"} for item, taste in TASTES.items()}
    titles["item-000011"] |= {"available": False}
    return live_tenant(tmp_path_factory.mktemp("store"), titles)


def test_a_new_item_is_answered_with_items_described_like_it_and_says_so(live):
    outcome = asked(live, "similar", item_id="new-3", limit=5)

    assert {TASTES[one] for one in told(outcome)} == {3}
    assert {(pick.source, pick.reason) for pick in outcome.picked.picks} == {
        ("described_alike", "described_like:new-3")
    }
    assert outcome.served_by == "model"
    assert not codes(outcome)


def test_neighbours_come_first_and_what_is_described_alike_completes_them(live):
    outcome = asked(live, "similar", item_id="item-000003", limit=200)

    sources = [pick.source for pick in outcome.picked.picks]
    assert set(sources) == {"neighbours", "described_alike"}
    assert sources == sorted(sources, key=["neighbours", "described_alike"].index)
    assert len(set(told(outcome))) == len(sources)


def test_a_hidden_item_is_not_brought_back_by_its_description(live):
    assert "item-000011" not in told(asked(live, "similar", item_id="new-3", limit=200))


def test_several_new_items_are_answered_together(live):
    outcome = asked(live, "similar", item_ids=["new-3", "new-5"], limit=20)

    assert {TASTES[one] for one in told(outcome)} == {3, 5}
    assert {pick.reason for pick in outcome.picked.picks} == {"described_like_basket"}


def test_without_descriptions_a_new_item_is_answered_with_what_is_popular(tmp_path):
    bare = live_tenant(tmp_path, {"new-3": {}})

    outcome = asked(bare, "similar", item_id="new-3", when_short="fill")

    assert outcome.served_by == "popular"
    assert len(told(outcome)) == 10
