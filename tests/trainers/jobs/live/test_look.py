"""A look at the live model: worlds whose right answer is known."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from recommender_store.artifacts.errors import ArtifactCorrupt
from recommender_store.runs.live import LiveMeasure, live_measure
from recommender_store.runs.measures import slot_measures
from tests.trainers.jobs.shop import result
from tests.trainers.tenant import events_of, log
from tests.worlds.interaction import START, Interaction
from tests.worlds.long_tail import long_tail
from trainers.evaluation.report.page import render
from trainers.jobs.live.look import Look, LookOptions, measure_live

DAYS = 30
NOW = START + timedelta(days=DAYS + 3)


@pytest.fixture
def trained(trainee):
    assert trainee.train().status == "promoted"
    return trainee


def more(seed: int, events: int = 300, shift: int = 0) -> list[Interaction]:
    """Three more days of the same people; with a shift, of other items for each taste."""
    told = long_tail(users=120, items=80, events=events, seed=seed).interactions
    return [
        one._replace(
            item_id=f"item-{(int(one.item_id[5:]) + shift) % 80:06d}",
            occurred_at=START + timedelta(days=DAYS) + (one.occurred_at - START) / 10,
        )
        for one in told
    ]


def look(trainee, **options):
    run = measure_live(
        Look(trainee.space, LookOptions(threads=1, **options), trainee.store.cache, NOW)
    )
    return run, live_measure(run)


def codes(found: LiveMeasure) -> set[str]:
    return {one.code for one in found.findings}


def figure(found: LiveMeasure, name: str):
    return next(one for one in found.drift if one.name == name)


def test_right_after_the_training_it_is_what_it_was_at_the_gate(trained):
    run, found = look(trained)

    assert (run.kind, run.status) == ("measure", "measured")
    slots = trained.manifest().slots
    for slot in ("similar", "for_you"):
        told = slot_measures(result(run, "measure"))[slot]
        gate = slots[slot].metrics
        assert told.popularity == pytest.approx(gate["popularity"])
        assert told.model == pytest.approx({name: gate["model"][name] for name in told.model})
        assert found.quality[slot].ratio == pytest.approx(1)
        assert found.quality[slot].now_low < found.quality[slot].now < found.quality[slot].now_high
    assert not codes(found)


def test_in_the_same_world_quality_stays_and_nothing_is_found(trained):
    log(trained.space, events_of(more(seed=9), start=90_000))

    _, found = look(trained, days=3)

    assert found.quality["similar"].ratio > 0.75
    assert not codes(found)
    assert figure(found, "kind_psi").value == 0
    assert figure(found, "unknown_item_share").value < 0.05


def test_where_tastes_flip_quality_falls(trained):
    """Each taste takes another's items: what goes with what, and who likes what, is all wrong."""
    log(trained.space, events_of(more(seed=9, shift=3), start=90_000))

    _, found = look(trained, days=3)

    assert found.quality["for_you"].ratio < 0.5
    fell = [one for one in found.findings if one.code == "quality_fell"]
    assert fell
    assert {one.advice for one in fell} == {"retrain"}
    assert "for_you: NDCG@10 is 0." in fell[-1].sentence


def test_items_that_the_model_never_saw_are_drift_and_no_answer(trained):
    renamed = [one._replace(item_id=f"new-{one.item_id}") for one in more(seed=9)]
    log(trained.space, events_of(renamed, start=90_000))

    run, found = look(trained, days=3)

    assert {"unknown_item_share", "item_popularity_jsd"} <= codes(found)
    assert figure(found, "unknown_item_share").value > 0.6
    assert slot_measures(result(run, "measure"))["for_you"].relevant_unknown_share > 0.9


def test_what_is_done_in_between_is_folded_in(trained):
    """The tastes flip, and the day that is foretold comes after two days of the new ones."""
    flipped = events_of(more(seed=9, events=900, shift=3), start=90_000)
    log(trained.space, flipped)

    _, cold = look(trained, days=3)
    _, warm = look(trained, days=1)

    assert warm.since > cold.since
    assert warm.quality["for_you"].now > cold.quality["for_you"].now


def test_the_period_never_reaches_into_what_the_model_knows(trained):
    _, found = look(trained, days=300)

    assert found.since == found.data_until == trained.manifest().data_until


def test_without_a_model_it_is_refused(trainee):
    run, found = look(trainee)

    assert (run.status, run.code) == ("refused", "no_model")
    assert found is None
    assert "train one first" in run.sentence


def test_where_too_few_can_be_asked_it_is_refused_with_what_was_found(trained):
    run, _ = look(trained, days=0.01)

    assert (run.status, run.code) == ("refused", "too_little_since")
    assert "10 are needed" in run.sentence
    assert result(run, "measure")["for_you"]["test_users"] < 10
    assert trained.space.runs.newest_measured() is None


def test_a_log_without_what_the_model_learned_is_refused(trained):
    log(trained.space, events_of(more(seed=9), start=90_000))
    trained.space.events.compact()
    trained.space.events.expire(trained.manifest().data_until.date() + timedelta(days=1))

    run, _ = look(trained)

    assert (run.status, run.code) == ("refused", "log_gone")


def test_the_newest_look_is_found_among_all_runs(trained):
    first, _ = look(trained)
    second, _ = look(trained)
    trained.train()

    assert first.run_id < second.run_id
    assert trained.space.runs.newest_measured() == second


def test_nothing_goes_live(trained):
    version = trained.version()

    run, _ = look(trained)

    assert trained.version() == version
    assert run.version is None


def test_a_bundle_that_is_damaged_fails_the_run(trained):
    bundle = trained.manifest()
    (trained.store.settings.folder / "tenants/shop/artifacts").joinpath(
        bundle.version, "manifest.json"
    ).write_bytes(b"{")

    with pytest.raises(ArtifactCorrupt):
        look(trained)

    run = next(trained.space.runs.newest_first())
    assert (run.status, run.code) == ("failed", "artifact_corrupt")


def test_what_came_of_answers_is_kept_beside_it(trained):
    asked = []

    def online(since, until):
        asked.append((since, until))
        return {"answered": []}

    run = measure_live(Look(trained.space, LookOptions(), trained.store.cache, NOW, online=online))

    assert result(run, "online") == {"answered": []}
    assert asked[0][0] == trained.manifest().data_until


def test_its_record_is_drawn_like_a_training_s(trained):
    run, _ = look(trained)

    page = render("shop", run)

    assert "Measurement of shop" in page
    assert "for_you" in page


def test_a_record_of_another_version_tells_nothing(trained):
    run, found = look(trained)
    assert msgspec.convert(msgspec.to_builtins(found), LiveMeasure) == found

    steps = [one.model_copy(update={"result": {"model_version": 3}}) for one in run.steps]

    assert live_measure(run.model_copy(update={"steps": steps})) is None


def test_a_growing_catalog_and_age_are_drift(trained):
    trained.space.catalog.write((f"extra-{number}", {"title": "x"}) for number in range(40))
    late = datetime(2027, 1, 1, tzinfo=UTC)

    run = measure_live(Look(trained.space, LookOptions(), trained.store.cache, late))

    found = live_measure(run)
    assert {"catalog_growth", "model_age_days"} <= codes(found)
    assert figure(found, "catalog_growth").value == pytest.approx(40 / 80, abs=0.05)
