"""
Ask a model a slot's questions and hold its answers against what was right.

The model is the one that will be served, opened from its files; nothing here scores by itself.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender_models.protocol import ForYou, Ranked, SimilarItems
from trainers.datasets.questions import Questions
from trainers.recipes.protocol import Progress

from .breadth import catalog_coverage, empty_share, reachable_coverage
from .ranking import hit, hits, ndcg, recall, reciprocal_rank

CUTS = (10, 20)
BLOCK = 512


@dataclass(frozen=True)
class Measurement:
    """How one model did on one slot's questions."""

    figures: dict[str, float]
    """Means over owners: recall@k, ndcg@k, hit_rate@k, mrr, coverage@k, empty_share, …"""
    ndcg_by_owner: NDArray[np.float64]
    """NDCG@10 of each owner, in order of the owners; what models are compared by."""


def answer_all(model: object, questions: Questions, k: int, progress: Progress) -> list[Ranked]:
    """The model's own answers, in blocks, as it will be asked when it serves."""
    answers: list[Ranked] = []
    for start in range(0, len(questions), BLOCK):
        part = slice(start, start + BLOCK)
        if questions.histories and isinstance(model, ForYou):
            answers += model.recommend(questions.histories[part], k)
        elif isinstance(model, SimilarItems):
            answers += model.similar_items(questions.seeds[part], k)
        progress(min(start + BLOCK, len(questions)), len(questions))
    return answers


def measure(
    model: object, questions: Questions, item_count: int, progress: Progress
) -> Measurement:
    """
    Args:
        model: answers item-to-item or user-to-item, as the questions ask.
        questions: at least one.
        item_count: how many items had a chance to be shown.
        progress: called with queries done and in all.
    """
    answers = answer_all(model, questions, max(CUTS), progress)
    counts = np.array([len(rows) for rows in questions.relevant], dtype=np.int64)
    found = hits(answers, questions.relevant, max(CUTS))
    figures: dict[str, float] = {}
    for k in CUTS:
        by_query = {
            f"recall@{k}": recall(found[:, :k], counts),
            f"ndcg@{k}": ndcg(found[:, :k], counts),
            f"hit_rate@{k}": hit(found[:, :k]),
        }
        figures |= {
            name: float(_by_owner(values, questions).mean()) for name, values in by_query.items()
        }
        figures[f"catalog_coverage@{k}"] = catalog_coverage(answers, k, item_count)
    figures["mrr"] = float(_by_owner(reciprocal_rank(found), questions).mean())
    figures["reachable_coverage@10"] = reachable_coverage(answers, 10, item_count)
    figures["empty_share"] = empty_share(answers)
    return Measurement(figures, _by_owner(ndcg(found[:, :10], counts), questions))


def _by_owner(values: NDArray[np.float64], questions: Questions) -> NDArray[np.float64]:
    """The mean of each owner's queries."""
    _, where = np.unique(questions.owner, return_inverse=True)
    means: NDArray[np.float64] = np.bincount(where, weights=values) / np.bincount(where)
    return means
