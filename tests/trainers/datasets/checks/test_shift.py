"""A log that is distributed otherwise than the one that the current model was trained on."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from tests.trainers.datasets.checks.logs import codes, looked_at, steady
from trainers.datasets.checks.shift import Profile, distances
from trainers.datasets.interactions import US_PER_DAY

LOG = steady(days=90, events=40_000)
YESTERDAY = looked_at(LOG.where(LOG.age_days > 0)).profile
RNG = np.random.default_rng(9)


def shifted(log):
    found = looked_at(log, current=YESTERDAY).findings
    return {one.figures["field"]: one.severity for one in found if one.code == "distribution_shift"}


def test_a_night_later_nothing_has_shifted():
    assert looked_at(LOG, current=YESTERDAY).findings == []


@pytest.mark.parametrize(
    ("log", "field", "severity"),
    [
        (replace(LOG, kind=np.where(RNG.random(40_000) < 0.6, "purchase", "view")), "kind", "warn"),
        (replace(LOG, at_us=LOG.at_us + US_PER_DAY // 2), "hour", "refuse"),
        (replace(LOG, user=LOG.user % 12), "activity", "refuse"),
        (replace(LOG, item=LOG.item % 10), "popularity", "refuse"),
    ],
    ids=["kinds", "hours", "users", "items"],
)
def test_what_is_logged_otherwise_is_named_by_its_field(log, field, severity):
    assert shifted(log)[field] == severity


def test_a_kind_that_is_gone_altogether_is_missed():
    found = codes(looked_at(LOG.where(LOG.kind == "view"), current=YESTERDAY))

    assert found["kind_missing"] == "refuse"


def test_a_profile_is_the_same_after_it_was_kept():
    kept = msgspec.json.decode(msgspec.json.encode(msgspec.to_builtins(YESTERDAY)))

    assert Profile.read(kept) == YESTERDAY


@pytest.mark.parametrize("kept", [None, {}, {"events": "many"}])
def test_a_profile_of_another_version_is_none(kept):
    assert Profile.read(kept) is None


def test_a_log_does_not_differ_from_itself():
    assert all(one.psi == one.ks == 0 for one in distances(YESTERDAY, YESTERDAY))


def test_two_samples_of_one_world_differ_by_chance_alone():
    profiles = [looked_at(steady(events=events)).profile for events in (3_000, 20_000)]

    alike = {one.field: one.psi for one in distances(*profiles)}
    assert max(alike[name] for name in ("kind", "hour", "weight", "identity")) < 0.02
