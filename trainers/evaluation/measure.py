"""
Ask a model a slot's questions and hold its answers against what was right.

The model is the one that will be served, opened from its files; nothing here scores by itself.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from recommender_models.protocol import ForYou, Ranked, SimilarItems
from trainers.datasets.questions import Questions
from trainers.recipes.protocol import Progress

from .breadth import (
    catalog_coverage,
    consumed_popularity,
    empty_share,
    gini,
    intra_list_similarity,
    novelty,
    popularity,
    reachable_coverage,
)
from .past import Past
from .ranking import Shown, accuracy, among, by_owner, shown

CUTS = (5, 10, 20)
BLOCK = 512

NOBODY: Shown = np.empty((0, max(CUTS)), dtype=np.int32)


@dataclass(frozen=True)
class Measurement:
    """How one model did on one slot's questions."""

    figures: dict[str, float]
    """Means over owners: recall@k, ndcg@k, …; of all answers: catalog_coverage@k, gini@k, …"""
    ndcg_by_owner: NDArray[np.float64]
    """NDCG@10 of each owner, in order of the owners; what models are compared by."""
    table: Shown = field(default_factory=lambda: NOBODY)
    """[questions, 20] what was answered."""


def answer_all(
    model: object, questions: Questions, k: int, progress: Progress, threads: int = 1
) -> list[Ranked]:
    """
    The model's own answers, as it will be asked when it serves.

    In blocks, each asked by one of the threads: an index is searched beside what else an answer
    takes, and no answer depends on how many ask.
    """

    def answered(start: int) -> list[Ranked]:
        part = slice(start, start + BLOCK)
        if questions.histories and isinstance(model, ForYou):
            return model.recommend(questions.histories[part], k)
        return (
            model.similar_items(questions.seeds[part], k) if isinstance(model, SimilarItems) else []
        )

    answers: list[Ranked] = []
    starts = range(0, len(questions), BLOCK)
    with ThreadPoolExecutor(threads) as pool:
        for start, found in zip(starts, pool.map(answered, starts), strict=True):
            answers += found
            progress(min(start + BLOCK, len(questions)), len(questions))
    return answers


def measure(
    model: object, questions: Questions, past: Past, progress: Progress, threads: int = 1
) -> Measurement:
    """
    Args:
        model: answers item-to-item or user-to-item, as the questions ask.
        questions: at least one.
        past: what there was to learn from.
        progress: called with queries done and in all.
        threads: that ask at once.
    """
    table = shown(answer_all(model, questions, max(CUTS), progress, threads), max(CUTS))
    figures, ndcg_by_owner = figures_of(table, questions, past)
    return Measurement(figures, ndcg_by_owner, table)


def figures_of(
    table: Shown, questions: Questions, past: Past
) -> tuple[dict[str, float], NDArray[np.float64]]:
    """All figures of answers [questions, 20], and NDCG@10 of each owner."""
    found = among(table, questions.relevant)
    by_question = accuracy(found, questions.counts, CUTS)
    figures = {
        name: float(by_owner(values, questions.owner).mean())
        for name, values in by_question.items()
    }
    figures["mrr"] = figures[f"mrr@{max(CUTS)}"]
    ndcg_by_owner = by_owner(by_question["ndcg@10"], questions.owner)
    return figures | breadth(table, questions, past), ndcg_by_owner


def breadth(table: Shown, questions: Questions, past: Past) -> dict[str, float]:
    """What the answers are like, right or not."""
    items = len(past.known)
    figures = {f"catalog_coverage@{k}": catalog_coverage(table[:, :k], items) for k in CUTS}
    figures["reachable_coverage@10"] = reachable_coverage(table[:, :10], items)
    figures["empty_share"] = empty_share(table)
    answered = questions.owner[table[:, 0] >= 0]
    if not len(answered):
        return figures
    taken = consumed_popularity(questions.relevant, past)
    had = np.isfinite(taken)
    consumed = float(by_owner(taken[had], questions.owner[had]).mean()) if had.any() else 0.0
    for k in CUTS:
        head = table[:, :k]
        figures[f"gini@{k}"] = gini(head, items)
        figures[f"novelty@{k}"] = float(by_owner(novelty(head, past), answered).mean())
        shown_popularity = float(by_owner(popularity(head, past), answered).mean())
        figures[f"popularity@{k}"] = shown_popularity
        if consumed:
            figures[f"popularity_ratio@{k}"] = shown_popularity / consumed
    alike = intra_list_similarity(table[:, :10], past)
    return figures if alike is None else figures | {"intra_list_similarity@10": alike}
