"""What each user did, one sparse row a user."""

import pytest

from recommender_models.seen import EVERY_KIND, KIND_BITS, SeenItems, kind_bit
from tests.recommender_models.made import seen_items


def test_each_user_has_a_row_of_their_own_also_from_files(tmp_path):
    seen = seen_items(3, {0: [(4, 1.0, 1), (2, 0.0, 64)], 2: [(4, 5.5, 17)]})

    seen.save(tmp_path)
    opened = SeenItems.from_path(tmp_path)

    told = [[part.tolist() for part in opened.of(user)] for user in range(3)]
    assert told == [[[2, 4], [0.0, 1.0], [64, 1]], [[], [], []], [[4], [5.5], [17]]]


def test_every_kind_has_a_bit_of_its_own_and_all_fit_a_byte():
    bits = list(KIND_BITS.values())

    assert len(set(bits)) == len(bits)
    assert sum(bits) == EVERY_KIND == 255


@pytest.mark.parametrize(
    ("kind", "bit"),
    [("custom:share", KIND_BITS["custom"]), ("view", 1), ("impression", 0), ("served", 0)],
)
def test_custom_kinds_share_a_bit_and_what_was_only_shown_has_none(kind, bit):
    assert kind_bit(kind) == bit
