"""What the step `check` finds, keeps, leaves out, and is overruled in."""

from datetime import timedelta

import pytest

from recommender_store.tenants.settings import CheckSettings
from tests.trainers.jobs.shop import result, shop
from tests.trainers.tenant import change_settings, event, events_of, log
from tests.worlds.interaction import START
from tests.worlds.long_tail import long_tail
from trainers.jobs.options import TrainOptions

STEPS = ("snapshot", "check")


def two_a_second(told):
    """Every third event once more, under another id."""
    return [*told, *told[::3]]


@pytest.fixture
def doubled(tmp_path):
    told = long_tail(users=120, items=80, events=3_000).interactions
    return shop(tmp_path / "store", two_a_second(told))


def bot(views: int):
    """A user who looks at the eighty items again and again on one day."""
    return [
        event(
            500_000 + number,
            START + timedelta(days=20, seconds=number * 20),
            user_id="crawler-4711",
            item_id=f"item-{number % 80:06d}",
        )
        for number in range(views)
    ]


def test_a_sound_log_leaves_no_finding_and_a_profile_for_the_next_run(trainee):
    kept = result(trainee.train(), "check")

    assert kept["findings"] == []
    assert kept["profile"]["events"] == 3_000 - kept_before()


def kept_before() -> int:
    """Events of the world that are older than the four weeks of a profile."""
    told = long_tail(users=120, items=80, events=3_000).interactions
    begin = told[-1].occurred_at - timedelta(days=28)
    return sum(one.occurred_at <= begin for one in told)


def test_a_refusal_stays_in_the_record_with_its_findings(doubled):
    run = doubled.train()

    assert (run.status, run.code) == ("refused", "duplicates")
    kept = result(doubled.space.runs.get(run.run_id), "check")["findings"]
    assert [(one["code"], one["severity"]) for one in kept] == [("duplicates", "refuse")]
    assert kept[0]["figures"]["share"] == 0.25
    assert "25% of the events repeat another one" in run.sentence
    assert doubled.version() is None


def test_every_reason_is_told(tmp_path):
    told = long_tail(users=120, items=80, events=3_000).interactions
    trainee = shop(tmp_path, two_a_second(told), training={"minimum_interactions": 1_000_000})

    run = trainee.train()

    assert run.code == "duplicates"
    assert "too_few_interactions: " in run.sentence


def test_a_check_is_switched_off_by_the_tenants_settings(doubled):
    change_settings(doubled.space, checks=dict(CheckSettings(duplicates={"enabled": False})))

    assert doubled.train().status == "promoted"


def test_data_that_is_refused_is_trained_on_for_a_reason_that_stays(doubled):
    run = doubled.train(TrainOptions(threads=1, force_checks="the importer doubled, we know"))

    assert run.status == "promoted"
    assert result(run, "check")["forced"] == {
        "reason": "the importer doubled, we know",
        "codes": ["duplicates"],
    }
    assert run.options["force_checks"] == "the importer doubled, we know"


def test_no_reason_makes_a_log_of_one_user_a_basis(tmp_path):
    told = long_tail(users=120, items=80, events=3_000).interactions
    trainee = shop(tmp_path, [one._replace(user_id="guest") for one in told])

    run = trainee.train(TrainOptions(threads=1, force_checks="I insist"))

    assert (run.status, run.code) == ("refused", "one_user")


def test_a_bot_is_left_out_of_everything_that_is_learnt(trainee):
    log(trainee.space, bot(2_000))
    alone = trainee.train()

    bundle = trainee.bundle()
    assert alone.status == "promoted"
    assert result(alone, "check")["left_out_users"] == 1
    assert "4711" not in str(result(alone, "check"))
    assert not len(bundle.history("crawler-4711").excluded)
    popular = bundle.popular.top(80)
    assert popular.scores.max() > 2 * popular.scores.min(), "it touched all items alike"


def test_steps_that_are_run_one_by_one_leave_the_bot_out_too(trainee):
    log(trainee.space, bot(2_000))
    for _ in range(2):
        run = None
        for name in STEPS:
            run = trainee.step(name, "r1")

        assert result(run, "check")["left_out_users"] == 1


def test_a_log_is_held_against_the_one_that_the_current_model_was_trained_on(trainee):
    trainee.train()
    told = long_tail(users=120, items=80, events=3_000, seed=2).interactions
    bought = [one._replace(kind="purchase") for one in told]
    log(trainee.space, events_of(bought, start=700_000))

    run = trainee.train()

    kept = result(run, "check")["findings"]
    fields = [one["figures"]["field"] for one in kept if one["code"] == "distribution_shift"]
    assert "kind" in fields


def test_items_that_the_catalog_does_not_hold_are_told(trainee):
    trainee.space.catalog.write([("item-000001", {"title": "One"})])

    kept = result(trainee.train(), "check")["findings"]

    assert [(one["code"], one["severity"]) for one in kept] == [("unknown_items", "warn")]
