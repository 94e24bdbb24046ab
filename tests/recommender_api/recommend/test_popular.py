"""What is popular among the items that a filter lets through, or that share the seed's value."""

from datetime import timedelta

import numpy as np
import pytest

from recommender_api.history.in_memory import InMemoryHistory
from recommender_api.recommend.explanation import explained
from recommender_api.serving.live_tenant import LiveTenant
from recommender_store.artifacts.local_cache import LocalCache
from recommender_store.catalog.log import ItemFields
from tests.recommender_api.recommend.test_slots import asked, told
from tests.trainers.tenant import change_settings, event, log, new_store, new_tenant
from tests.worlds.interaction import START

ITEMS = 1_500
RARE = [ITEMS - 1, 7, ITEMS - 40, ITEMS - 3]
"""Of the value `rare`; all but one come last."""
POPULAR = np.random.default_rng(1).permutation(ITEMS)
"""Items, the most popular first: the first has the most events."""


def item(number: int) -> str:
    return f"item-{number:06d}"


def fields(number: int) -> dict:
    place = int(np.flatnonzero(number == POPULAR)[0])
    category = "rare" if place in RARE else f"c{place % 3}"
    return {
        "category": category,
        "tags": [category, "even" if place % 2 == 0 else "odd"],
        "new": place % 10 == 0,
        "price": float(place),
    }


