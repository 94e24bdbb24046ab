"""Answers and measurements made by hand."""

import numpy as np

from recommender_models.protocol import Ranked
from trainers.datasets.questions import Questions
from trainers.evaluation.measure import Measurement
from trainers.evaluation.past import Past


def rows(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.int32)


def answer(*numbers: int) -> Ranked:
    return Ranked(rows(*numbers), np.linspace(1, 0.1, len(numbers), dtype=np.float32))


def questions(relevant: list[tuple[int, ...]], owner: list[int] | None = None) -> Questions:
    """Item-to-item questions; the n-th asks for item n."""
    count = len(relevant)
    return Questions(
        [rows(*one) for one in relevant],
        np.array(owner if owner is not None else range(count), dtype=np.int64),
        [],
        np.arange(count, dtype=np.int32),
    )


def past(taken: list[list[int]], items: int) -> Past:
    """A row an actor: what was taken. All items are known."""
    actor = [at for at, had in enumerate(taken) for _ in had]
    item = [one for had in taken for one in had]
    return Past.of(rows(*range(items)), rows(*actor), rows(*item), (len(taken), items))


def measurement(ndcg, coverage: float = 0.5, empty: float = 0.0) -> Measurement:
    values = np.asarray(ndcg, dtype=np.float64)
    figures = {
        "ndcg@10": float(values.mean()) if len(values) else float("nan"),
        "reachable_coverage@10": coverage,
        "empty_share": empty,
    }
    return Measurement(figures, values)
