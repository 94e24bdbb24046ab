"""Outside ids and rows are a bijection, the same on every machine."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender_store.artifacts.vocabulary import Vocabulary

outside_ids = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)


@given(ids=st.sets(outside_ids, max_size=20), stranger=outside_ids)
def test_every_id_has_one_row_and_every_row_one_id(ids: set[str], stranger: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ids.marisa"
        Vocabulary.of(ids).save(path)
        vocabulary = Vocabulary.open(path)

        assert len(vocabulary) == len(ids)
        assert {vocabulary.row(one) for one in ids} == set(range(len(ids)))
        assert set(vocabulary.ids(range(len(ids)))) == ids
        assert all(vocabulary.id(vocabulary.row(one)) == one for one in ids)
        assert (stranger in vocabulary) == (stranger in ids)
        assert (vocabulary.row(stranger) >= 0) == (stranger in ids)


@given(ids=st.lists(outside_ids, max_size=20), seed=st.randoms())
def test_the_same_ids_give_the_same_rows_in_any_order(ids: list[str], seed: object) -> None:
    shuffled = list(ids)
    seed.shuffle(shuffled)  # type: ignore[attr-defined] # a random.Random

    one, other = Vocabulary.of(ids), Vocabulary.of([*shuffled, *ids])

    assert [one.row(each) for each in ids] == [other.row(each) for each in ids]


def test_rows_come_in_the_order_asked_with_minus_one_for_strangers() -> None:
    vocabulary = Vocabulary.of(["a", "b"])

    rows = vocabulary.rows(["b", "?", "a", "b"])

    assert rows.dtype == np.int32
    assert rows.tolist() == [vocabulary.row("b"), -1, vocabulary.row("a"), vocabulary.row("b")]
    assert vocabulary.rows([]).shape == (0,)


def test_an_empty_vocabulary_is_saved_and_opened(tmp_path: Path) -> None:
    Vocabulary.of([]).save(tmp_path / "ids.marisa")

    vocabulary = Vocabulary.open(tmp_path / "ids.marisa")

    assert len(vocabulary) == 0
    assert vocabulary.row("a") == -1
    assert "a" not in vocabulary
    assert vocabulary.ids([]) == []


@pytest.mark.parametrize("one", ["日本語", "👩\u200d🚀", "é", "e\u0301", " ", "a/b%2F", "\u202e"])
def test_any_unicode_is_an_id(one: str, tmp_path: Path) -> None:
    Vocabulary.of([one, "é", "a"]).save(tmp_path / "ids.marisa")

    vocabulary = Vocabulary.open(tmp_path / "ids.marisa")

    assert vocabulary.id(vocabulary.row(one)) == one


def test_a_row_that_is_not_there_is_no_id() -> None:
    with pytest.raises(KeyError):
        Vocabulary.of(["a"]).id(1)
