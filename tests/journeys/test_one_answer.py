"""The trainer's measurement and the serving pipeline give one answer: they run the same code."""

import asyncio

import numpy as np
import pytest

from recommender_api.history.in_memory import InMemoryHistory
from recommender_api.recommend.pipeline import recommend
from recommender_api.recommend.request import from_body
from recommender_api.serving.live_tenant import LiveTenant
from recommender_models.bundle import Bundle, RecentEvent
from recommender_models.protocol import Ranked
from recommender_store.event_log.named_users import named_users
from tests.trainers.tenant import OPTIONS, events_of, log, new_store, new_tenant
from tests.worlds.long_tail import long_tail
from trainers.datasets.questions import Questions
from trainers.evaluation.measure import answer_all
from trainers.jobs.train import train

LIMIT = 10
RECIPES = [(), ("for_you=tfidf",), ("for_you=blend",)]


@pytest.fixture(scope="module", params=RECIPES, ids=["als", "neighbours", "blend"])
def served(request, tmp_path_factory):
    """A trained tenant: the bundle as the trainer opens it, and the tenant as the API loads it."""
    store = new_store(tmp_path_factory.mktemp("store"))
    space = new_tenant(store, gate={"minimum_test_users": 10})
    log(space, events_of(long_tail(users=150, items=90, events=3_500).interactions))
    options = OPTIONS.model_copy(update={"recipes": request.param})
    assert train(space, options, store.cache).status == "promoted"
    manifest, folder = space.models.open(space.models.current().version, store.cache)
    live = LiveTenant(space, store.cache, InMemoryHistory())
    live.refresh()
    return Bundle.open(manifest, folder, space.digests()), live


def remembered(live: LiveTenant, user: str) -> list[RecentEvent]:
    return asyncio.run(live.history.recent(user, None)).events


def every_user(live: LiveTenant) -> list[str]:
    return sorted(one for some in named_users(live.space.events.state()) for one in some)


def unmoved_users(bundle: Bundle, live: LiveTenant) -> list[str]:
    """Users who did nothing since the bundle's data ends: of them both sides know the same."""
    until_ms = round(bundle.data_until.timestamp() * 1000)
    return [
        user
        for user in every_user(live)
        if all(event.at_ms < until_ms for event in remembered(live, user))
        and len(bundle.history(user).rows)
    ]


def questions(bundle: Bundle, users: list[str], seeds=()) -> Questions:
    count = len(users) or len(seeds)
    nothing = np.empty(0, dtype=np.int32)
    return Questions(
        relevant=[nothing] * count,
        owner=np.arange(count),
        histories=[bundle.history(user) for user in users],
        seeds=np.array(seeds, dtype=np.int32),
    )


def measured(bundle: Bundle, answers: list[Ranked]) -> list[list[tuple[str, float]]]:
    return [
        list(zip(bundle.items.ids(one.rows), one.scores.tolist(), strict=True)) for one in answers
    ]


def answered(live: LiveTenant, placement: str, **asked) -> list[tuple[str, float]]:
    request = from_body({"limit": LIMIT, "when_short": "fewer", **asked})
    recalled = asyncio.run(live.history.recent(request.user_id, None))
    outcome = recommend(request, placement, live.loaded, recalled)
    return [
        (outcome.question.loaded.items.id(pick.row), pick.score)
        for pick in outcome.picked.picks
        if pick.source in ("personal", "neighbours")
    ]


def test_a_user_is_told_exactly_what_was_measured(served):
    bundle, live = served
    users = unmoved_users(bundle, live)
    asked = questions(bundle, users)

    lists = measured(bundle, answer_all(bundle.for_you, asked, LIMIT, lambda _done, _all: None))

    assert len(users) >= 40
    for user, expected in zip(users, lists, strict=True):
        assert expected
        assert answered(live, "for_you", user_id=user) == expected


def test_beside_an_item_stands_exactly_what_was_measured(served):
    bundle, live = served
    seeds = range(len(bundle.items))
    asked = questions(bundle, [], seeds)

    lists = measured(bundle, answer_all(bundle.similar, asked, LIMIT, lambda _done, _all: None))

    assert sum(map(len, lists)) > 5 * len(lists)
    for seed, expected in zip(seeds, lists, strict=True):
        assert answered(live, "similar", item_id=bundle.items.id(seed)) == expected


def test_somebody_who_did_something_since_is_folded_in_on_both_sides(served):
    bundle, live = served
    until_ms = round(bundle.data_until.timestamp() * 1000)
    moved = [
        user
        for user in every_user(live)
        if any(event.at_ms >= until_ms for event in remembered(live, user))
    ]

    assert moved
    for user in moved:
        history = bundle.history(user, remembered(live, user))
        (expected,) = measured(bundle, bundle.for_you.recommend([history], LIMIT))
        assert history.is_newer
        assert answered(live, "for_you", user_id=user) == expected
