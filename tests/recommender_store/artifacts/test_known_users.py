"""Whom a bundle knows, by digest or, in older ones, by plain id: the same questions, one answer."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender_store.artifacts.arrays import save_array
from recommender_store.artifacts.digests import Digests
from recommender_store.artifacts.known_users import DIGESTS, PLAIN, open_users, rows_of
from recommender_store.artifacts.vocabulary import Vocabulary
from tests.recommender_store.artifacts.conftest import whole

KEY = Digests(b"k" * 32)
MANIFEST = whole("v1", {}, {})
OLDER = MANIFEST.model_copy(update={"user_ids": "plain"})
outside_ids = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)


def saved(folder: Path, ids) -> None:
    save_array(folder / DIGESTS, np.unique(KEY.short_of_all("user", ids)))
    Vocabulary.of(ids).save(folder / PLAIN)


@given(ids=st.sets(outside_ids, max_size=20), stranger=outside_ids)
def test_every_user_has_a_row_of_their_own_and_a_stranger_none(ids, stranger):
    with TemporaryDirectory() as name:
        saved(Path(name), ids)
        for manifest in (MANIFEST, OLDER):
            users = open_users(manifest, Path(name), KEY)

            asked = [*ids, stranger]
            rows = users.rows(asked)
            assert len(users) == len(ids)
            assert sorted(rows[:-1].tolist()) == list(range(len(ids)))
            assert [users.row(one) for one in asked] == rows.tolist()
            assert [users.row(one) for one in asked] == rows.tolist(), "remembered"
            assert (stranger in users) == (rows[-1] >= 0) == (stranger in ids)


def test_two_bundles_meet_by_digest_whatever_they_hold(tmp_path):
    saved(tmp_path, ["ann", "bert", "é"])
    newer, older = (open_users(one, tmp_path, KEY) for one in (MANIFEST, OLDER))

    here = rows_of(older.by_digest(KEY), newer.by_digest(KEY))

    assert [here[older.row(one)] for one in ("ann", "é")] == [newer.row("ann"), newer.row("é")]
    assert rows_of(KEY.short_of_all("user", ["zoe"]), newer.by_digest(KEY)).tolist() == [-1]


def test_without_the_key_users_are_counted_and_not_found(tmp_path):
    saved(tmp_path, ["ann"])
    users = open_users(MANIFEST, tmp_path, None)

    assert len(users) == 1
    with pytest.raises(LookupError, match="key"):
        users.row("ann")
