"""Visits come when people have time, from those who have joined, for what they like."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from recommender_cli.demo.worlds.visits import WINDOW, make_visitors, plan_visits
from recommender_cli.demo.worlds.world import THEMES

START = datetime(2026, 10, 1, tzinfo=UTC)
DAYS = 42


@pytest.fixture(scope="module", params=sorted(THEMES))
def theme(request):
    return THEMES[request.param]


@pytest.fixture(scope="module")
def visitors(theme):
    return make_visitors(theme, 1000, DAYS, np.random.default_rng(5))


@pytest.fixture(scope="module")
def visits(theme, visitors):
    return plan_visits(theme, visitors, START, DAYS, np.random.default_rng(6))


def test_a_user_has_one_to_three_tastes(visitors):
    tastes = (visitors.liking > 0).sum(axis=1)

    assert set(tastes.tolist()) == {1, 2, 3}
    assert np.allclose(visitors.liking.sum(axis=1), 1)


def test_a_few_users_make_most_of_the_visits(visits):
    per_user = np.sort(np.bincount([visit.user for visit in visits]))[::-1]

    assert per_user[:100].sum() > 0.25 * len(visits)


def test_nobody_comes_before_joining(visitors, visits):
    assert all(visit.day >= visitors.joined_day[visit.user] for visit in visits)


def test_a_visit_follows_a_taste_of_its_user_or_the_shop_window(visitors, visits):
    tastes = {(visit.user, visit.taste) for visit in visits if visit.taste != WINDOW}

    assert all(visitors.liking[user, taste] > 0 for user, taste in tastes)
    assert any(visit.taste == WINDOW for visit in visits)


def test_visits_come_in_time_order_within_the_period(visits):
    days = [visit.day for visit in visits]

    assert days == sorted(days)
    assert days[0] >= 0
    assert days[-1] < DAYS


def test_the_busiest_hour_and_weekday_are_those_of_the_habits(theme, visits):
    times = [START + timedelta(days=visit.day) for visit in visits]
    hours = np.bincount([time.hour for time in times], minlength=24)
    weekdays = np.bincount([time.weekday() for time in times], minlength=7)

    busy_hours = np.flatnonzero(np.array(theme.habits.hours) == max(theme.habits.hours))
    busy_days = np.flatnonzero(np.array(theme.habits.weekdays) == max(theme.habits.weekdays))

    assert hours.argmax() in busy_hours
    assert weekdays.argmax() in busy_days


def test_demand_moves_to_the_tastes_whose_season_begins(theme, visits):
    rising = max(theme.tastes, key=lambda taste: taste.share_last_day - taste.share_first_day)
    index = theme.tastes.index(rising)
    early = [visit.taste == index for visit in visits if visit.day < DAYS / 3]
    late = [visit.taste == index for visit in visits if visit.day > DAYS * 2 / 3]

    assert np.mean(late) > 1.15 * np.mean(early)
