"""Slots that a tenant has where the log holds enough for them: bought_together and next."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from recommender_models.visit import visit_history
from tests.trainers.jobs.shop import Shop, result, shop
from tests.trainers.tenant import change_settings, event, log
from tests.worlds.paths_and_pairs import Deed, item, partner, paths_and_pairs
from trainers.jobs.options import TrainOptions


def events(deeds: list[Deed], start: int = 0) -> list[dict[str, Any]]:
    return [
        event(
            start + number,
            one.occurred_at,
            one.kind,
            session_id=one.session_id,
            user_id=one.user_id,
            item_id=one.item_id,
        )
        for number, one in enumerate(deeds)
    ]


def trained(folder, deeds: list[Deed]) -> tuple[Shop, Any]:
    trainee = shop(folder, [])
    log(trainee.space, events(deeds))
    return trainee, trainee.train()


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("full"), paths_and_pairs())


def test_both_are_let_in_on_their_own_figures(full):
    trainee, run = full

    assert run.status == "promoted"
    slots = trainee.manifest().slots
    for slot, recipe in (("bought_together", "co_purchase"), ("next", "transitions")):
        assert (slots[slot].recipe, slots[slot].kind) == (recipe, "neighbours")
        assert slots[slot].metrics["model"] == result(run, "measure")[slot]["model"]
        assert slots[slot].verdict.passed
        assert slots[slot].data_until == trainee.manifest().data_until


def test_the_partner_is_bought_together_and_the_next_of_the_ring_comes_next(full):
    bundle = full[0].bundle()

    for number in range(40):
        row = bundle.items.row(item(number))
        beside = bundle.bought_together.similar_items(np.array([row], dtype=np.int32), 1)[0]
        after = bundle.next.recommend([visit_history([(row, 1.0)])], 1)[0]

        assert bundle.items.ids(beside.rows) == [partner(number)]
        assert bundle.items.ids(after.rows) == [item(number + 1)]


def test_what_is_bought_together_has_to_beat_what_is_bought_most(tmp_path):
    """One item lies in every basket, and is hardly looked at: to foretell it is no art."""
    deeds = paths_and_pairs()
    bags = [
        one._replace(item_id="bag", occurred_at=one.occurred_at + timedelta(milliseconds=1))
        for one in deeds
        if one.kind == "purchase"
    ]
    every = sorted([*deeds, *bags], key=lambda one: one.occurred_at)
    trainee, run = trained(tmp_path, every)

    measured = result(run, "measure")["bought_together"]
    assert measured["popularity"]["hit_rate@10"] > 0.6
    assert "not better than popularity" in trainee.manifest().refused["bought_together"].sentence


def test_without_purchases_there_is_no_such_slot_and_the_run_says_so(tmp_path):
    trainee, run = trained(tmp_path, paths_and_pairs(buying=False))

    assert run.status == "promoted"
    assert "bought_together" not in trainee.manifest().slots
    assert "bought_together" not in trainee.manifest().refused
    assert "holds 0 baskets" in result(run, "fit:bought_together")["left_empty"]
    assert "bought_together" not in result(run, "gate")


def test_a_slot_that_the_log_has_become_too_thin_for_is_carried_over(tmp_path):
    trainee, first = trained(tmp_path, paths_and_pairs())
    later = [
        one._replace(occurred_at=one.occurred_at + timedelta(days=40))
        for one in paths_and_pairs(buying=False, seed=2)
    ]
    log(trainee.space, events(later, start=100_000))
    change_settings(trainee.space, training={"window_days": 31})

    run = trainee.train(TrainOptions(threads=1, force_checks="nothing was sold for a month"))

    assert run.status == "promoted", run.sentence
    slot = trainee.manifest().slots["bought_together"]
    assert slot.fitted_in == first.version
    row = trainee.bundle().items.row(item(3))
    beside = trainee.bundle().bought_together.similar_items(np.array([row], dtype=np.int32), 1)[0]
    assert trainee.bundle().items.ids(beside.rows) == [partner(3)]


def test_purchases_without_a_pattern_are_refused_and_nothing_else_is(tmp_path):
    rng = np.random.default_rng(4)
    deeds = [
        one._replace(item_id=item(int(rng.integers(40)))) if one.kind == "purchase" else one
        for one in paths_and_pairs()
    ]
    trainee, run = trained(tmp_path, deeds)

    assert run.status == "promoted"
    assert set(trainee.manifest().refused) >= {"bought_together"}
    assert "bought_together" not in trainee.manifest().slots
    assert {"similar", "next", "popular"} <= set(trainee.manifest().slots)
