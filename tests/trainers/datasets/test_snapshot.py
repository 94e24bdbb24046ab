"""The dataset, taken out of a real log in a real store."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from recommender_models.seen import KIND_BITS
from recommender_models.weighting import Weighting
from tests.trainers.tenant import event, log, names_of, new_store, new_tenant
from trainers.datasets.snapshot import Snapshot, take_snapshot
from trainers.errors import DataRefused

WEIGHTING = Weighting(
    {"view": 1.0, "purchase": 5.0, "rating": 3.0, "custom:it's": 2.0, "cart": -1.0},
    positive_rating=3.0,
)
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def tenant(tmp_path):
    return new_tenant(new_store(tmp_path / "store"))


def told(tenant, *rows, **options) -> Snapshot:
    """Rows of (kind, hours since the start, fields)."""
    log(
        tenant,
        [
            event(number, START + timedelta(hours=hours), kind, **fields)
            for number, (kind, hours, fields) in enumerate(rows)
        ],
    )
    return taken(tenant, **options)


def taken(tenant, window_days=None, **options) -> Snapshot:
    state = tenant.events.state()
    return take_snapshot(
        state, WEIGHTING, tenant.digests(), window_days=window_days, threads=1, **options
    )


def by(user, item, **more):
    return {"user_id": user, "item_id": item, **more}


def described(tenant, snapshot: Snapshot) -> list[tuple[str, str, float]]:
    """Who, what, weight; in the snapshot's order."""
    events, users = snapshot.interactions, names_of(tenant, snapshot.users)
    return [
        (
            users[actor] if actor < len(users) else f"visit {actor - len(users)}",
            snapshot.items.id(item),
            weight,
        )
        for actor, item, weight in zip(
            events.actor.tolist(), events.item.tolist(), events.weight.tolist(), strict=True
        )
    ]


def test_events_come_in_order_of_time_with_what_they_weigh(tenant):
    snapshot = told(
        tenant,
        ("purchase", 2, by("ben", "b")),
        ("view", 1, by("anna", "a")),
        ("dislike", 3, by("anna", "b")),
        ("rating", 4, by("anna", "c", value=4.0)),
        ("rating", 5, by("ben", "c", value=2.5)),
        ("custom:it's", 6, by("ben", "d")),
        ("custom:other", 7, by("ben", "d")),
        ("cart", 8, by("ben", "a")),
    )

    assert described(tenant, snapshot) == [
        ("anna", "a", 1.0),
        ("ben", "b", 5.0),
        ("anna", "b", 0.0),
        ("anna", "c", 3.0),
        ("ben", "c", 0.0),
        ("ben", "d", 2.0),
        ("ben", "d", 0.0),
        ("ben", "a", 0.0),
    ]
    assert snapshot.interactions.kind.tolist()[2] == KIND_BITS["dislike"]
    assert snapshot.interactions.kind.tolist()[5] == KIND_BITS["custom"]


def test_the_weight_in_the_log_is_the_weight_of_a_second_ago(tenant):
    kinds = [*WEIGHTING.kind_weights, "dislike", "click", "custom:new"]
    rows = [(kind, n, by("anna", "a", value=3.0)) for n, kind in enumerate(kinds)]

    snapshot = told(tenant, *rows)

    assert [weight for *_, weight in described(tenant, snapshot)] == [
        WEIGHTING.of(kind, 3.0) for kind in kinds
    ]


def test_visits_without_a_user_are_actors_after_the_users_and_never_one(tenant):
    """A session may bear the very name of a user."""
    snapshot = told(
        tenant,
        ("view", 1, {"session_id": "anna", "item_id": "a"}),
        ("view", 2, by("anna", "a", session_id="s")),
        ("view", 3, {"session_id": "s", "item_id": "b"}),
    )

    assert snapshot.interactions.actor.tolist() == [1, 0, 2]
    assert snapshot.shape == (3, 2)
    assert snapshot.statistics.sessions_without_user == 2
    session = snapshot.interactions.session.tolist()
    assert session[1] == session[2] != session[0]


