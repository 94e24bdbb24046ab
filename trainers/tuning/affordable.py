"""
About what fitting a recipe costs, before it is tried: only where the catalog alone can make it
cost more than any search has. Pure.
"""

from trainers.recipes.protocol import TrainingData

FLOPS_A_CPU_SECOND = 8e10
"""Of a Cholesky factorization and inverse in float32, one modern core with AVX2, cautiously."""


def fit_cpu_s(recipe: str, data: TrainingData) -> float:
    """CPU-seconds: EASE inverts items × items; the others grow with the events."""
    if recipe == "ease":
        return float(data.matrix.shape[1]) ** 3 / FLOPS_A_CPU_SECOND
    return 0.0
