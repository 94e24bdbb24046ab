"""What may happen to a log on its way is named; the same log without it raises nothing."""

import numpy as np
import pytest

from tests.trainers.datasets.checks.logs import (
    a_bot,
    a_day_lost,
    a_day_moved,
    a_kind_missing,
    a_slow_decline,
    codes,
    hours_moved,
    items_renamed,
    looked_at,
    one_id_for_all,
    steady,
    the_test_in_the_past,
    twins,
)

LOG = steady()
BIG = steady(events=200_000)

PLANTED = {
    "60 % of a day": (a_day_lost(LOG), "volume_drop", "refuse"),
    "60 % of a day before yesterday": (a_day_lost(LOG, ago=2), "volume_drop", "warn"),
    "3 % a day for 20 days": (a_slow_decline(LOG), "volume_decline", "warn"),
    "a day twice": (a_day_moved(LOG, 0, -1), "volume_spike", "warn"),
    "a kind since yesterday": (a_kind_missing(LOG), "kind_missing", "refuse"),
    "a kind since a week": (a_kind_missing(LOG, hours=168), "kind_missing", "refuse"),
    "one user": (one_id_for_all(LOG), "one_user", "refuse"),
    "30 % duplicates": (twins(LOG), "duplicates", "refuse"),
    "12 % duplicates": (twins(LOG, 0.15), "duplicates", "warn"),
    "a clock a day ahead": (a_day_moved(LOG, 0, 1), "clock_jump", "warn"),
    "a clock a day behind": (a_day_moved(LOG, 1, -1), "clock_jump", "warn"),
    "a clock eight hours behind": (hours_moved(LOG, 8), "clock_shift", "warn"),
    "a silence of three days": (
        LOG.where((LOG.age_days < 1) | (LOG.age_days > 3)),
        "time_gap",
        "warn",
    ),
    "items renamed today": (items_renamed(LOG), "items_renamed", "refuse"),
    "items renamed last week": (items_renamed(LOG, 7), "items_renamed", "refuse"),
    "the test in the training": (the_test_in_the_past(LOG), "test_leak", "refuse"),
    "a bot that is most of it": (a_bot(LOG), "bots", "refuse"),
    "a bot that is a part of it": (a_bot(BIG), "bots", "warn"),
}


@pytest.mark.parametrize("log", [LOG, BIG], ids=["small", "large"])
def test_a_sound_log_raises_nothing(log):
    assert looked_at(log).findings == []


@pytest.mark.parametrize(("log", "code", "severity"), PLANTED.values(), ids=PLANTED)
def test_a_planted_fault_is_named(log, code, severity):
    found = codes(looked_at(log))

    assert found[code] == severity


@pytest.mark.parametrize(("log", "code", "severity"), PLANTED.values(), ids=PLANTED)
def test_a_finding_brings_figures_and_a_sentence_that_asks_or_advises(log, code, severity):
    finding = next(one for one in looked_at(log).findings if one.code == code)

    assert finding.figures
    assert finding.severity == severity
    assert any(sign in finding.sentence for sign in ("?", ";", ":"))


SWITCHES = {
    "volume_drop": "volume",
    "volume_decline": "volume",
    "kind_missing": "kinds",
    "duplicates": "duplicates",
    "clock_jump": "clock",
    "items_renamed": "renamed",
    "test_leak": "leak",
    "bots": "bots",
}


@pytest.mark.parametrize(
    ("log", "code"),
    [(log, code) for log, code, _ in PLANTED.values() if code in SWITCHES],
    ids=[name for name, (_, code, _) in PLANTED.items() if code in SWITCHES],
)
def test_a_check_that_is_switched_off_says_nothing(log, code):
    found = looked_at(log, **{SWITCHES[code]: {"enabled": False}})

    assert code not in codes(found)


def test_a_bot_is_left_out_and_named_by_rank_and_share_alone():
    found = looked_at(a_bot(BIG))

    (finding,) = [one for one in found.findings if one.code == "bots"]
    assert finding.figures == {"users": 1, "share": 0.3333, "share_of_rank_1": 0.3333}
    assert "number 1 makes 33.3%" in finding.sentence
    assert "999999" not in finding.sentence
    assert len(found.left_out) == 1


def test_what_a_bot_did_is_no_spike_and_no_shift():
    assert list(codes(looked_at(a_bot(BIG)))) == ["bots"]


def test_a_log_too_young_for_a_history_is_not_held_against_one():
    young = steady(days=6, events=3_000)

    assert looked_at(a_day_lost(young)).findings == []


def test_a_day_that_is_not_over_is_compared_with_as_much_of_the_days_before():
    noon = LOG.at_us.max() // 86_400_000_000 * 86_400_000_000 + 12 * 3_600_000_000

    assert looked_at(LOG.where(LOG.at_us < noon)).findings == []


def test_a_collection_that_is_new_every_day_is_no_renaming():
    day = LOG.at_us // 86_400_000_000
    fresh = type(LOG)(LOG.user, LOG.item + 1_000 * day, LOG.at_us, LOG.kind)

    assert "items_renamed" not in codes(looked_at(fresh))


def test_a_shop_that_closes_once_a_week_has_no_gap_and_no_drop():
    closed = LOG.where((LOG.at_us // 86_400_000_000 - 20_458) % 7 != 5)

    assert looked_at(closed).findings == []


def test_a_user_id_for_every_visit_is_told():
    fresh = type(LOG)(
        LOG.user + 1_000 * (LOG.at_us // 86_400_000_000), LOG.item, LOG.at_us, LOG.kind
    )

    assert codes(looked_at(fresh))["user_per_visit"] == "warn"


def test_one_item_for_most_is_told():
    same = type(LOG)(
        LOG.user, np.where(np.arange(len(LOG.item)) % 3, 0, LOG.item), LOG.at_us, LOG.kind
    )

    assert codes(looked_at(same))["constant_item"] == "warn"


def test_where_days_differ_much_an_empty_one_beside_a_full_one_is_no_misplaced_day():
    rng = np.random.default_rng(11)
    kept = np.exp(rng.normal(-1.2, 0.45, 60)).clip(0, 1)
    kept[-3:] = [0.3, 0.0, 0.62]
    wild = BIG.where(rng.random(len(BIG.user)) < kept[59 - BIG.age_days])

    assert not [one for one in looked_at(wild).findings if "full_day" in one.figures]
