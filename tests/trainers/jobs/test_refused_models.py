"""What goes on where the gate lets no model in, and how somebody overrules it."""

from datetime import timedelta

import pytest

from recommender_models.carried import CarriedOver
from recommender_store.artifacts.errors import ModelRefused
from recommender_store.artifacts.user_rows import USER_ROWS
from tests.trainers.jobs.shop import result
from tests.trainers.tenant import OPTIONS, TEST, change_settings, event, log
from tests.worlds.interaction import START
from trainers.jobs.options import TrainOptions

DESPITE = TrainOptions(threads=1, promote_despite="the test period is a holiday")


@pytest.fixture
def refused(trainee):
    """Live since yesterday; today everybody takes one new item, and nothing can be proven."""
    trainee.first = trainee.train()
    change_settings(trainee.space, gate={"minimum_test_users": 10_000})
    late = START + timedelta(days=29, hours=23)
    log(
        trainee.space,
        [
            event(
                800_000 + n,
                late + timedelta(seconds=20 * n),
                user_id=f"user-{n:06d}",
                item_id="hype",
            )
            for n in range(100)
        ],
    )
    trainee.run = trainee.train()
    return trainee


def test_the_run_is_refused_and_says_why(refused):
    assert (refused.run.status, refused.run.code) == ("refused", "gate_refused")
    assert "for_you: the test period holds only" in refused.run.sentence


def test_what_is_popular_goes_on_around_the_models_that_were_live(refused):
    manifest, first = refused.manifest(), refused.first.version
    assert refused.version() == refused.run.version != first
    assert {slot: one.fitted_in for slot, one in manifest.slots.items()} == {
        "similar": first,
        "for_you": first,
        "popular": refused.version(),
        "trending": refused.version(),
    }
    assert set(manifest.refused) == {"similar", "for_you"}
    bundle = refused.bundle()
    assert "hype" in bundle.items.ids(bundle.popular.top(5).rows)
    assert isinstance(bundle.for_you, CarriedOver)


def test_what_users_have_seen_goes_on(refused):
    before = refused.space.models.manifest(refused.first.version).data_until

    assert refused.bundle().data_until > before
    assert result(refused.run, "publish")["version"] == refused.version()


def test_the_promotion_says_that_no_model_passed(refused):
    newest = next(iter(refused.space.models.history()))

    assert newest.value["reason"] == "neither similar nor for_you passed the gate"


def test_night_after_night_it_stays_the_same_models_and_the_newest_popular(refused):
    second = refused.train()

    assert second.status == "refused"
    assert refused.version() == second.version
    assert refused.manifest().slots["for_you"].fitted_in == refused.first.version
    assert refused.manifest().slots["popular"].fitted_in == second.version


def test_what_was_refused_is_kept_as_a_version_that_is_not_live(refused):
    kept = result(refused.run, "publish")["refused_version"]
    manifest = refused.space.models.manifest(kept)

    assert kept != refused.version()
    assert set(manifest.not_let_in()) == {"similar", "for_you"}
    assert manifest.slots["for_you"].fitted_in == kept
    assert kept.split("-")[1] == "als"


def test_of_what_was_refused_only_its_own_files_are_stored_again(refused):
    kept = result(refused.run, "publish")["refused_version"]
    slots = refused.space.models.manifest(kept).slots

    assert {file.version for file in slots["popular"].files.values()} == {refused.version()}
    assert {file.version for file in slots["for_you"].files.values()} == {kept}


def test_users_rows_are_never_shared_between_versions(trainee):
    """An erasure rewrites each bundle's own."""
    change_settings(trainee.space, gate={"minimum_test_users": 32})
    trainee.train()
    trainee.refuse_for_you()
    kept = result(trainee.train(), "publish")["refused_version"]

    for version in (kept, trainee.version()):
        files = trainee.space.models.manifest(version).places()
        of_users = [one for name, one in files.items() if name.rpartition("/")[2] in USER_ROWS]
        assert {one.version for one in of_users} == {version}


