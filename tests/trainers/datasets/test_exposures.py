"""What was shown and what came of it, out of a log."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from tests.trainers.tenant import event, log, new_store, new_tenant
from trainers.datasets.exposures import read_exposures
from trainers.evaluation.off_policy import Exposures, what_if

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def tenant(tmp_path):
    return new_tenant(new_store(tmp_path / "store"))


def told(number, kind, answer, user="anna", **fields):
    at = START + timedelta(minutes=number)
    named = {} if answer is None else {"recommendation_id": answer}
    return event(number, at, kind, user_id=user, **named, **fields)


def shown(number, answer, items, propensities=None, kind="impression", user="anna"):
    said = {} if propensities is None else {"attributes": {"propensities": propensities}}
    return told(number, kind, answer, user, items=items, **said)


def test_a_place_has_its_propensity_and_what_came_of_it(tenant):
    log(
        tenant,
        [
            shown(1, "r1", ["a", "b"], [0.5, 0.25]),
            shown(2, "r2", ["b"], [1], user="ben"),
            told(3, "click", "r1", item_id="b"),
            told(4, "purchase", "r1", item_id="b"),
            told(5, "view", "r1", item_id="a"),
            told(6, "click", None, "ben", item_id="b"),
        ],
    )

    found = read_exposures(tenant.events.state())

    assert found.recommendation_id.tolist() == ["r1", "r1", "r2"]
    assert found.item_id.tolist() == ["a", "b", "b"]
    assert found.place.tolist() == [1, 2, 1]
    assert found.propensity.tolist() == [0.5, 0.25, 1]
    assert found.reward.tolist() == [0, 1, 0], "a click without an answer's name is nobody's"
    assert found.owner.tolist() == [0, 0, 1]


def test_what_was_only_answered_since_somebody_asked_why_was_shown_to_nobody(tenant):
    explained = {"propensities": [1.0], "sampled": False}
    log(
        tenant,
        [
            told(1, "served", "r1", items=["a"], attributes=explained),
            told(2, "served", "r2", items=["b"], attributes={**explained, "sampled": True}),
            told(3, "served", "r3", items=["c"], attributes=explained),
            shown(4, "r3", ["c"]),
        ],
    )

    found = read_exposures(tenant.events.state())

    assert found.item_id.tolist() == ["b", "c"]
    assert found.propensity.tolist() == [1.0, 1.0]


def test_what_is_rewarded_is_asked_for(tenant):
    log(tenant, [shown(1, "r1", ["a"], [0.5]), told(2, "click", "r1", item_id="a")])

    assert read_exposures(tenant.events.state(), ("purchase",)).reward.tolist() == [0]


def test_of_what_was_answered_only_what_was_shown_counts_with_the_answer_s_propensities(tenant):
    log(
        tenant,
        [
            shown(1, "r1", ["a", "b", "c"], [0.5, 0.4, 0.3], kind="served"),
            shown(2, "r1", ["b", "a"]),
            shown(3, "r2", ["d"], [0.2], kind="served"),
        ],
    )

    found = read_exposures(tenant.events.state())

    assert found.item_id.tolist() == ["b", "a", "d"]
    assert found.propensity.tolist() == [0.4, 0.5, 0.2]


@pytest.mark.parametrize("said", [None, [0.5], "often", ["x", "y"], {"a": 1}])
def test_propensities_that_do_not_fit_are_none_and_the_answer_says_so(tenant, said):
    log(tenant, [shown(n, f"r{n}", ["a", "b"], said, user=f"u{n}") for n in range(25)])

    found = read_exposures(tenant.events.state())

    assert len(found.place) == 50
    assert np.isnan(found.propensity).all()
    exposures = Exposures(found.reward, found.propensity, np.ones(50), found.owner)
    refusal = what_if(exposures, None, 0.95, np.random.default_rng(0)).refusal
    assert "50 of 50 places have no propensity" in refusal


def test_packed_logs_tell_the_same(tenant):
    log(tenant, [shown(1, "r1", ["a", "b"], [0.5, 0.25]), told(2, "click", "r1", item_id="a")])
    before = read_exposures(tenant.events.state())

    tenant.events.compact()

    after = read_exposures(tenant.events.state())
    assert [one.tolist() for one in after] == [one.tolist() for one in before]


def test_a_page_shown_twice_is_one_exposure(tenant):
    log(tenant, [shown(1, "r1", ["a", "b"], [0.5, 0.4]), shown(2, "r1", ["a", "b"], [0.5, 0.4])])

    assert len(read_exposures(tenant.events.state()).place) == 2


def test_a_log_without_exposures_has_no_places(tenant):
    log(tenant, [told(1, "view", None, item_id="a")])

    found = read_exposures(tenant.events.state())

    assert [len(column) for column in found] == [0] * 6