def test_events_without_a_session_have_none(tenant):
    snapshot = told(tenant, ("view", 1, by("a", "x")), ("view", 2, by("a", "x", session_id="s")))

    assert snapshot.interactions.session.tolist() == [-1, 0]


def test_what_was_only_shown_is_no_interaction(tenant):
    snapshot = told(
        tenant,
        ("view", 1, by("anna", "a")),
        ("impression", 2, {"user_id": "anna", "items": ["a", "b"]}),
        ("served", 3, by("anna", "z")),
    )

    assert described(tenant, snapshot) == [("anna", "a", 1.0)]


def test_items_of_the_catalog_have_a_row_without_any_event(tenant):
    snapshot = told(tenant, ("view", 1, by("anna", "b")), catalog_ids=["a", "b", "c"])

    assert sorted(snapshot.items.ids(range(3))) == ["a", "b", "c"]
    assert (snapshot.statistics.items, snapshot.statistics.items_in_catalog) == (1, 3)


def test_a_window_counts_back_from_the_newest_event(tenant):
    rows = [("view", 24 * day, by(f"u{day}", "a")) for day in range(10)]

    snapshot = told(tenant, *rows, window_days=3)

    assert [user for user, *_ in described(tenant, snapshot)] == ["u7", "u8", "u9"]
    assert snapshot.statistics.users == 3


def test_a_window_is_not_moved_by_what_was_only_served(tenant):
    rows = [("view", 0, by("anna", "a")), ("served", 24 * 30, by("anna", "a"))]

    assert len(told(tenant, *rows, window_days=3).interactions) == 1


@pytest.mark.parametrize(
    "rows",
    [[], [("impression", 1, {"user_id": "anna", "items": ["a"]})], [("served", 1, by("a", "b"))]],
    ids=["nothing at all", "impressions only", "served only"],
)
def test_a_log_in_which_nobody_did_anything_is_refused(tenant, rows):
    with pytest.raises(DataRefused, match="recommender events import") as refused:
        told(tenant, *rows)

    assert refused.value.reason == "log_empty"


def test_a_twin_counts_once_also_after_the_log_was_compacted(tenant):
    row = ("view", 1, by("anna", "a"))
    told(tenant, row)
    tenant.events.compact()

    assert len(told(tenant, row, ("view", 2, by("ben", "a"))).interactions) == 2


def test_files_give_the_same_snapshot(tenant, tmp_path):
    snapshot = told(tenant, ("view", 1, by("anna", "a")), ("view", 2, by("ben", "ü/b")))

    snapshot.save(tmp_path / "snapshot")
    opened = Snapshot.from_path(tmp_path / "snapshot")

    assert described(tenant, opened) == described(tenant, snapshot)
    assert opened.statistics == snapshot.statistics
    assert opened.fingerprint == snapshot.fingerprint


def test_the_same_deeds_with_another_item_are_another_fingerprint(tmp_path):
    prints = set()
    for name in ("a", "b"):
        tenant = new_tenant(new_store(tmp_path / name))
        prints.add(told(tenant, ("view", 1, by("anna", name))).fingerprint)

    assert len(prints) == 2


def test_statistics_tell_what_the_dataset_looks_like(tenant):
    snapshot = told(
        tenant,
        *[("view", n, by("anna", f"i{n}")) for n in range(3)],
        ("purchase", 3, by("ben", "i0")),
        ("view", 4, by("ben", "i0")),
    )

    found = snapshot.statistics
    assert (found.events, found.users, found.items, found.pairs) == (5, 2, 3, 4)
    assert found.events_by_kind == {"purchase": 1, "view": 4}
    assert (found.busiest_user_share, found.busiest_item_share) == (0.6, 0.6)
    assert np.diff([found.since_us, found.until_us]) == 4 * 3_600_000_000 + 1
