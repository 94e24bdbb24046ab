"""Whom anonymous events belong to once sessions are joined to users."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from recommender_models.weighting import Weighting
from tests.trainers.tenant import event, log, names_of, new_store, new_tenant
from trainers.datasets.seen import seen_items
from trainers.datasets.snapshot import Snapshot, take_snapshot

WEIGHTING = Weighting({"view": 1.0, "purchase": 5.0}, positive_rating=3.0)
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def tenant(tmp_path):
    return new_tenant(new_store(tmp_path / "store"))


def taken(tenant, window_days=None) -> Snapshot:
    state = tenant.events.state()
    return take_snapshot(state, WEIGHTING, tenant.digests(), window_days=window_days, threads=1)


def view(number: int, session_id: str | None, user_id: str | None = None, item_id: str = "i"):
    who = {"session_id": session_id, "user_id": user_id}
    given = {name: value for name, value in who.items() if value is not None}
    return event(number, START + timedelta(hours=number), item_id=item_id, **given)


def join(number: int, session_id: str, user_id: str):
    """Its id is no view's."""
    at = START + timedelta(hours=number)
    one = event(number, at, "identify", session_id=session_id, user_id=user_id)
    return {**one, "event_id": f"join-{number}"}


def actors(tenant, snapshot: Snapshot) -> list[str]:
    """Whose each event is, in order of time."""
    users = names_of(tenant, snapshot.users)
    return [
        users[actor] if actor < len(users) else "a visit"
        for actor in snapshot.interactions.actor.tolist()
    ]


def test_a_visit_belongs_to_whom_it_was_joined_before_and_after(tenant):
    log(
        tenant,
        [view(1, "s"), join(2, "s", "ann"), view(3, "s"), view(4, "other"), view(5, None, "bob")],
    )

    assert actors(tenant, taken(tenant)) == ["ann", "ann", "a visit", "bob"]


def test_the_last_join_wins_from_its_time_on(tenant):
    log(tenant, [join(4, "s", "bob"), *(view(number, "s") for number in range(1, 7))])
    tenant.events.compact()
    log(tenant, [join(2, "s", "ann")])

    assert actors(tenant, taken(tenant)) == ["ann", "ann", "ann", "bob", "bob", "bob"]


def test_an_event_that_names_a_user_stays_that_users(tenant):
    log(tenant, [view(1, "s", "cid"), join(2, "s", "ann"), view(3, "s", "bob")])

    assert actors(tenant, taken(tenant)) == ["cid", "bob"]


def test_of_two_joins_of_one_moment_the_greater_user_id_counts(tenant):
    both = [join(1, "s", "ann"), {**join(1, "s", "bob"), "event_id": "another"}]
    log(tenant, [*both, view(2, "s")])

    assert actors(tenant, taken(tenant)) == ["bob"]


def test_a_join_from_before_the_window_counts(tenant):
    log(tenant, [join(1, "s", "ann"), view(24 * 40, "s"), view(24 * 40 + 1, None, "bob")])

    assert actors(tenant, taken(tenant, window_days=7)) == ["ann", "bob"]


def test_a_join_alone_makes_nobody_known(tenant):
    log(tenant, [join(1, "s", "ann"), view(2, None, "bob")])

    assert len(taken(tenant).users) == 1


def named_and_joined(count: int) -> tuple[list[dict], list[dict]]:
    """One world twice: with users throughout, and with half of the events anonymous but joined."""
    random = np.random.default_rng(7)
    named, joined = [], []
    for number in range(count):
        user = f"user-{random.integers(40)}"
        session = f"{user}-visit-{random.integers(3)}"
        one = view(number, session, user, f"item-{random.integers(30)}")
        named.append(one)
        is_anonymous = random.random() < 0.5
        joined.append(
            {name: value for name, value in one.items() if name != "user_id" or not is_anonymous}
        )
    sessions = {(one["session_id"], one["user_id"]) for one in named}
    at = random.permutation(count).tolist()
    joins = [join(at[place], *pair) for place, pair in enumerate(sorted(sessions))]
    return named, joined + joins


def test_a_world_of_joined_visits_is_the_same_as_one_with_users_throughout(tmp_path):
    snapshots = []
    for name, events in zip(("named", "joined"), named_and_joined(2_000), strict=True):
        tenant = new_tenant(new_store(tmp_path / name))
        log(tenant, events)
        tenant.events.compact()
        snapshots.append(taken(tenant))
    one, other = snapshots

    assert one.fingerprint == other.fingerprint
    assert replace(one.statistics, received={}) == replace(other.statistics, received={})
    seen = [
        seen_items(each.interactions, len(each.users), len(each.items), 90.0) for each in snapshots
    ]
    for user in range(len(one.users)):
        for mine, theirs in zip(seen[0].of(user), seen[1].of(user), strict=True):
            assert np.array_equal(mine, theirs)
