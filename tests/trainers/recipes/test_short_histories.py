"""Users with few items get the vectors of the large system from the small one."""

import numpy as np
import pytest
from scipy import sparse

from trainers.recipes import short_histories
from trainers.recipes.short_histories import solve_short

RNG = np.random.default_rng(5)
FACTORS = RNG.normal(size=(40, 6)).astype(np.float32)
GRAM = FACTORS.T @ FACTORS + np.float32(0.01) * np.eye(6, dtype=np.float32)
NOBODY = sparse.csr_matrix((1, 40), dtype=np.float32)
CONFIDENCES = sparse.vstack([NOBODY, sparse.random(30, 40, 0.1, random_state=7)], "csr", np.float32)
CONFIDENCES.data = 1 + 30 * CONFIDENCES.data


def solved_in_full(user):
    row = CONFIDENCES[user]
    items, sure = FACTORS[row.indices].astype(np.float64), row.data
    return np.linalg.solve(GRAM + items.T @ (items * (sure - 1)[:, None]), items.T @ sure)


def test_a_short_history_gives_what_the_system_of_all_factors_gives():
    lengths = np.diff(CONFIDENCES.indptr)
    assert {0, 1, 2, 3, 4, 5} <= set(lengths.tolist())

    solved = solve_short(CONFIDENCES, FACTORS, GRAM, 4)

    for user, length in enumerate(lengths):
        if 1 <= length <= 4:
            assert solved[user] == pytest.approx(solved_in_full(user), rel=1e-4, abs=1e-5)
        else:
            assert not solved[user].any()


def test_a_vector_does_not_depend_on_who_is_solved_beside(monkeypatch):
    together = solve_short(CONFIDENCES, FACTORS, GRAM, 6)

    monkeypatch.setattr(short_histories, "GATHERED", 1)

    assert solve_short(CONFIDENCES, FACTORS, GRAM, 6).tolist() == together.tolist()
