"""The index finds rows by inner product, also after it was mapped from its file."""

import numpy as np
import pytest

from recommender_models.index_search import ItemIndex
from tests.recommender_models.made import factors


def test_an_index_finds_the_same_after_it_was_opened_from_its_file(tmp_path):
    index, vectors = factors(50).index, np.asarray(factors(50).item_factors)

    index.save(tmp_path)
    opened = ItemIndex.from_path(tmp_path)

    for vector in vectors[:10]:
        assert opened.search(vector, 7).tolist() == index.search(vector, 7).tolist()
        scores = vectors @ vector
        found = sorted(scores[index.search(vector, 7)])
        assert found == pytest.approx(sorted(scores)[-7:])


def test_an_index_gives_what_it_has_where_more_is_asked_for():
    assert len(factors(50).index.search(np.ones(8, dtype=np.float32), 1_000)) == 49


def test_an_empty_index_finds_nothing(tmp_path):
    factors(1).index.save(tmp_path)

    assert not len(ItemIndex.from_path(tmp_path).search(np.ones(8, dtype=np.float32), 3))
