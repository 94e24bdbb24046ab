"""Sessions in a bundle go with their owner, and leave no gap."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recommender_store.artifacts.digests import Digests
from recommender_store.artifacts.session_rows import Owner, SessionRows, unkeyed_digest

DIGESTS = Digests(b"k" * 32)
ITEMS = 6
NAMES = ["a", "b", "c"]
SESSION = st.tuples(
    st.sets(st.integers(0, ITEMS - 1), min_size=1), st.sampled_from(NAMES), st.sampled_from(NAMES)
)


def made(sessions, per_item: int) -> SessionRows:
    users = DIGESTS.short_of_all("user", [user for _, user, _ in sessions])
    named = DIGESTS.short_of_all("session", [name for *_, name in sessions])
    return SessionRows.of(
        np.cumsum([0, *(len(items) for items, *_ in sessions)]).astype(np.int64),
        np.array([item for items, *_ in sessions for item in sorted(items)], dtype=np.int32),
        np.stack([users, named], axis=1),
        ITEMS,
        per_item,
    )


def owner(kind: str, name: str) -> Owner:
    return Owner(kind, name).found_by(DIGESTS)


def told(rows: SessionRows) -> list[list[int]]:
    return [one.tolist() for one in rows]


def test_an_items_sessions_are_the_newest_first_and_not_more_than_allowed():
    rows = made([({0, 1}, "a", "a"), ({0}, "a", "a"), ({0, 2}, "a", "a")], per_item=2)

    by_item = [
        rows.item_sessions[start:end].tolist()
        for start, end in zip(rows.item_starts[:-1], rows.item_starts[1:], strict=True)
    ]
    assert by_item == [[2, 1], [0], [2], [], [], []]


@given(st.lists(SESSION, max_size=12), st.sampled_from(NAMES), st.booleans())
def test_without_an_owner_it_is_as_if_their_sessions_had_never_been(sessions, name, is_user):
    gone = owner("user_id" if is_user else "session_id", name)
    others = [one for one in sessions if one[1 if is_user else 2] != name]

    left = made(sessions, per_item=20).without(gone)

    assert told(left) == told(made(others, per_item=20))
    assert gone.digest not in left.owners[:, 0 if is_user else 1].tolist()


def test_sessions_that_an_older_bundle_left_are_found_by_digests_without_a_key():
    rows = made([({0, 1}, "a", "b"), ({0, 2}, "b", "a")], per_item=9)
    rows.owners[:, 0] = [unkeyed_digest("user_id", name) for name in "ab"]

    for who in (owner("user_id", "a"), Owner("user_id", "a")):
        assert rows.without(who).items.tolist() == [0, 2]


def test_a_user_and_a_session_of_one_name_are_two():
    rows = made([({0, 1}, "a", "b"), ({0, 2}, "b", "a")], per_item=9)

    assert rows.without(owner("user_id", "a")).items.tolist() == [0, 2]
    assert rows.without(owner("session_id", "a")).items.tolist() == [0, 1]


def test_where_an_items_sessions_were_cut_older_ones_come_back():
    rows = made([({0}, "a", "a"), ({0}, "b", "b"), ({0}, "c", "c")], per_item=2)

    assert rows.without(owner("user_id", "c")).item_sessions.tolist() == [1, 0]


def test_the_files_are_all_that_there_is(tmp_path):
    rows = made([({0, 1}, "a", "b"), ({2}, "b", "a")], per_item=9)

    rows.save(tmp_path)

    assert told(SessionRows.from_path(tmp_path)) == told(rows)
