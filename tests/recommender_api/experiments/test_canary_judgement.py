"""What becomes of a canary: known answers, and what holds of any."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender_api.experiments.canary_judgement import Look, Sides, judge, look_at, moments
from recommender_api.experiments.intervals import Clustered, deviations_of
from recommender_api.experiments.outcomes import Outcome
from recommender_store.canaries.canary import Canary
from recommender_store.tenants.canary import CanarySettings

STARTS = datetime(2026, 11, 20, tzinfo=UTC)
SETTINGS = CanarySettings(minimum_answers=50, minimum_users=20)
Z = deviations_of(0.9875)
LAST = Look(STARTS, is_early=False, is_last=True, z=Z)
NOT_LAST = LAST._replace(is_last=False)
EARLY = NOT_LAST._replace(is_early=True)
RANK = {"rolled_back": 0, None: 1, "promoted": 2}


def alone(count: int, hits: int) -> Clustered:
    """So many answers, each to somebody else."""
    return Clustered(count, count, hits, count, hits, hits)


def side(count: int, clicked: int, *, empty: int = 0, fallback: int = 0, instead: int = 0):
    return Outcome(
        units=count,
        answers=count,
        clicked=alone(count, clicked),
        converted=alone(count, 0),
        empty=alone(count, empty),
        fallback=alone(count, fallback),
        substitutes=alone(count, instead),
    )


def judged(live: Outcome, new: Outcome, look: Look = NOT_LAST, **settings: object):
    found = judge(Sides(live, new), SETTINGS.model_copy(update=settings), look)
    return None if found is None else (found.verdict, found.code)


def canary(**hours: float) -> Canary:
    settings = CanarySettings(**hours)
    return Canary(
        run_id="r",
        version="v2",
        instead_of="v1",
        follows=1,
        placements=("for_you",),
        starts_at=STARTS,
        ends_at=STARTS + settings.maximum,
        settings=settings,
        reason="",
    )


PROMOTED = ("promoted", None)
WORSE = ("rolled_back", "canary_worse")


@pytest.mark.parametrize(
    ("live", "new", "look", "wanted"),
    [
        (side(9_000, 900), side(1_000, 150), NOT_LAST, PROMOTED),
        (side(90_000, 9_000), side(30_000, 2_990), NOT_LAST, PROMOTED),
        (side(9_000, 900), side(1_000, 60), NOT_LAST, WORSE),
        (side(9_000, 900), side(1_000, 100), NOT_LAST, None),
        (side(9_000, 900), side(1_000, 100), LAST, PROMOTED),
        (side(9_000, 900), side(1_000, 92), LAST, PROMOTED),
        (side(9_000, 900), side(1_000, 88), LAST, WORSE),
        (side(9_000, 900), side(1_000, 150), EARLY, None),
        (side(9_000, 0), side(1_000, 0), LAST, PROMOTED),
        (side(9_000, 900), side(40, 0), NOT_LAST, None),
        (side(9_000, 900), side(40, 0), LAST, PROMOTED),
        (side(0, 0), side(0, 0), LAST, PROMOTED),
        (side(0, 0), side(0, 0), EARLY, None),
    ],
)
def test_what_is_known_to_come_of_it(live, new, look, wanted):
    assert judged(live, new, look) == wanted


def test_a_loss_that_is_certain_but_smaller_than_the_margin_is_borne_while_there_is_time():
    live, new = side(900_000, 90_000), side(100_000, 9_500)

    assert judged(live, new) == PROMOTED
    assert judged(live, new, margin=0.01) == WORSE


def test_with_more_than_the_margin_lost_beyond_doubt_time_makes_no_difference():
    for look in (NOT_LAST, LAST):
        assert judged(side(9_000, 900), side(1_000, 60), look) == WORSE


def test_the_outcome_that_the_tenant_chose_decides():
    live = side(9_000, 900)._replace(converted=alone(9_000, 90))
    new = side(1_000, 10)._replace(converted=alone(1_000, 40))

    assert judged(live, new) == WORSE
    assert judged(live, new, outcome="converted") == PROMOTED


@pytest.mark.parametrize(
    ("code", "worse"),
    [("canary_empty", {"empty": 60}), ("canary_fallback", {"fallback": 120})],
)
def test_answers_that_are_worse_end_it_early_where_there_are_enough(code, worse):
    assert judged(side(9_000, 900), side(1_000, 900, **worse), EARLY) == ("rolled_back", code)
    assert judged(side(9_000, 900), side(1_000, 900, **worse), EARLY, minimum_users=1_001) is None


def test_answers_that_are_empty_of_both_alike_harm_nothing():
    live, new = side(9_000, 900, empty=900), side(1_000, 200, empty=100)

    assert judged(live, new) == PROMOTED


def test_one_that_fails_now_and_then_is_borne_and_one_that_fails_often_is_not():
    assert judged(side(9_000, 900, instead=10), side(1_000, 150)) == PROMOTED
    failing = ("rolled_back", "canary_failing")
    assert judged(side(9_000, 900, instead=40), side(1_000, 150), EARLY) == failing
    assert judged(side(9_000, 900, instead=60), side(0, 0), EARLY) == failing


def test_it_is_judged_at_moments_that_double_and_when_its_time_is_up():
    after = [one - STARTS for one in moments(canary(minimum_hours=4, maximum_hours=20))]

    assert after == [timedelta(hours=hours) for hours in (4, 8, 16, 20)]
    assert list(moments(canary(minimum_hours=4, maximum_hours=4))) == [STARTS + after[0]]


def test_the_more_moments_there_are_the_wider_its_intervals():
    one = look_at(canary(minimum_hours=4, maximum_hours=4), STARTS)
    many = look_at(canary(minimum_hours=0.1, maximum_hours=20), STARTS)

    assert one.z == pytest.approx(1.96, abs=0.001)
    assert many.z > one.z + 0.5


@given(st.floats(0.01, 168), st.floats(0.01, 168), st.floats(0, 400))
def test_answers_count_until_the_newest_moment_that_is_past(one, other, hours):
    tried = canary(minimum_hours=min(one, other), maximum_hours=max(one, other))
    now = STARTS + timedelta(hours=hours)
    found = list(moments(tried))

    look = look_at(tried, now)

    assert all(earlier < later for earlier, later in pairwise(found))
    assert found[-1] == tried.ends_at
    assert look.is_last == (now >= tried.ends_at)
    assert look.until == max((moment for moment in found if moment <= now), default=now)
    assert look.is_early == (now < found[0])


COUNTS = st.integers(0, 5_000).flatmap(
    lambda count: st.tuples(st.just(count), st.integers(0, count))
)


@given(COUNTS, COUNTS, st.floats(0, 0.9))
def test_when_its_time_is_up_it_is_always_decided(live, new, margin):
    assert judged(side(*live), side(*new), LAST, margin=margin) is not None


@given(COUNTS, st.sampled_from([EARLY, NOT_LAST, LAST]), st.floats(0, 0.9))
def test_one_that_did_just_as_well_is_never_rolled_back(seen, look, margin):
    found = judged(side(*seen), side(*seen), look, margin=margin)

    assert found in (None, PROMOTED)


@given(COUNTS, COUNTS, st.integers(1, 200), st.sampled_from([EARLY, NOT_LAST, LAST]))
def test_more_clicks_never_make_it_worse(live, new, more, look):
    count, clicked = new
    fewer = judged(side(*live), side(*new), look)
    better = judged(side(*live), side(count, min(clicked + more, count)), look)

    assert RANK[better and better[0]] >= RANK[fewer and fewer[0]]


@given(COUNTS, COUNTS, st.floats(0, 0.5), st.floats(0, 0.4))
def test_a_wider_margin_never_makes_it_worse(live, new, margin, more):
    narrow = judged(side(*live), side(*new), LAST, margin=margin)
    wide = judged(side(*live), side(*new), LAST, margin=margin + more)

    assert RANK[wide and wide[0]] >= RANK[narrow and narrow[0]]


@given(COUNTS, COUNTS)
def test_what_is_promoted_before_its_time_is_up_would_be_at_the_end_too(live, new):
    early, late = judged(side(*live), side(*new)), judged(side(*live), side(*new), LAST)

    assert early in (None, late)
