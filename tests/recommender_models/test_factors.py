"""Latent factors: exact scores, folded-in vectors, stored ones while they are up to date."""

import faiss
import numpy as np
import pytest

from recommender_models import item_vectors
from recommender_models.factors import Factors
from recommender_models.index_search import ItemIndex
from recommender_models.item_vectors import CANDIDATES
from recommender_models.mean_factors import MeanFactors
from recommender_models.protocol import NOTHING
from tests.recommender_models.made import REGULARIZATION, factors, history, rows

MODEL = factors()
VECTORS = np.asarray(MODEL.item_factors)
WITHOUT_VECTOR = len(VECTORS) - 1


def test_a_folded_in_vector_solves_the_equation_of_the_paper():
    """Hu, Koren and Volinsky (2008), equation 4: (Y'CY + λI) x = Y'Cp."""
    one = history(3, 5, 17, weight=2.0)
    confidence = np.ones(len(VECTORS))
    confidence[one.rows] = 1 + 2.0 * np.log1p(2.0)
    preference = np.isin(np.arange(len(VECTORS)), one.rows)
    wide = VECTORS.astype(np.float64)
    left = wide.T @ (confidence[:, None] * wide) + REGULARIZATION * np.eye(wide.shape[1])
    expected = np.linalg.solve(left, wide.T @ (confidence * preference))

    vector = MODEL.fold_in(one.rows, one.weights)

    assert vector == pytest.approx(expected, rel=1e-3, abs=1e-5)


def test_an_answer_is_exactly_the_best_by_inner_product():
    one = history(3, 5, excluded=(3, 5, 7))
    scores = (VECTORS * MODEL.vector(one)).sum(axis=1)
    open_to_all = [
        row for row in range(len(VECTORS)) if row not in (3, 5, 7) and row != WITHOUT_VECTOR
    ]
    expected = sorted(open_to_all, key=lambda row: (-scores[row], row))[:40]

    answer = MODEL.recommend([one], 40)[0]

    assert answer.rows.tolist() == expected
    assert answer.scores == pytest.approx(scores[expected], rel=1e-5)


def test_a_stored_vector_serves_while_nothing_is_newer():
    up_to_date = history(3, stored_row=4, is_newer=False)
    newer = history(3, stored_row=4, is_newer=True)

    stored, folded_in = MODEL.vector(up_to_date), MODEL.vector(newer)

    assert stored.tolist() == np.asarray(MODEL._user_factors[4]).tolist()
    assert folded_in.tolist() == MODEL.fold_in(newer.rows, newer.weights).tolist()


@pytest.mark.parametrize(
    "nobody",
    [history(), history(stored_row=4, is_newer=False), history(WITHOUT_VECTOR), history(10_000)],
    ids=["empty", "stored but empty", "item without vector", "item beyond the model"],
)
def test_nothing_is_recommended_to_somebody_of_whom_nothing_is_known(nobody):
    assert not len(MODEL.recommend([nobody], 5)[0].rows)
    assert not len(MODEL.rank_among(nobody, rows(1, 2), 5).rows)


def test_an_item_without_a_vector_is_never_recommended():
    answer = MODEL.recommend([history(1)], len(VECTORS))[0]

    assert len(answer.rows) == len(VECTORS) - 1
    assert WITHOUT_VECTOR not in answer.rows


def test_more_exclusions_than_candidates_still_leave_a_full_answer():
    one = history(1, excluded=range(CANDIDATES + 40))

    assert len(MODEL.recommend([one], 50)[0].rows) == 50


def test_ranking_among_rows_scores_them_as_recommending_does():
    one = history(1, 2, excluded=(8,))
    chosen = rows(*range(0, len(VECTORS), 2), 10_000)

    everything = MODEL.recommend([one], len(VECTORS))[0]
    among = MODEL.rank_among(one, chosen, 25)

    wanted = np.isin(everything.rows, chosen)
    assert among.rows.tolist() == everything.rows[wanted][:25].tolist()
    assert among.scores.tolist() == everything.scores[wanted][:25].tolist()


def test_the_index_is_asked_for_as_many_however_few_are_wanted():
    """An approximate index finds other items when it is asked for fewer."""

    asked = []

    class Counting(ItemIndex):
        def search(self, vector, n):
            asked.append(n)
            return super().search(vector, n)

    index = Counting(MODEL.index._index, MODEL.index._rows)
    model = Factors(VECTORS, MODEL._gram, MODEL._confidence, index)

    for n in (1, 10, 100):
        model.recommend([history(3, excluded=(3, 4))], n)

    assert asked == [CANDIDATES + 2] * 3


@pytest.mark.parametrize("noise", [1.0, 1e-7, 0.0])
def test_many_are_answered_together_as_each_of_them_is_alone(noise):
    """Also where the items nearly tie, so that rounding may say which are found."""
    rng = np.random.default_rng(8)
    vectors = (np.ones(32) + noise * rng.normal(size=(900, 32))).astype(np.float32)
    index = faiss.IndexFlatIP(32)
    index.add(vectors)
    model = MeanFactors(vectors, ItemIndex(index, np.arange(900, dtype=np.int32)))
    items = rng.integers(0, 900, (300, 12))
    asked = [
        history(*some[:4], excluded=sorted(some[2 : 2 + number % 9]))
        for number, some in enumerate(items.tolist())
    ]

    together = model.recommend([*asked, history()], 20)

    assert together[-1] is NOTHING
    for one, answer in zip(asked, together, strict=False):
        alone = model.recommend([one], 20)[0]
        assert answer.rows.tolist() == alone.rows.tolist()
        assert answer.scores.tolist() == alone.scores.tolist()


def test_who_is_asked_about_again_gets_the_same_answer_as_from_a_model_never_asked():
    asked_before, never_asked = factors(), factors()
    known = history(3, stored_row=4, is_newer=False)
    asked_before.recommend([known], 10)

    for one in (known, history(3, stored_row=4, is_newer=False, excluded=(1, 2, 3))):
        again, at_first = asked_before.recommend([one], 10)[0], never_asked.recommend([one], 10)[0]

        assert again.rows.tolist() == at_first.rows.tolist()
        assert again.scores.tolist() == at_first.scores.tolist()
        assert not {1, 2, 3} & set(again.rows.tolist()) or not len(one.excluded)


def test_who_did_something_newer_is_never_answered_by_what_is_remembered():
    model = factors()
    model.recommend([history(3, stored_row=4, is_newer=False)], 10)

    newer = history(3, 9, stored_row=4, is_newer=True)

    expected = factors().recommend([newer], 10)[0]
    assert model.recommend([newer], 10)[0].rows.tolist() == expected.rows.tolist()
    assert (
        model.vector(newer).tolist()
        != model.vector(history(3, stored_row=4, is_newer=False)).tolist()
    )


def test_an_answer_wider_than_what_is_remembered_is_found_anew_and_is_the_same(monkeypatch):
    monkeypatch.setattr(item_vectors, "WIDEST_KEPT", 10)
    model = factors()
    known = history(3, stored_row=4, is_newer=False)

    first, second = (model.recommend([known], 10)[0] for _ in range(2))

    assert not model._heads
    assert first.rows.tolist() == second.rows.tolist()
