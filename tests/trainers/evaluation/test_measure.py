"""A model, asked a slot's questions."""

from dataclasses import replace

import numpy as np
import pytest

from recommender_models.mean_factors import MeanFactors
from recommender_models.popularity import PopularRanking
from recommender_models.protocol import History
from tests.trainers.evaluation.made import answer, past, questions, rows
from trainers.datasets.questions import Questions
from trainers.evaluation import measure as measuring
from trainers.evaluation.measure import answer_all, measure
from trainers.indexes.build import build_index


class Says:
    """Answers item-to-item from a table, and remembers how it was asked."""

    def __init__(self, *answers):
        self.answers = answers
        self.asked: list[tuple[int, int]] = []

    def similar_items(self, seeds, n):
        self.asked.append((len(seeds), n))
        return [self.answers[seed] for seed in seeds]


def nothing_of(items, known=None):
    """Nobody took anything of these items before."""
    return replace(past([[]], items), known=rows(*range(known or items)))


def silent(_done, _total):
    pass


def test_figures_are_means_over_owners_not_over_queries():
    model = Says(answer(9), answer(9), answer(5))
    asked = questions([(9,), (9,), (6,)], owner=[3, 3, 8])

    found = measure(model, asked, nothing_of(10), silent)

    assert found.figures["hit_rate@10"] == found.figures["recall@20"] == found.figures["mrr"] == 0.5
    assert found.ndcg_by_owner.tolist() == [1.0, 0.0]


def test_cuts_are_kept_apart():
    model = Says(answer(*range(100, 115)))

    figures = measure(model, questions([(112,)]), nothing_of(120, known=30), silent).figures

    assert (figures["recall@10"], figures["recall@20"]) == (0, 1)
    assert (figures["mrr@10"], figures["mrr@20"]) == (0, pytest.approx(1 / 13))
    assert figures["mrr"] == figures["mrr@20"]
    assert (figures["catalog_coverage@10"], figures["catalog_coverage@20"]) == (10 / 30, 15 / 30)


def test_a_model_without_answers_is_worth_nothing_and_says_so():
    figures = measure(
        Says(answer(), answer()), questions([(1,), (2,)]), nothing_of(10), silent
    ).figures

    assert figures["empty_share"] == 1
    assert all(value == 0 for name, value in figures.items() if name != "empty_share")


def test_questions_are_asked_in_blocks_and_progress_is_told(monkeypatch):
    monkeypatch.setattr(measuring, "BLOCK", 2)
    model, told = Says(*[answer(1)] * 5), []

    answers = answer_all(model, questions([(1,)] * 5), 20, lambda *said: told.append(said))

    assert len(answers) == 5
    assert model.asked == [(2, 20), (2, 20), (1, 20)]
    assert told == [(2, 5), (4, 5), (5, 5)]


@pytest.mark.parametrize(
    ("kind", "limits"), [("flat", (900, 900)), ("codes", (9, 900)), ("ivf", (9, 9))]
)
def test_answers_are_the_same_however_many_threads_ask(monkeypatch, kind, limits):
    monkeypatch.setattr(measuring, "BLOCK", 7)
    rng = np.random.default_rng(3)
    vectors = rng.normal(size=(700, 8)).astype(np.float32)
    index = build_index(vectors, exact_limit=limits[0], scan_limit=limits[1])
    model = MeanFactors(vectors, index)
    histories = [
        History(rows=some[:3], weights=np.ones(3, dtype=np.float32), excluded=np.sort(some[2:]))
        for some in rng.integers(0, 700, (60, 9)).astype(np.int32)
    ]
    asked = Questions([rows(1)] * 60, np.arange(60), histories, rows())

    alone = [model.recommend([history], 20)[0] for history in histories]
    together = [answer_all(model, asked, 20, silent, threads) for threads in (1, 3)]

    assert index.kind == kind
    for answers in together:
        for one, other in zip(answers, alone, strict=True):
            assert one.rows.tolist() == other.rows.tolist()
            assert one.scores.tolist() == other.scores.tolist()


def test_user_to_item_questions_are_asked_with_histories():
    popular = PopularRanking(rows(3, 2, 1), np.array([3, 2, 1], dtype=np.float32))
    asked = Questions([rows(2)], np.array([0]), [History(excluded=rows(3))], rows())

    assert measure(popular, asked, nothing_of(4), silent).figures["mrr"] == 1.0


def test_answers_are_as_popular_as_what_was_taken_or_more_so():
    """All of four actors took item 0, one took item 1, and item 1 was taken next."""
    known = past([[0, 1], [0], [0], [0]], items=3)

    figures = measure(Says(answer(0), answer(1)), questions([(1,), (1,)]), known, silent).figures

    assert figures["popularity@10"] == pytest.approx((1 + 1 / 4) / 2)
    assert figures["popularity_ratio@10"] == pytest.approx(2.5)
    assert figures["novelty@5"] == pytest.approx((0 + 2) / 2)
    assert figures["gini@5"] == pytest.approx(1 / 3)
    assert "intra_list_similarity@10" not in figures, "there is no list of two"


def test_breadth_counts_an_owner_once_too():
    known = past([[0, 1], [0], [0], [0]], items=3)
    model = Says(answer(0), answer(0), answer(1), answer())

    figures = measure(model, questions([(2,)] * 4, owner=[5, 5, 6, 7]), known, silent).figures

    assert figures["popularity@10"] == pytest.approx((1 + 1 / 4) / 2)
    assert "popularity_ratio@10" not in figures, "nobody had taken what was taken next"
