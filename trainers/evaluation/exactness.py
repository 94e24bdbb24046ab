"""
What answering as it is served loses: the same model with every item scored and nothing cut short,
on the same questions. Pure.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from recommender_models.protocol import RanksAmong
from trainers.datasets.questions import Questions

from .ranking import Shown, accuracy, among, shown

K = 10
QUESTIONS = 500
"""So many show a loss of a hundredth."""
SCORES_LIMIT = 100_000_000
"""Items scored in all: of a large catalog fewer questions are asked, a minute's worth."""
LEAST_QUESTIONS = 50


def exactness(
    model: object, questions: Questions, item_count: int, table: Shown, threads: int = 1
) -> dict[str, float]:
    """
    `exact_ndcg@10`, and `exact_loss@10`, the share of it that is lost on the way.

    Nothing where the model does not answer by scoring items for a history.

    Args:
        model: as it was opened from its files.
        questions: all of them; some, spread evenly, are asked.
        item_count: rows of the vocabulary.
        table: [questions, at least 10] what the model answered.
        threads: that score at once.
    """
    if not questions.histories or not isinstance(model, RanksAmong):
        return {}
    count = min(len(questions), QUESTIONS, max(LEAST_QUESTIONS, SCORES_LIMIT // item_count))
    asked = np.linspace(0, len(questions) - 1, count).astype(int)
    every = np.arange(item_count, dtype=np.int32)
    with ThreadPoolExecutor(threads) as pool:
        exact = list(
            pool.map(lambda one: model.rank_among(questions.histories[one], every, K), asked)
        )
    right, counts = [questions.relevant[one] for one in asked], questions.counts[asked]
    best, served = (
        float(accuracy(among(rows, right), counts, (K,))[f"ndcg@{K}"].mean())
        for rows in (shown(exact, K), table[asked, :K])
    )
    figures = {f"exact_ndcg@{K}": best}
    return figures | ({f"exact_loss@{K}": 1 - served / best} if best > 0 else {})
