"""Canaries that are looked at: promoted, rolled back, superseded, out of a log that is known."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recommender_api.experiments import canary_watch
from recommender_api.experiments.canary_watch import Looked, look, newest_canary
from recommender_store.audit.audit import Wanted
from recommender_store.canaries.canary import Canary
from recommender_store.opening import Store, open_store
from recommender_store.runs.errors import RunUnknown
from recommender_store.runs.record import Run
from recommender_store.settings import StoreSettings
from tests.recommender_store.canaries.tried import (
    AUTHOR,
    RECEIVED,
    SETTINGS,
    Shop,
    answers,
    shop_in,
)


@pytest.fixture(name="store")
def _store(tmp_path: Path) -> Store:
    url = f"file://{tmp_path / 'store'}"
    return open_store(StoreSettings(url=url, cache_dir=tmp_path / "cache"), create=True)


@pytest.fixture(name="shop")
def _shop(store: Store, tmp_path: Path) -> Shop:
    return shop_in(store, tmp_path / "made")


def written(shop: Shop, *events: Any) -> None:
    shop.space.events.append_events([one for some in events for one in some], RECEIVED)


def after(canary: Canary, hours: float) -> datetime:
    return canary.starts_at + timedelta(hours=hours)


def looked(shop: Shop, canary: Canary, hours: float) -> Looked:
    return look(shop.space, canary.run_id, after(canary, hours))


def experiment_is_on(shop: Shop, canary: Canary) -> bool:
    return bool(shop.records()[canary.experiment_id]["enabled"])


def test_one_that_is_as_good_goes_live_after_the_very_decision_it_was_held_against(shop):
    canary = shop.try_out()
    written(
        shop, answers(canary, "live", 400, clicked=60), answers(canary, "new", 400, clicked=110)
    )

    found = looked(shop, canary, 1.5)

    assert (found.state, found.run.status, found.run.code) == ("decided", "promoted", None)
    assert shop.live() == "v2"
    newest = next(shop.space.models.history())
    assert (newest.number, newest.written_by) == (canary.follows + 1, "platform")
    assert "passed the gate; canary: not worse by more than 10%" in newest.value["reason"]
    assert not experiment_is_on(shop, canary)


def test_one_that_is_worse_never_goes_live_and_the_run_says_why(shop):
    canary = shop.try_out()
    written(
        shop, answers(canary, "live", 400, clicked=110), answers(canary, "new", 400, clicked=30)
    )

    found = looked(shop, canary, 1.5)

    assert (found.run.status, found.run.code) == ("refused", "canary_worse")
    assert "worse by more than 10%, beyond doubt" in found.run.sentence
    assert shop.live() == "v1"
    assert not experiment_is_on(shop, canary)
    step = found.run.steps[-1]
    assert step.name == "canary"
    assert step.result["figures"]["new"]["hits"] == 30
    assert step.result["figures"]["live"]["answers"] == 400


def test_before_its_minimum_time_nothing_is_promoted_however_good_it_is(shop):
    canary = shop.try_out()
    written(shop, answers(canary, "live", 400), answers(canary, "new", 400, clicked=300))

    found = looked(shop, canary, 0.9)

    assert (found.state, found.run.status) == ("waiting", "published")
    assert "10 % of the users on for_you" in found.sentence
    assert experiment_is_on(shop, canary)


def test_looking_between_two_moments_finds_what_the_one_before_found(shop):
    canary = shop.try_out()
    written(shop, answers(canary, "live", 50, clicked=5), answers(canary, "new", 50, clicked=5))
    first = looked(shop, canary, 1.1)
    much_better = answers(canary, "new", 900, clicked=900, at=after(canary, 1.2), named="more")
    written(shop, much_better)

    second = looked(shop, canary, 1.9)
    third = looked(shop, canary, 2.0)

    assert (first.state, first.figures) == ("waiting", second.figures)
    assert second.state == "waiting"
    assert third.run.status == "promoted"


def test_one_that_nobody_saw_goes_live_when_its_time_is_up(shop):
    canary = shop.try_out()

    assert looked(shop, canary, 5.9).state == "waiting"
    found = looked(shop, canary, 6.0)

    assert found.run.status == "promoted"
    assert (
        "only 0 answers to 0 users were written down: nothing speaks against it" in found.sentence
    )


def test_long_after_its_time_whoever_looks_decides_it(shop):
    canary = shop.try_out()
    written(shop, answers(canary, "live", 90, clicked=50), answers(canary, "new", 90, clicked=5))

    found = looked(shop, canary, 5_000)

    assert (found.run.status, found.run.code) == ("refused", "canary_worse")


@pytest.mark.parametrize(
    ("code", "worse"),
    [
        ("canary_empty", {"items": []}),
        ("canary_fallback", {"served_by": "popular"}),
        ("canary_fallback", {"served_by": "newest"}),
    ],
)
def test_answers_that_are_worse_end_it_before_its_minimum_time(shop, code, worse):
    canary = shop.try_out()
    written(shop, answers(canary, "live", 60), answers(canary, "new", 60, **worse))

    found = looked(shop, canary, 0.5)

    assert (found.run.status, found.run.code) == ("refused", code)


def test_one_that_cannot_answer_is_ended_for_the_answers_that_the_live_one_gave(shop):
    canary = shop.try_out()
    failed = [{"code": "variant_failed", "detail": "the variant 'new' failed"}]
    instead = answers(canary, "live", 30, named="instead", warnings=failed)
    written(shop, answers(canary, "live", 60, clicked=60), instead)

    found = looked(shop, canary, 0.5)

    assert (found.run.status, found.run.code) == ("refused", "canary_failing")
    assert "100.0% of its answers" in found.run.sentence


def test_a_canary_whose_experiment_somebody_deletes_never_goes_live(shop):
    canary = shop.try_out()
    shop.space.policies.experiments.delete(canary.experiment_id, author=AUTHOR)

    found = looked(shop, canary, 7)

    assert (found.run.status, found.run.code) == ("refused", "canary_ended")
    assert shop.live() == "v1"


def test_where_another_model_went_live_meanwhile_it_is_ended_and_nothing_is_promoted(shop):
    canary = shop.try_out()
    shop.publish("v9")
    shop.space.models.promote("v9", author=AUTHOR)
    shop.space.models.promote("v1", author=AUTHOR)

    found = looked(shop, canary, 7)

    assert (found.run.status, found.run.code) == ("refused", "canary_superseded")
    assert "held against v1" in found.run.sentence
    assert shop.live() == "v1"


def test_a_model_that_goes_live_between_looking_and_promoting_wins(shop, monkeypatch):
    canary = shop.try_out()
    shop.publish("v9")

    def judged(*arguments: Any) -> Any:
        found = canary_watch_judge(*arguments)
        shop.space.models.promote("v9", author=AUTHOR)
        return found

    canary_watch_judge = canary_watch.judge
    monkeypatch.setattr(canary_watch, "judge", judged)

    found = looked(shop, canary, 7)

    assert (found.run.status, found.run.code) == ("refused", "canary_superseded")
    assert shop.live() == "v9"


def test_one_that_somebody_promotes_by_hand_is_live_and_ends(shop):
    canary = shop.try_out()
    shop.space.models.promote("v2", author=AUTHOR)

    found = looked(shop, canary, 0.1)

    assert found.run.status == "promoted"
    assert not experiment_is_on(shop, canary)
    assert len(list(shop.space.models.history())) == 2


def test_the_decision_for_the_same_model_anew_leaves_the_canary_going(shop):
    canary = shop.try_out()
    chain = shop.space.models._current
    head = chain.head()
    chain.append(head.value | {"rewrite": 1}, author=AUTHOR, expected=head.number)

    assert looked(shop, canary, 1).state == "waiting"
    assert looked(shop, canary, 7).run.status == "promoted"


def test_what_was_decided_is_told_to_whoever_looks_later_and_stays(shop):
    canary = shop.try_out()
    first = looked(shop, canary, 7)

    second = looked(shop, canary, 8)

    assert second == first
    assert len(list(shop.space.models.history())) == 2


def test_a_decision_whose_process_died_is_finished_by_the_next_look(shop):
    canary = shop.try_out()
    run = looked(shop, canary, 7).run
    chain = shop.space.policies.experiments
    record = canary.experiment().model_dump(mode="json", exclude_none=True)
    chain.put(canary.experiment_id, record, author=AUTHOR)

    again = looked(shop, canary, 7.1)

    assert again.run == run
    assert not experiment_is_on(shop, canary)


def test_who_only_asks_decides_nothing_and_is_told_what_is_due(shop):
    canary = shop.try_out()

    found = look(shop.space, canary.run_id, after(canary, 7), decides=False)

    assert found.state == "waiting"
    assert "due: promoted: its time is up" in found.sentence
    assert (shop.live(), shop.run("r2").status) == ("v1", "published")


def test_each_decision_is_in_the_audit_trail(shop):
    canary = shop.try_out()
    looked(shop, canary, 7)

    told = {one["kind"]: one for one in reversed(shop.space.audit.page(Wanted(), 20).entries)}
    assert told["canary.promoted"]["subject"] == ["v2", "r2"]
    assert "its time is up" in told["canary.promoted"]["detail"]["sentence"]
    assert {told[kind]["by"] for kind in ("canary.promoted", "model.promoted")} == {"platform"}
    assert told["experiment.changed"]["by"] == "platform"


def test_a_run_without_a_canary_has_nothing_to_watch(shop):
    shop.space.runs.save(Run(run_id="r0", status="promoted", started_at=datetime.now(UTC)), AUTHOR)

    assert look(shop.space, "r0", datetime.now(UTC)).state == "none"
    with pytest.raises(RunUnknown):
        look(shop.space, "r1", datetime.now(UTC))


def test_the_newest_canary_is_found_by_what_the_platform_wrote_alone(shop):
    shop.own("canary", placements=["popular"])
    assert newest_canary(shop.space) is None

    shop.try_out()

    assert newest_canary(shop.space) == "r2"
    assert SETTINGS.enabled
