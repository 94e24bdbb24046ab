"""A refused slot keeps what is live, by digest, and answers as before."""

from datetime import timedelta

import numpy as np
import pytest

from recommender_models.carried import CarriedOver
from recommender_models.protocol import History
from tests.trainers.jobs.shop import Shop, result
from tests.trainers.tenant import TEST, change_settings, events_of, log
from tests.worlds.interaction import START, Interaction

SOME = [f"item-{number:06d}" for number in (1, 9, 17)]


def visits(name: str, day: float) -> list[Interaction]:
    """Thirty people of one taste look at five items of that name; an hour later it is over."""
    return [
        Interaction(
            f"user-{user:06d}",
            f"{name}-{user % 5}",
            "view",
            START + timedelta(days=day, minutes=user / 2),
        )
        for user in range(1, 120, 4)
    ]


def grow(trainee: Shop, name: str) -> None:
    """New items come in, in the middle of the log, so that the test stays what it was."""
    log(trainee.space, events_of(visits(name, day=15), start=100_000 + trainee.grown * 1_000))
    trainee.grown += 1


def answers(trainee: Shop, n: int = 60) -> list[tuple[str, float]]:
    """What for_you says to somebody who did these things, in items that all bundles know."""
    bundle = trainee.bundle()
    rows = np.sort(bundle.rows(SOME))
    history = History(rows=rows, weights=np.full(len(rows), 2, np.float32), excluded=rows)
    answer = bundle.for_you.recommend([history], n)[0]
    return list(zip(bundle.items.ids(answer.rows), answer.scores.tolist(), strict=True))


@pytest.fixture
def carried(trainee):
    """Trained once, then once more with for_you refused and another vocabulary."""
    log(trainee.space, events_of(visits("early", day=0), start=90_000))
    trainee.train()
    trainee.first, trainee.told, trainee.grown = trainee.manifest(), answers(trainee), 0
    trainee.refuse_for_you()
    grow(trainee, "aaa")
    trainee.run = trainee.train()
    return trainee


def kept(record):
    return {name: file for name, file in record.files.items() if name != "rows_here.npy"}


def test_a_refused_slot_is_the_live_one_by_digest(carried):
    assert carried.run.status == "promoted"
    before, after = carried.first.slots["for_you"], carried.manifest().slots["for_you"]
    assert kept(after) == {
        name: file for name, file in before.files.items() if name != "user_factors.npy"
    }
    assert (after.fitted_in, after.data_until) == (carried.first.version, before.data_until)
    assert after.verdict == before.verdict
    assert not carried.manifest().refused["for_you"].passed
    assert carried.manifest().slots["similar"].fitted_in == carried.version()


def test_a_carried_over_slot_answers_the_same_ids_and_scores(carried):
    assert isinstance(carried.bundle().for_you, CarriedOver)
    assert answers(carried) == carried.told


def test_a_slot_is_carried_over_again_and_again(carried):
    for name in ("bbb", "zzz"):
        grow(carried, name)
        assert carried.train().status == "promoted"

    assert carried.manifest().slots["for_you"].fitted_in == carried.first.version
    assert answers(carried) == carried.told


def test_items_that_are_gone_are_left_out_and_the_others_stay_in_order(carried):
    gone = {f"early-{number}" for number in range(5)}
    assert gone <= {item for item, _ in carried.told}
    change_settings(carried.space, training={"window_days": 28})

    run = carried.train()

    assert run.status == "promoted"
    assert all(carried.bundle().items.row(item) < 0 for item in gone)
    left = [(item, score) for item, score in carried.told if item not in gone]
    assert answers(carried)[: len(left)] == left
    assert len(answers(carried)) == len(carried.told), "the next best moved up"


def test_the_next_good_model_takes_the_carried_overs_place(carried):
    carried.accept_all()

    run = carried.train()

    assert result(run, "measure")["for_you"]["current"] is not None
    assert carried.manifest().slots["for_you"].fitted_in == carried.version()
    assert not isinstance(carried.bundle().for_you, CarriedOver)


def test_rolling_back_answers_from_the_bundle_before(carried):
    carried.space.models.roll_back(author=TEST)

    assert carried.version() == carried.first.version
    assert not isinstance(carried.bundle().for_you, CarriedOver)
    assert answers(carried) == carried.told
