"""The test worlds are what they say: their right answers can be read off their logs."""

from collections import Counter, defaultdict

import pytest

from tests.worlds.checkerboard import checkerboard
from tests.worlds.interaction import START
from tests.worlds.long_tail import long_tail
from tests.worlds.two_towns import two_towns


def had_by_user(interactions):
    had = defaultdict(set)
    for interaction in interactions:
        had[interaction.user_id].add(interaction.item_id)
    return had


@pytest.mark.parametrize(("users", "items"), [(20, 20), (6, 10), (25, 8)])
def test_on_a_checkerboard_each_user_lacks_the_withheld_item_of_their_colour_alone(users, items):
    board = checkerboard(users, items)

    had = had_by_user(board.interactions)

    assert len(had) == users
    for user_id, item_id in board.withheld.items():
        own = {i for i, colour in board.colours.items() if colour == board.colours[item_id]}
        assert own - had[user_id] == {item_id}
        assert had[user_id] <= own


def test_a_checkerboard_with_an_odd_number_of_items_is_refused():
    with pytest.raises(ValueError, match="even"):
        checkerboard(10, 9)


def test_a_checkerboard_leaves_every_user_on_both_sides_of_a_split_by_time():
    board = checkerboard(20, 20)
    cut = board.interactions[len(board.interactions) // 2].occurred_at

    before = {i.user_id for i in board.interactions if i.occurred_at < cut}
    after = {i.user_id for i in board.interactions if i.occurred_at >= cut}

    assert before == after == set(board.withheld)


def test_two_towns_never_meet():
    towns = two_towns()

    for interaction in towns.interactions:
        town = towns.town_of_user[interaction.user_id]

        assert towns.town_of_item[interaction.item_id] == town


def test_every_town_hangs_together_and_leaves_something_to_recommend():
    towns = two_towns(users=10, items=12)

    for user_id, items in had_by_user(towns.interactions).items():
        town = towns.town_of_user[user_id]

        assert {f"{town}-item-000", f"{town}-item-001"} <= items
        assert len(items) < 12


def test_a_long_tail_has_few_items_that_are_everybodys():
    world = long_tail(users=300, items=200, events=10_000, seed=3)

    counts = sorted(Counter(i.item_id for i in world.interactions).values(), reverse=True)

    assert len(world.interactions) == 10_000
    assert sum(counts[:40]) > 0.5 * 10_000
    assert counts[-1] < counts[0] / 20


def test_users_of_a_long_tail_keep_to_their_taste():
    world = long_tail(seed=4)

    to_taste = [
        world.taste_of_user[i.user_id] == world.taste_of_item[i.item_id] for i in world.interactions
    ]

    assert sum(to_taste) > 0.85 * len(to_taste)


@pytest.mark.parametrize("build", [checkerboard, two_towns, long_tail])
def test_a_test_world_is_the_same_each_time_and_in_time_order(build):
    world = build()
    times = [interaction.occurred_at for interaction in world.interactions]

    assert world == build()
    assert times == sorted(times)
    assert times[0] == START