def test_without_force_and_a_reason_what_was_refused_does_not_go_live(refused):
    kept = result(refused.run, "publish")["refused_version"]

    with pytest.raises(ModelRefused, match="for_you: the test period holds only"):
        refused.space.models.promote(kept, author=TEST, reason="I like it")

    assert refused.version() == refused.run.version


def test_forced_with_a_reason_it_goes_live_and_answers_and_the_record_says_who_and_why(refused):
    kept = result(refused.run, "publish")["refused_version"]

    refused.space.models.promote(kept, author=TEST, despite="it is a holiday")

    newest = next(iter(refused.space.models.history()))
    assert (newest.value["reason"], newest.value["forced"]) == ("it is a holiday", True)
    assert (newest.written_by, newest.written_from) == (TEST.by, TEST.origin)
    bundle = refused.bundle()
    assert not isinstance(bundle.for_you, CarriedOver)
    assert len(bundle.for_you.recommend([bundle.history("user-000001")], 5)[0].rows) == 5


def test_after_a_forced_promotion_trainings_go_on_against_what_was_forced(refused):
    kept = result(refused.run, "publish")["refused_version"]
    refused.space.models.promote(kept, author=TEST, despite="it is a holiday")
    refused.accept_all()

    run = refused.train()

    assert run.status == "promoted"
    assert result(run, "measure")["current"] == kept
    assert not refused.space.models.current().is_forced


def test_where_nothing_is_live_a_refusal_puts_nothing_live(trainee):
    change_settings(trainee.space, gate={"minimum_test_users": 10_000})

    run = trainee.train()

    assert (run.status, run.version) == ("refused", None)
    assert trainee.version() is None
    kept = result(run, "publish")["refused_version"]
    assert [one.version for one in trainee.space.models.versions()] == [kept]
    assert trainee.space.models.promote(kept, author=TEST, despite="a start").version == kept
    assert trainee.bundle().popular is not None


def test_a_version_is_named_after_the_model_that_is_new_in_it(trainee):
    trainee.train()
    trainee.refuse_for_you()

    run = trainee.train()

    assert trainee.manifest().slots["similar"].fitted_in == run.version
    assert run.version.split("-")[1] == "tfidf"
    assert result(run, "publish")["refused_version"].split("-")[1] == "als"


def test_a_refused_model_goes_live_for_a_reason_that_stays_with_it(trainee):
    change_settings(trainee.space, gate={"minimum_test_users": 10_000})

    run = trainee.train(DESPITE)

    assert run.status == "promoted"
    verdict = trainee.manifest().slots["for_you"].verdict
    assert not verdict.passed
    assert verdict.figures["promoted_despite"] == "the test period is a holiday"
    assert run.options["promote_despite"] == "the test period is a holiday"
    reason = next(iter(trainee.space.models.history())).value["reason"]
    assert reason == "despite the gate (similar, for_you): the test period is a holiday"


def test_a_model_that_passes_needs_no_reason_and_keeps_none(trainee):
    trainee.train(DESPITE)

    assert "promoted_despite" not in trainee.manifest().slots["for_you"].verdict.figures


def test_no_reason_puts_a_slot_live_that_does_not_answer(trainee):
    change_settings(trainee.space, gate={"answer_timeout_s": 0.001})

    run = trainee.train(DESPITE)

    assert (run.status, run.code) == ("refused", "gate_refused")
    assert "it does not answer in a fresh process" in run.sentence
    assert trainee.version() is None
    assert list(trainee.space.models.versions()) == []


def test_the_gate_keeps_its_verdict_where_it_is_overruled(trainee):
    change_settings(trainee.space, gate={"minimum_test_users": 10_000})

    run = trainee.train(DESPITE)

    assert not result(run, "gate")["for_you"]["passed"]
    assert OPTIONS.promote_despite is None
