"""A bundle, opened: users as the models see them, and slots by kind."""

from datetime import timedelta

import msgspec
import numpy as np
import pytest

from recommender_models.bundle import RecentEvent
from recommender_models.carried import CarriedOver
from recommender_models.seen import KIND_BITS
from recommender_store.artifacts.arrays import save_array
from recommender_store.artifacts.errors import ArtifactFormatUnknown
from tests.recommender_models.made import (
    UNTIL,
    bundle,
    factors,
    neighbour_lists,
    popular_ranking,
    rows,
)

ITEMS = [f"item-{number}" for number in range(6)]
UNTIL_MS = int(UNTIL.timestamp() * 1000)
DAY_MS = int(timedelta(days=1).total_seconds() * 1000)
DEEDS = {
    "anna": [
        ("item-0", 2.0, KIND_BITS["view"]),
        ("item-1", 5.0, KIND_BITS["view"] | KIND_BITS["purchase"]),
        ("item-2", 0.0, KIND_BITS["dislike"]),
    ]
}


@pytest.fixture
def opened(tmp_path):
    slots = {"popular": popular_ranking(6), "similar": neighbour_lists(6, 3), "for_you": factors(6)}
    return bundle(tmp_path / "bundle", slots, items=ITEMS, users=["anna", "ben"], deeds=DEEDS)


def ids(opened, found):
    return sorted(opened.items.ids(found))


def test_a_stored_user_is_what_the_bundle_knows_and_dislikes_only_exclude(opened):
    anna = opened.history("anna")

    weights = dict(zip(opened.items.ids(anna.rows), anna.weights.tolist(), strict=True))
    assert weights == {"item-0": 2.0, "item-1": 5.0}
    assert ids(opened, anna.excluded) == ["item-0", "item-1", "item-2"]
    assert (anna.stored_row, anna.is_newer) == (opened.users.row("anna"), False)


def test_only_the_asked_kinds_exclude(opened):
    anna = opened.history("anna", seen_kinds=KIND_BITS["purchase"])

    assert ids(opened, anna.excluded) == ["item-1"]
    assert len(anna.rows) == 2


def test_an_event_of_a_second_ago_adds_weight_excludes_and_makes_the_user_newer(opened):
    recent = [
        RecentEvent("view", "item-0", UNTIL_MS),
        RecentEvent("purchase", "item-4", UNTIL_MS + 5),
    ]

    anna = opened.history("anna", recent)

    weights = dict(zip(opened.items.ids(anna.rows), anna.weights.tolist(), strict=True))
    assert weights == {"item-0": 3.0, "item-1": 5.0, "item-4": 5.0}
    assert "item-4" in ids(opened, anna.excluded)
    assert anna.is_newer


@pytest.mark.parametrize(
    "recent",
    [
        RecentEvent("view", "item-3", UNTIL_MS - 1),
        RecentEvent("dislike", "item-3", UNTIL_MS + 1),
        RecentEvent("rating", "item-3", UNTIL_MS + 1, 1.0),
    ],
    ids=["before data_until", "dislike", "low rating"],
)
def test_what_says_nothing_new_only_excludes(opened, recent):
    anna = opened.history("anna", [recent])

    assert "item-3" in ids(opened, anna.excluded)
    assert "item-3" not in ids(opened, anna.rows)
    assert not anna.is_newer


def test_events_of_items_that_the_bundle_does_not_know_are_passed_over(opened):
    stranger = opened.history(None, [RecentEvent("view", "brand-new", UNTIL_MS + 1)])

    assert not len(stranger.rows)
    assert not len(stranger.excluded)
    assert (stranger.stored_row, stranger.is_newer) == (-1, True)


def test_further_exclusions_may_name_unknown_items(opened):
    anna = opened.history("ben", also_excluded=["item-5", "brand-new"])

    assert ids(opened, anna.excluded) == ["item-5"]


def test_a_history_does_not_depend_on_the_order_of_its_events(opened):
    recent = [RecentEvent("view", f"item-{n}", UNTIL_MS + n) for n in (5, 3, 4)]

    one, other = opened.history("anna", recent), opened.history("anna", recent[::-1])

    assert one.rows.tolist() == other.rows.tolist()
    assert one.weights.tolist() == other.weights.tolist()


def test_ids_become_rows_and_unknown_ones_are_left_out(opened):
    assert opened.items.ids(opened.rows(["item-1", "brand-new", "item-0"])) == ["item-1", "item-0"]


def test_slots_answer_by_their_name_and_missing_ones_are_none(opened, tmp_path):
    bare = bundle(tmp_path / "bare", {}, items=ITEMS)

    assert (bare.similar, bare.for_you, bare.popular) == (None, None, None)
    assert None not in (opened.similar, opened.for_you, opened.popular)


def test_a_slot_of_an_unknown_kind_is_refused_with_the_kinds_that_are_known(tmp_path):
    with pytest.raises(ArtifactFormatUnknown, match="factors") as refused:
        bundle(tmp_path, {"popular": popular_ranking(6)}, items=ITEMS, kind="oracle")

    assert refused.value.code == "artifact_format_unknown"


def test_a_slot_with_a_translation_of_rows_is_opened_as_carried_over(tmp_path):
    older = neighbour_lists(6, 3)
    older.save(tmp_path / "similar")
    save_array(tmp_path / "similar" / "rows_here.npy", np.array([1, 0, -1, 3, 4, 5], np.int32))

    opened = bundle(tmp_path, {"similar": older}, items=ITEMS)

    assert isinstance(opened.similar, CarriedOver)
    assert 2 not in opened.similar.similar_items(rows(0, 1, 2, 3), 3)[1].rows


def test_weights_are_those_that_the_bundle_was_trained_with(opened, tmp_path):
    stored = msgspec.json.decode((tmp_path / "bundle" / "weighting.json").read_bytes())

    assert stored["kind_weights"]["purchase"] == opened.weighting.of("purchase") == 5.0