@pytest.fixture(scope="module")
def space(tmp_path_factory):
    """No model: what live history has counted."""
    made = new_tenant(new_store(tmp_path_factory.mktemp("store")))
    counts = [1 + (ITEMS - place) // 300 for place in range(ITEMS)]
    pairs = [
        (place, number)
        for place, number in enumerate(POPULAR.tolist())
        for _ in range(counts[place])
    ]
    log(
        made,
        (
            event(n, START + timedelta(seconds=n), user_id=f"u{n}", item_id=item(number))
            for n, (_, number) in enumerate(pairs)
        ),
    )
    made.catalog.write(ItemFields(item(number), fields(number)) for number in range(ITEMS))
    made.catalog.write([ItemFields("never-touched", {"category": "rare", "tags": ["rare"]})])
    return made


def served(space, folder, **serving) -> LiveTenant:
    change_settings(space, serving={"popular_by": None} | serving)
    live = LiveTenant(space, LocalCache(folder, 10**9), InMemoryHistory())
    live.refresh()
    return live


@pytest.fixture
def live(space, tmp_path):
    return served(space, tmp_path)


def places(outcome, source: str) -> list[int]:
    order = {item(number): place for place, number in enumerate(POPULAR.tolist())}
    return [order[one] for one in told(outcome, source)]


def test_what_is_popular_of_a_rare_value_is_found_wherever_it_ranks_and_in_that_order(live):
    outcome = asked(live, "popular", filter="category = 'rare'", limit=4)

    assert places(outcome, "popular") == sorted(RARE)


def test_what_nobody_touched_completes_it(live):
    outcome = asked(live, "popular", filter="category = 'rare'", limit=9, when_short="fill")

    assert told(outcome)[-1] == "never-touched"
    assert len(told(outcome)) == len(RARE) + 1
    assert outcome.served_by == "popular"


@pytest.mark.parametrize("limit", [1, 10, 200])
@pytest.mark.parametrize("wanted", ["c0", "c1", "rare"])
def test_a_filtered_answer_is_the_whole_ranking_without_what_the_filter_takes(live, wanted, limit):
    every = asked(live, "popular", limit=1)
    whole = every.question.loaded.popular
    ids = [every.question.loaded.items.id(row) for row in whole.rows.tolist()]
    assert len(ids) == ITEMS

    outcome = asked(live, "popular", filter=f"category = '{wanted}'", limit=limit)

    catalog = {one: live.item(one)["category"] for one in ids}
    assert told(outcome) == [one for one in ids if catalog[one] == wanted][:limit]


def test_where_nothing_passes_the_filter_the_answer_says_so(live):
    outcome = asked(live, "popular", filter="category = 'none'", explain=True)

    assert "all 1500 candidates were hidden, filtered or excluded" in outcome.warnings[-1].detail
    assert explained(outcome.question, outcome.picked)["removed"] == {"filter": ITEMS}


def test_what_is_excluded_leaves_no_gap(live):
    first = told(asked(live, "popular", filter="category = 'c1'", limit=100))

    rest = asked(live, "popular", filter="category = 'c1'", limit=50, exclude_item_ids=first[:50])

    assert told(rest) == first[50:]


def seed(place: int) -> str:
    return item(int(POPULAR[place]))


def reasons(outcome) -> set[str]:
    return {pick.reason for pick in outcome.picked.picks if pick.source == "popular_alike"}


def filled(live, placement="similar", **asks):
    return asked(live, placement, when_short="fill", **asks)


def test_a_short_answer_is_completed_with_what_is_popular_of_the_seeds_value_first(space, tmp_path):
    live = served(space, tmp_path, popular_by="category")

    outcome = filled(live, item_id=seed(RARE[0]), limit=5)

    assert places(outcome, "popular_alike") == sorted(RARE[1:])
    assert places(outcome, "popular") == [0, 1]
    assert reasons(outcome) == {"popular_in:category=rare"}
    assert outcome.served_by == "popular"


def test_without_the_setting_or_the_attribute_or_a_seed_it_is_what_is_popular_at_all(
    space, tmp_path, live
):
    assert places(filled(live, item_id=seed(1), limit=3), "popular") == [0, 2, 3]
    for name in ("no-such", "price"):
        odd = served(space, tmp_path, popular_by=name)
        assert places(filled(odd, item_id=seed(1), limit=3), "popular") == [0, 2, 3]
    named = served(space, tmp_path, popular_by="category")
    assert places(filled(named, item_ids=[], limit=3), "popular") == [0, 1, 2]


def test_a_basket_and_a_list_of_values_share_any_of_theirs(space, tmp_path):
    by_tag = served(space, tmp_path, popular_by="tags")

    outcome = filled(by_tag, item_id=seed(RARE[0]), limit=6)

    # The seed's tags are `rare` and `odd`.
    assert places(outcome, "popular_alike") == [1, 3, 5, 7, 9, 11]
    assert reasons(outcome) == {"popular_in:tags"}

    by_category = served(space, tmp_path, popular_by="category")
    both = filled(by_category, item_ids=[seed(3), seed(4)], limit=4)
    assert places(both, "popular_alike") == [0, 1, 6, 9]


def test_a_yes_or_no_is_a_value_too(space, tmp_path):
    outcome = filled(served(space, tmp_path, popular_by="new"), item_id=seed(10), limit=3)

    assert places(outcome, "popular_alike") == [0, 20, 30]
    assert reasons(outcome) == {"popular_in:new=true"}


def test_whoever_did_something_is_answered_in_the_value_of_what_that_was(space, tmp_path):
    live = served(space, tmp_path, popular_by="category")

    outcome = filled(live, "for_you", user_id="u0", limit=3, exclude_seen=True)

    assert places(outcome, "popular_alike") == [3, 6, 9]


def test_a_filter_holds_for_them_too(space, tmp_path):
    live = served(space, tmp_path, popular_by="category")

    outcome = filled(live, item_id=seed(1), limit=2, filter="price > 600")

    assert places(outcome, "popular_alike") == [601, 604]


def test_a_setting_that_changes_is_taken_up_with_the_next_refresh(space, live):
    change_settings(space, serving={"popular_by": "category"})
    assert reasons(filled(live, item_id=seed(RARE[0]))) == set()

    live.refresh()

    assert reasons(filled(live, item_id=seed(RARE[0]))) == {"popular_in:category=rare"}
