"""A training whose tenant wants canaries: published, tried on some users, not promoted."""

from recommender_store.canaries.canary import canary_of
from tests.trainers.jobs.shop import Shop, result
from tests.trainers.tenant import TEST, change_settings
from trainers.jobs.options import TrainOptions

AGAIN = TrainOptions(threads=1, seed=5)
ON = {"enabled": True, "minimum_hours": 1.0, "maximum_hours": 6.0, "share_percent": 20.0}


def want_canaries(shop: Shop, **changes: object) -> None:
    canary = shop.space.settings().training.canary.model_copy(update=ON | changes)
    change_settings(shop.space, training={"canary": canary})


def records(shop: Shop) -> list[str]:
    return list(shop.space.policies.experiments.read().values)


def test_the_first_model_goes_live_at_once_and_a_later_one_answers_a_part_of_the_users(trainee):
    want_canaries(trainee)

    first = trainee.train()
    second = trainee.train(AGAIN)

    assert (first.status, trainee.version()) == ("promoted", first.version)
    assert (second.status, second.code) == ("published", None)
    assert "20 % of the users on for_you, similar" in second.sentence
    canary = canary_of(second)
    assert (canary.version, canary.instead_of) == (second.version, first.version)
    assert trainee.space.models.manifest(canary.version).version == second.version
    assert records(trainee) == [canary.experiment_id]
    assert trainee.step("publish", second.run_id, AGAIN) == second


def test_the_next_training_is_held_against_what_is_live_and_tried_in_place_of_the_last(trainee):
    live = trainee.train().version
    want_canaries(trainee)
    older = trainee.train(AGAIN)

    newer = trainee.train(TrainOptions(threads=1, seed=6))

    assert trainee.space.runs.get(older.run_id).code == "canary_superseded"
    assert canary_of(newer).instead_of == live == trainee.version()
    assert records(trainee) == [canary_of(newer).experiment_id]


def test_where_no_placement_is_free_the_model_goes_live_and_it_is_said_why(trainee):
    trainee.train()
    want_canaries(trainee, placements=("for_you",))
    own = {"id": "own", "placements": ["for_you"], "variants": [{"id": "a"}, {"id": "b"}]}
    trainee.space.policies.experiments.put("own", own, author=TEST)

    run = trainee.train(AGAIN)

    assert (run.status, trainee.version()) == ("promoted", run.version)
    assert "training.canary.placements" in result(run, "publish")["no_canary"]
    newest = next(trainee.space.models.history())
    assert "passed the gate; no canary: experiments" in newest.value["reason"]
    assert records(trainee) == ["own"]
