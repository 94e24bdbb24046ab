"""Who gets which variant: by chance among all, and the same for one for good."""

import json
from collections import Counter
from datetime import UTC, datetime

import pytest

from recommender_api.experiments.assignment import Experiments
from recommender_store.policies.experiment import Experiment

USERS = [f"user-{number}" for number in range(4000)]
NOW_S = datetime(2026, 3, 1, tzinfo=UTC).timestamp()


def experiment(name: str = "colours", **said) -> Experiment:
    written = {"id": name, "placements": ["home"], "variants": [{"id": "a"}, {"id": "b"}]}
    return Experiment.model_validate_json(json.dumps(written | said))


def variants(*records: Experiment, unit: str = "user", now_s: float = NOW_S) -> list[tuple | None]:
    """Of each user, or session of that name: the names of experiment and variant."""
    experiments = Experiments(records)
    found = []
    for one in USERS:
        who = (one, None) if unit == "user" else (None, one)
        assigned = experiments.assigned("home", *who, now_s)
        found.append(None if assigned is None else assigned.names)
    return found


def test_the_same_user_gets_the_same_variant_every_time():
    assert variants(experiment()) == variants(experiment(note="told otherwise"))


def test_variants_get_their_part_by_weight():
    one = experiment(variants=[{"id": "a", "weight": 3}, {"id": "b", "weight": 1}])

    counts = Counter(variants(one))

    assert counts["colours", "a"] == pytest.approx(3000, abs=150)
    assert counts["colours", "b"] == pytest.approx(1000, abs=150)


def test_only_a_part_of_the_layer_takes_part():
    found = variants(experiment(traffic=[0.25, 0.5]))

    assert found.count(None) == pytest.approx(3000, abs=150)


def test_nobody_takes_part_in_two_experiments_of_one_layer():
    first, second = experiment("first", traffic=[0, 0.5]), experiment("second", traffic=[0.5, 1])
    apart = [variants(first), variants(second)]

    assert all((one is None) != (other is None) for one, other in zip(*apart, strict=True))
    assert [one or other for one, other in zip(*apart, strict=True)] == variants(first, second)


def test_in_another_layer_and_experiment_chance_falls_anew():
    here, there = variants(experiment("here")), variants(experiment("there", layer="other"))
    both = Counter((one[1], other[1]) for one, other in zip(here, there, strict=True))

    assert all(count == pytest.approx(1000, abs=130) for count in both.values())
    assert len(both) == 4


@pytest.mark.parametrize(
    ("unit", "of_users", "of_sessions"),
    [("user", True, False), ("session", False, True), ("either", True, True)],
)
def test_a_variant_sticks_to_the_unit_that_was_chosen(unit, of_users, of_sessions):
    one = experiment(unit=unit)

    assert any(variants(one)) is of_users
    assert any(variants(one, unit="session")) is of_sessions


def test_who_is_nobody_takes_part_in_nothing():
    assert Experiments([experiment()]).assigned("home", None, None, NOW_S) is None
    assert Experiments([experiment()]).assigned("elsewhere", "ann", None, NOW_S) is None


def test_it_begins_and_ends_to_the_moment():
    one = experiment(starts_at="2026-03-01T00:00:00Z", ends_at="2026-03-02T00:00:00Z")
    end_s = NOW_S + 24 * 3600

    assert all(variants(one, now_s=NOW_S))
    assert not any(variants(one, now_s=NOW_S - 1))
    assert all(variants(one, now_s=end_s - 1))
    assert not any(variants(one, now_s=end_s))


def test_what_is_switched_off_assigns_nobody_and_needs_no_model():
    off = experiment(enabled=False, variants=[{"id": "a"}, {"id": "b", "model": "v1"}])

    assert not any(variants(off))
    assert not Experiments([off]).versions


def test_the_models_that_are_asked_for_are_known_ahead():
    one = experiment(variants=[{"id": "a"}, {"id": "b", "model": "v1"}])

    assert Experiments([one]).versions == {"v1"}
