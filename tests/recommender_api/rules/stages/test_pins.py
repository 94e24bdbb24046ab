"""Items at their positions, and nothing between them left empty."""

from hypothesis import given
from hypothesis import strategies as st

from recommender_api.rules.stages.pins import Pinned, inserted, placed


def pin(row, position):
    return Pinned(f"r{row}", None, f"item-{row}", row, position)


def test_of_two_pins_at_one_position_the_first_has_it_and_the_other_the_next():
    found = placed([pin(1, 2), pin(2, 2), pin(3, 3)], 10)

    assert {position: one.row for position, one in found.items()} == {2: 1, 3: 2, 4: 3}


def test_of_several_pins_of_one_item_the_first_counts():
    assert [one.position for one in placed([pin(1, 4), pin(1, 2)], 10).values()] == [4]


def test_beyond_the_limit_nothing_is_pinned():
    assert placed([pin(1, 4)], 3) == {}


def test_in_an_answer_that_is_shorter_a_pin_comes_last():
    assert inserted(["a"], {5: "x", 3: "y"}) == ["a", "y", "x"]


@given(st.lists(st.integers(), max_size=20), st.dictionaries(st.integers(1, 25), st.text()))
def test_everything_is_there_once_in_order_and_pins_stand_where_they_can(others, pinned):
    result = inserted(
        [("other", one) for one in others], {p: ("pin", t) for p, t in pinned.items()}
    )

    assert [one for kind, one in result if kind == "other"] == others
    assert [one for kind, one in result if kind == "pin"] == [pinned[p] for p in sorted(pinned)]
    assert len(result) == len(others) + len(pinned)
    for rank, position in enumerate(sorted(pinned)):
        if position <= len(others) + rank + 1:
            assert result[position - 1] == ("pin", pinned[position])
