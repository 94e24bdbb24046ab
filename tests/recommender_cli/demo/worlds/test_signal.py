"""A demo world can be learnt: on its last day, who knows the tastes beats who knows what sells."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from implicit.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from recommender_cli.demo.worlds.world import THEMES, build_world

END = datetime(2026, 11, 20, 12, tzinfo=UTC)
WEIGHT = {"click": 0.5, "view": 1.0, "favorite": 3.0, "cart": 3.0, "purchase": 5.0}
HALF_LIFE_DAYS = 7.0
K = 10


def ndcg(ranked: np.ndarray, wanted: set[int]) -> float:
    discount = 1 / np.log2(np.arange(2, K + 2))
    hits = np.isin(ranked[:K], list(wanted))
    return float((discount * hits).sum() / discount[: len(wanted)].sum())


def unseen_first(scores: np.ndarray, seen: np.ndarray) -> np.ndarray:
    scores = scores.copy()
    scores[seen] = -np.inf
    return np.argsort(-scores, kind="stable")


def learnt_and_wanted(world):
    """Return the matrix before the last day, popularity then, and what each user did new on it."""
    rows = {user_id: row for row, user_id in enumerate(world.tastes)}
    columns = {item["item_id"]: column for column, item in enumerate(world.items)}
    cut = END - timedelta(days=1)
    matrix = np.zeros((len(rows), len(columns)), dtype=np.float32)
    popularity = np.zeros(len(columns))
    last_day = defaultdict(set)
    for event in world.events():
        if event.kind in WEIGHT and event.occurred_at < cut:
            age_days = (cut - event.occurred_at) / timedelta(days=1)
            place = rows[event.user_id], columns[event.item_id]
            matrix[place] += WEIGHT[event.kind]
            popularity[place[1]] += WEIGHT[event.kind] * 0.5 ** (age_days / HALF_LIFE_DAYS)
        elif event.kind in WEIGHT:
            last_day[rows[event.user_id]].add(columns[event.item_id])
    new = {user: items - set(matrix[user].nonzero()[0]) for user, items in last_day.items()}
    return (
        matrix,
        popularity,
        {u: wanted for u, wanted in new.items() if wanted and matrix[u].any()},
    )


@pytest.mark.parametrize("name", sorted(THEMES))
def test_factors_beat_popularity_twice_over_on_the_last_day(name):
    world = build_world(name, seed=7, users=1500, items=400, days=45, end=END)
    matrix, popularity, wanted = learnt_and_wanted(world)
    with threadpool_limits(1):
        model = AlternatingLeastSquares(factors=64, random_state=1, num_threads=1)
        model.fit(csr_matrix(matrix), show_progress=False)
    scores = {user: model.item_factors @ model.user_factors[user] for user in wanted}
    seen = {user: matrix[user].nonzero()[0] for user in wanted}

    by_taste = np.mean([ndcg(unseen_first(scores[u], seen[u]), wanted[u]) for u in wanted])
    by_sales = np.mean([ndcg(unseen_first(popularity, seen[u]), wanted[u]) for u in wanted])

    assert len(wanted) > 80
    assert by_taste > 2 * by_sales
