"""What a report reads of a training's measurement."""

import msgspec
import pytest

from recommender_store.runs.measures import CohortMeasures, SlotMeasures, slot_measures

ONE = SlotMeasures(
    test_users=40,
    questions=50,
    model={"ndcg@10": 0.5},
    popularity={"ndcg@10": 0.25},
    stand_ins={"similar": {"ndcg@10": 0.4}},
    cohorts=[CohortMeasures("user", "new", "users who …", 3, 4)],
)


def test_what_was_written_is_read():
    result = {"current": None, "for_you": msgspec.to_builtins(ONE), "next": {"test_users": 0}}

    assert slot_measures(result) == {"for_you": ONE, "next": SlotMeasures(test_users=0)}


def test_what_an_older_or_newer_training_wrote_is_read():
    older = {"test_users": 7, "model": {"mrr": 1.0}, "popularity": {}, "current": None}

    assert slot_measures({"similar": older | {"of later": 1}})["similar"].cohorts == []


def test_what_no_training_writes_is_refused():
    with pytest.raises(msgspec.ValidationError, match="test_users"):
        slot_measures({"similar": {"test_users": "many"}})
