"""What the slot trending gives to the placement of that name."""

import pytest

from recommender_api.history.in_memory import InMemoryHistory
from recommender_api.serving.live_tenant import LiveTenant
from tests.recommender_api.recommend.test_slots import asked, codes, told
from tests.trainers.jobs.shop import shop
from tests.trainers.jobs.test_trending_slot import TAIL, surge


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    made = shop(tmp_path_factory.mktemp("store"), TAIL.interactions)
    surge(made, "item-000070", day=29)
    surge(made, "item-000071", day=28.5, start=60_000)
    assert made.train().status == "promoted"
    tenant = LiveTenant(made.space, made.store.cache, InMemoryHistory())
    tenant.refresh()
    return tenant


def test_what_is_trending_comes_first_and_what_is_popular_completes_it(live):
    outcome = asked(live, "trending", when_short="fill")

    first = outcome.picked.picks[0]
    assert set(told(outcome)[:2]) == {"item-000070", "item-000071"}
    assert (first.source, first.reason, outcome.served_by) == ("trending", "trending", "popular")
    assert len(told(outcome)) == 10
    assert set(told(outcome, "popular")) == set(told(outcome)[2:])
    assert not codes(outcome)


def test_what_the_caller_excludes_is_not_trending(live):
    outcome = asked(live, "trending", exclude_item_ids=["item-000070"])

    assert told(outcome) == ["item-000071"]
