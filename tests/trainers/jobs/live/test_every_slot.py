"""A look at bundles with slots of every kind: right after the training each is what it was."""

from datetime import timedelta

import pytest

from recommender_store.runs.live import live_measure
from tests.trainers.jobs.shop import Shop
from tests.trainers.jobs.test_content_slot import by_taste, described
from tests.trainers.jobs.test_slots_where_enough import events, trained
from tests.trainers.tenant import log
from tests.worlds.interaction import START
from tests.worlds.paths_and_pairs import Deed, paths_and_pairs
from trainers.jobs.live.look import Look, LookOptions, measure_live

NOW = START + timedelta(days=35)


def quality(trainee: Shop, **options):
    look = Look(trainee.space, LookOptions(threads=1, **options), trainee.store.cache, NOW)
    run = measure_live(look)
    assert run.status == "measured", run.sentence
    return live_measure(run).quality


def of_new_items(deeds: list[Deed]) -> list[Deed]:
    """The days after the log, on items that the model has no row for."""
    later = timedelta(days=30)
    return [
        one._replace(
            session_id=f"later-{one.session_id}",
            item_id=f"new-{one.item_id}",
            occurred_at=START + later + (one.occurred_at - START) / 10,
        )
        for one in deeds
    ]


def test_baskets_and_sessions_are_what_they_were_and_answer_nothing_of_what_is_new(tmp_path):
    trainee, run = trained(tmp_path, paths_and_pairs())
    assert run.status == "promoted"

    before = quality(trainee)

    assert set(before) == {"similar", "bought_together", "next"}
    assert [one.ratio for one in before.values()] == pytest.approx([1] * 3)

    new = of_new_items(paths_and_pairs(visits=300, seed=2))
    log(trainee.space, events(new, start=500_000))
    after = quality(trainee, days=1)

    assert {slot: one.now for slot, one in after.items()} == dict.fromkeys(after, 0.0)
    assert set(after) == set(before)


def test_what_goes_by_descriptions_is_what_it_was(tmp_path):
    trainee = described(tmp_path, by_taste())
    assert trainee.train().status == "promoted"

    assert quality(trainee)["content"].ratio == pytest.approx(1)
