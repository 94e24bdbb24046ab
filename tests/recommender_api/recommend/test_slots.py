"""What the slots bought_together and next give to placements, and what answers without them."""

import asyncio

import pytest

from recommender_api.history.in_memory import InMemoryHistory
from recommender_api.history.protocol import Deed
from recommender_api.recommend.pipeline import recommend
from recommender_api.recommend.request import from_body
from recommender_api.serving.live_tenant import LiveTenant
from recommender_models.visit import visit_history
from tests.trainers.jobs.test_slots_where_enough import events
from tests.trainers.tenant import OPTIONS, log, new_store, new_tenant
from tests.worlds.interaction import START
from tests.worlds.paths_and_pairs import item, partner, paths_and_pairs
from trainers.jobs.train import train

LATER_MS = int(START.replace(month=3).timestamp() * 1000)


def live_tenant(folder, *, buying: bool) -> LiveTenant:
    store = new_store(folder)
    space = new_tenant(store, gate={"minimum_test_users": 10})
    log(space, events(paths_and_pairs(buying=buying)))
    # Nobody has a taste in this world: a model of users is no better than what is popular.
    options = OPTIONS.model_copy(update={"promote_despite": "to have every slot"})
    assert train(space, options, store.cache).status == "promoted"
    live = LiveTenant(space, store.cache, InMemoryHistory())
    live.refresh()
    return live


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    return live_tenant(tmp_path_factory.mktemp("full"), buying=True)


@pytest.fixture(scope="module")
def thin(tmp_path_factory):
    return live_tenant(tmp_path_factory.mktemp("thin"), buying=False)


def asked(live: LiveTenant, placement: str, **more):
    request = from_body({"limit": 10, "when_short": "fewer", **more})
    recalled = asyncio.run(live.history.recent(request.user_id, request.session_id))
    return recommend(request, placement, live.loaded, recalled)


def told(outcome, source: str | None = None) -> list[str]:
    items = outcome.question.loaded.items
    picks = outcome.picked.picks
    return [items.id(pick.row) for pick in picks if source in (None, pick.source)]


def codes(outcome) -> list[str]:
    return [one.code for one in outcome.warnings]


@pytest.mark.parametrize("number", range(0, 40, 7))
def test_with_an_item_is_bought_what_was_bought_with_it(full, number):
    outcome = asked(full, "bought_together", item_id=item(number))

    first = outcome.picked.picks[0]
    assert told(outcome)[0] == partner(number)
    assert (first.source, first.reason) == ("bought_together", f"bought_with:{item(number)}")
    assert outcome.served_by == "model"
    assert not codes(outcome)


def test_similar_items_complete_the_answer_and_are_marked(full):
    outcome = asked(full, "bought_together", item_id=item(3))

    assert told(outcome, "neighbours")
    assert set(told(outcome)) == set(told(outcome, "bought_together")) | set(
        told(outcome, "neighbours")
    )
    assert len(told(outcome)) == len(set(told(outcome)))


def test_a_basket_is_answered_by_the_partners_of_all_of_it(full):
    basket = [item(number) for number in (1, 5, 30)]

    outcome = asked(full, "basket", item_ids=basket)

    assert set(told(outcome)[:3]) == {partner(number) for number in (1, 5, 30)}
    assert {pick.reason for pick in outcome.picked.picks[:3]} == {"goes_with_basket"}
    assert not set(basket) & set(told(outcome))


def test_a_partner_that_lies_in_the_basket_does_not_come_back(full):
    basket = [item(1), partner(1)]

    assert not set(basket) & set(told(asked(full, "basket", item_ids=basket)))


@pytest.mark.parametrize("placement", ["bought_together", "basket"])
def test_without_the_slot_similar_items_answer_and_a_warning_says_so(thin, placement):
    outcome = asked(thin, placement, item_ids=[item(3)])

    assert told(outcome)
    assert set(told(outcome)) == set(told(outcome, "neighbours"))
    assert codes(outcome) == ["slot_empty"]


@pytest.mark.parametrize("placement", ["bought_together", "basket"])
def test_without_a_seed_the_placement_says_what_it_needs(full, placement):
    assert "seed_missing" in codes(asked(full, placement))


def did(live: LiveTenant, session_id: str, *numbers: int, user_id: str | None = None) -> None:
    live.history.take(
        Deed(user_id, session_id, "view", item(number), at_ms, None)
        for at_ms, number in enumerate(numbers, LATER_MS)
    )


def test_a_stranger_is_told_first_what_follows_on_what_they_did(full):
    did(full, "new", 10, 11)

    outcome = asked(full, "for_you", session_id="new")

    first = outcome.picked.picks[0]
    assert told(outcome)[0] == item(12)
    assert (first.source, first.reason) == ("next_items", "follows_recent_activity")
    assert outcome.served_by == "session"
    assert not {item(10), item(11)} & set(told(outcome))


def test_a_known_user_is_told_first_what_the_model_of_users_says(full):
    did(full, "again", 10, user_id="user-007")

    assert asked(full, "for_you", user_id="user-007").picked.picks[0].source == "personal"


def test_what_follows_is_exactly_what_was_measured(full):
    bundle = full.loaded.bundle
    assert bundle is not None
    for number in range(0, 40, 9):
        did(full, f"walk-{number}", number, number + 1)
        deeds = [(bundle.items.row(item(one)), 1.0) for one in (number + 1, number)]
        measured = bundle.next.recommend([visit_history(deeds)], 5)[0]

        outcome = asked(full, "for_you", session_id=f"walk-{number}")

        served = [pick for pick in outcome.picked.picks if pick.source == "next_items"][:5]
        assert [(pick.row, pick.score) for pick in served] == list(
            zip(measured.rows.tolist(), measured.scores.tolist(), strict=True)
        )
