"""What answering as it is served loses against scoring every item: less than a hundredth."""

from dataclasses import replace

import numpy as np
import pytest

from recommender_models.blend import Blend
from recommender_models.bundle import KINDS
from recommender_models.index_search import ItemIndex
from recommender_models.neighbours import NeighbourLists
from tests.conformance.test_recipes import fitted, world
from tests.worlds.long_tail import long_tail
from trainers.datasets.questions import ask_for_you
from trainers.datasets.split import split_by_time
from trainers.evaluation.exactness import exactness
from trainers.evaluation.full_ranking import history_of
from trainers.evaluation.measure import answer_all
from trainers.evaluation.ranking import shown
from trainers.indexes import build

ITEMS = 2_000
TAIL = world(long_tail(users=900, items=ITEMS, events=60_000, tastes=12).interactions)
SPLIT = split_by_time(TAIL.data.interactions, 0.1)
MATRIX = SPLIT.train.matrix(TAIL.data.matrix.shape)
DATA = replace(TAIL.data, matrix=MATRIX, interactions=SPLIT.train)
QUESTIONS = ask_for_you(SPLIT, len(TAIL.users), lambda user: history_of(MATRIX, user))
SMOOTH = {"factors": 32, "regularization": 20.0, "iterations": 5}


def loss(model, folder) -> float:
    """Of the model as it is opened from its files."""
    model.save(folder)
    opened = KINDS[model.KIND].from_path(folder)
    table = shown(answer_all(opened, QUESTIONS, 20, lambda *_: None), 20)
    found = exactness(opened, QUESTIONS, MATRIX.shape[1], table)
    assert found["exact_ndcg@10"] > 0.05
    return found["exact_loss@10"]


@pytest.fixture(params=["flat", "codes", "ivf"])
def kind(request, monkeypatch) -> str:
    """Whichever index is built, as if the catalog were that large."""
    exact, scan = {"flat": (5_000, 5_000), "codes": (10, 5_000), "ivf": (10, 10)}[request.param]
    defaults = (None, build.LEAST_RECALL, exact, scan)
    monkeypatch.setattr(build.build_index, "__defaults__", defaults)
    return request.param


def test_an_index_of_any_kind_loses_less_than_a_hundredth(kind, tmp_path):
    model = fitted("als", DATA, **SMOOTH)

    assert model.index.kind == kind
    assert loss(model, tmp_path) < 0.01


def test_a_blend_that_looks_at_some_hundred_candidates_loses_less_than_a_hundredth(kind, tmp_path):
    parts = [fitted("als", DATA, **SMOOTH), fitted("graph_filter", DATA, factors=32)]

    assert parts[0].index.kind == kind
    assert loss(Blend(parts, [0.4, 0.6]), tmp_path) < 0.01


@pytest.mark.parametrize("recipe", ["ease", "graph_filter", "rp3beta"])
def test_rows_that_are_cut_to_their_greatest_entries_lose_less_than_a_hundredth(recipe):
    ndcg = [
        shown_ndcg(
            fitted(recipe, DATA, kept=kept, **({"factors": 64} if "graph" in recipe else {}))
        )
        for kept in (400, ITEMS)
    ]

    assert ndcg[0] > 0.99 * ndcg[1] > 0.05


def shown_ndcg(model) -> float:
    table = shown(answer_all(model, QUESTIONS, 20, lambda *_: None), 20)
    return exactness(model, QUESTIONS, MATRIX.shape[1], table)["exact_ndcg@10"]


def test_an_index_that_misses_what_is_best_is_told_by_what_it_loses(tmp_path):
    model = fitted("als", DATA, **SMOOTH)
    vectors = np.asarray(model.item_factors)
    seldom = np.argsort(MATRIX.getnnz(axis=0))[: ITEMS // 2]
    without_the_head = np.zeros_like(vectors)
    without_the_head[seldom] = vectors[seldom]
    model._index = build.build_index(without_the_head)

    assert isinstance(model.index, ItemIndex)
    assert loss(model, tmp_path) > 0.5


def test_what_is_looked_up_has_nothing_to_lose():
    lists = NeighbourLists(np.zeros((3, 1), np.int32), np.ones((3, 1), np.float32))
    seeds = replace(QUESTIONS, histories=[], seeds=np.zeros(len(QUESTIONS), np.int32))

    assert exactness(lists, seeds, 3, np.zeros((len(QUESTIONS), 20), np.int32)) == {}
