"""What an experiment showed, out of a log whose right answer is known."""

from datetime import UTC, datetime, timedelta

import pytest

from recommender_api.experiments.figures import DAYS_MOST, figures_of
from recommender_store.policies.experiment import Experiment
from tests.recommender_api.asking import answered, asked
from tests.recommender_api.served import AUTHOR, store_in, until
from tests.trainers.tenant import change_settings

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
EXPERIMENT = Experiment(id="x", placements=("for_you",), variants=({"id": "a"}, {"id": "b"}))
RECEIVED = "2026-11-20T12:00:00.000Z"


@pytest.fixture
def space(tmp_path):
    store = store_in(tmp_path, create=True)
    return store.create_tenant("shop", "Shop", author=AUTHOR)


def served(number, variant, *, user=None, sampled=True, experiment="x", at=NOW):
    """An answer as the platform writes it down."""
    return {
        "event_id": f"served-{number}",
        "kind": "served",
        "user_id": user or f"user-{number}",
        "items": ["i"],
        "occurred_at": (at - timedelta(hours=1)).isoformat(),
        "recommendation_id": f"rec-{number}",
        "attributes": {
            "sampled": sampled,
            "experiment": {"name": experiment, "variant": variant},
        },
    }


def followed(number, kind, nth=0):
    """What somebody did with it."""
    return {
        "event_id": f"{kind}-{number}-{nth}",
        "kind": kind,
        "user_id": f"user-{number}",
        "item_id": "i",
        "occurred_at": (NOW - timedelta(minutes=30)).isoformat(),
        "recommendation_id": f"rec-{number}",
    }


def told(space, *events, experiment=EXPERIMENT):
    space.events.append_events(events, RECEIVED)
    figures = figures_of(space, experiment, NOW)
    return figures, {one.variant: one for one in figures.variants}


def test_of_each_variant_answers_clicks_and_purchases_are_counted_once_each(space):
    figures, by_variant = told(
        space,
        *(served(number, "a") for number in range(10)),
        *(served(number, "b") for number in range(10, 20)),
        *(followed(1, "click", nth) for nth in range(3)),
        *(followed(number, "click") for number in range(10, 14)),
        *(followed(number, "impression") for number in range(9)),
        followed(12, "purchase"),
        followed(99, "click"),
    )
    a, b = by_variant["a"], by_variant["b"]

    assert [(one.answers, one.units, one.shown) for one in (a, b)] == [(10, 10, 9), (10, 10, 0)]
    assert (a.clicked.answers, b.clicked.answers) == (1, 4)
    assert (a.converted.answers, b.converted.answers) == (0, 1)
    assert b.clicked.rate.low < b.clicked.rate.value == 0.4 < b.clicked.rate.high
    over = b.clicked.over_control
    assert over.low < over.value < over.high
    assert over.value == pytest.approx(0.3)
    assert (a.is_control, a.clicked.over_control) == (True, None)
    assert figures.sampled_share == 0.01


def test_several_answers_to_one_user_count_as_one_unit(space):
    _, by_variant = told(space, *(served(number, "a", user="ann") for number in range(5)))

    assert (by_variant["a"].units, by_variant["a"].answers) == (1, 5)


def test_answers_that_chance_did_not_draw_or_of_another_experiment_do_not_count(space):
    _, by_variant = told(
        space, served(1, "a", sampled=False), served(2, "a", experiment="y"), served(3, "a")
    )

    assert by_variant["a"].answers == 1


def test_what_was_before_it_began_after_it_ended_or_long_ago_does_not_count(space):
    timed = EXPERIMENT.model_copy(
        update={"starts_at": NOW - timedelta(days=2), "ends_at": NOW - timedelta(days=1)}
    )
    events = [
        served(number, "a", at=NOW - timedelta(days=days))
        for number, days in enumerate((0, 1, 3, DAYS_MOST + 1))
    ]

    _, of_timed = told(space, *events, experiment=timed)
    _, of_all = told(space, experiment=EXPERIMENT)

    assert of_timed["a"].answers == 1
    assert of_all["a"].answers == 3


def test_a_variant_that_the_record_has_no_more_is_told_all_the_same(space):
    _, by_variant = told(space, served(1, "old"))

    assert (by_variant["old"].answers, by_variant["old"].weight) == (1, None)


def test_without_any_answer_there_are_no_rates_and_it_is_said_why(space):
    change_settings(space, serving={"trace_share": 0.0})

    figures, by_variant = told(space)

    assert by_variant["a"].clicked.rate is None
    assert by_variant["b"].clicked.over_control is None
    assert "serving.trace_share" in figures.notes[0]


def test_clicks_and_impressions_that_name_no_answer_are_told_as_missing(space):
    figures, _ = told(space, *(served(number, "a") for number in range(3)))

    notes = " ".join(figures.notes)
    assert "no click and no purchase names" in notes
    assert "no impression names" in notes


def test_by_rest_the_figures_of_answers_of_a_moment_ago_stand_beside_the_record(own, folder):
    change_settings(store_in(folder).tenant("shop"), serving={"trace_share": 1.0})
    shop = own.of("shop")
    record = {"placements": ["for_you"], "variants": [{"id": "a"}, {"id": "b"}]}
    answered(shop.put("/experiments/x", json=record))
    store_in(folder).tenant("shop").announce("settings")

    def figures():
        asked(shop, "for_you", user_id="user-000001")
        shown = answered(shop.get("/experiments/x", params={"figures": True}))
        return shown["figures"]["variants"]

    until(lambda: sum(one["answers"] for one in figures()) > 0)
    shown = answered(shop.get("/experiments/x", params={"figures": True}))
    assert "figures" not in answered(shop.get("/experiments/x"))
    assert answered(shop.put("/experiments/x", json=shown))["variants"] == shown["variants"]
