"""A demo world is whole, repeatable, in order, and its right answers show in its events."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta, timezone
from itertools import combinations
from statistics import mean

import pytest

from recommender_cli.demo.worlds.world import THEMES, World, build_world

END = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAYS = 30


def small(name: str, seed: int = 7, **sizes: int) -> World:
    sizes = {"users": 200, "items": 120, "days": DAYS} | sizes
    return build_world(name, seed=seed, end=END, **sizes)


@pytest.fixture(scope="module", params=sorted(THEMES))
def world(request):
    return small(request.param)


def test_the_same_seed_gives_the_same_world(world):
    again = small(world.name)

    assert again == world


def test_another_seed_gives_another_world(world):
    other = small(world.name, seed=8)

    assert [item["title"] for item in other.items] != [item["title"] for item in world.items]


def test_more_users_leave_the_items_as_they_were(world):
    assert small(world.name, users=300).items == world.items


def test_the_two_tenants_share_no_item_no_user_and_no_category():
    trailhead, paperback = small("trailhead"), small("paperback")

    for column in ("item_id", "title", "category", "brand"):
        assert {item[column] for item in trailhead.items}.isdisjoint(
            {item[column] for item in paperback.items}
        )
    assert trailhead.tastes.keys().isdisjoint(paperback.tastes)


def test_events_come_in_time_order_within_the_period(world):
    times = [event.occurred_at for event in world.events()]

    assert times == sorted(times)
    assert END - timedelta(days=DAYS) <= times[0]
    assert times[-1] < END
    assert all(time.tzinfo is UTC for time in times)


def test_an_end_in_another_zone_is_the_same_end(world):
    kathmandu = timezone(timedelta(hours=5, minutes=45))

    same = build_world(
        world.name, seed=7, users=200, items=120, days=DAYS, end=END.astimezone(kathmandu)
    )

    assert same == world


def test_every_event_names_items_and_users_of_the_world(world):
    for event in world.events():
        named = event.items if event.kind == "impression" else (event.item_id,)

        assert named
        assert world.clusters.keys() >= set(named)
        assert event.user_id in world.tastes


def test_the_right_answer_is_the_rest_of_the_cluster(world):
    item_id = world.items[0]["item_id"]

    answer = world.right_answer(item_id)

    assert item_id not in answer
    assert {world.clusters[other] for other in answer} == {world.clusters[item_id]}
    assert len(answer) + 1 == list(world.clusters.values()).count(world.clusters[item_id])


def test_users_look_mostly_at_what_is_to_their_taste(world):
    views = [event for event in world.events() if event.kind == "view"]

    to_taste = [
        event for event in views if world.clusters[event.item_id] in world.tastes[event.user_id]
    ]

    assert len(to_taste) > 0.9 * len(views)


def test_items_of_one_cluster_share_their_audience(world):
    audience = defaultdict(set)
    for event in world.events():
        if event.kind == "view":
            audience[event.item_id].add(event.user_id)
    shared = {True: [], False: []}
    for one, other in combinations(audience, 2):
        overlap = len(audience[one] & audience[other]) / len(audience[one] | audience[other])
        shared[other in world.right_answer(one)].append(overlap)

    assert mean(shared[True]) > 3 * mean(shared[False])


def test_an_unknown_world_is_refused_with_the_names_of_those_there_are():
    with pytest.raises(ValueError, match="trailhead, paperback"):
        small("atlantis")


@pytest.mark.parametrize("size", ["users", "items", "days"])
def test_a_world_of_nothing_is_refused(size):
    with pytest.raises(ValueError, match="at least one"):
        small("trailhead", **{size: 0})


def test_an_end_without_a_time_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        build_world("trailhead", seed=1, users=1, items=1, days=1, end=END.replace(tzinfo=None))


def test_the_smallest_world_can_be_built(world):
    tiny = small(world.name, users=1, items=1, days=1)

    assert len(tiny.items) == 1
    assert len(tiny.tastes) == 1
