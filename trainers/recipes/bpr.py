"""
Bayesian personalised ranking from `implicit`: factors learned by stochastic descent from pairs of
an item that somebody has and one that they have not (Rendle, Freudenthaler, Gantner and
Schmidt-Thieme, "BPR: Bayesian Personalized Ranking from Implicit Feedback", UAI 2009).

`implicit` lets its threads race for the same factors. Here one thread does the work, so that the
same data and seed give the same model; `threads` changes nothing.

BPR knows no fold-in, and the users' vectors that it learns are not kept: everybody is answered by
the mean of their items' vectors. So a stranger is answered as a user is, and what was measured is
what serves. On MovieLens and Gowalla the mean also ranks better than the learned vectors.
"""

from typing import Annotated, ClassVar

import numpy as np
from implicit.bpr import BayesianPersonalizedRanking
from implicit.recommender_base import ModelFitError
from pydantic import Field
from scipy import sparse

from recommender_models.mean_factors import MeanFactors
from recommender_store.artifacts.manifest import SlotName
from trainers.errors import ModelDiverged
from trainers.indexes.build import QUERIES, Vectors, build_index

from .device import ON_GPU
from .protocol import Parameters, Progress, TrainingData
from .sought import Sought


class BprParameters(Parameters):
    """Those of the descent. That somebody has an item counts, not how much was said for it."""

    factors: Annotated[int, Field(ge=4, le=1024), Sought(64, 256, log=True)] = 64
    """Beside these each item has a bias."""
    learning_rate: Annotated[float, Field(gt=0, le=1), Sought(0.005, 0.1, log=True)] = 0.01
    regularization: Annotated[float, Field(ge=0, le=1), Sought(0.002, 0.05, log=True)] = 0.01
    iterations: Annotated[int, Field(ge=1, le=1000), Sought(50, 200)] = 100
    """In each, as many pairs are drawn as there are entries of users with items."""


class Bpr:
    """Fits `MeanFactors`."""

    name: ClassVar[str] = "bpr"
    slots: ClassVar[tuple[SlotName, ...]] = ("for_you",)
    parameters: ClassVar[type[Parameters]] = BprParameters

    def fit(
        self,
        data: TrainingData,
        parameters: BprParameters,
        progress: Progress,
        rng: np.random.Generator,
    ) -> MeanFactors:
        matrix = data.people
        if not matrix.nnz:
            progress(parameters.iterations, parameters.iterations)
            nothing = np.zeros((matrix.shape[1], parameters.factors + 1), dtype=np.float32)
            return MeanFactors(nothing, build_index(nothing))
        model = BayesianPersonalizedRanking(
            factors=parameters.factors,
            learning_rate=parameters.learning_rate,
            regularization=parameters.regularization,
            iterations=parameters.iterations,
            num_threads=1,
            random_state=int(rng.integers(2**31)),
            use_gpu=ON_GPU,
        )
        try:
            model.fit(
                matrix,
                show_progress=False,
                callback=lambda done, *_: progress(done + 1, parameters.iterations),
            )
        except ModelFitError as error:
            raise ModelDiverged(recipe=self.name) from error
        # An item that nobody did anything with has been given no vector: all zeros.
        item_factors = (model.to_cpu() if ON_GPU else model).item_factors
        asked = _means(item_factors, matrix[:QUERIES])
        return MeanFactors(item_factors, build_index(item_factors, asked, data.least_recall))


def _means(item_factors: Vectors, matrix: sparse.csr_matrix) -> Vectors:
    """What some users are answered by, as `MeanFactors` has it."""
    said = matrix.log1p()
    sums = np.maximum(np.asarray(said.sum(axis=1)), np.finfo(np.float32).tiny)
    means: Vectors = np.asarray(said @ item_factors / sums, dtype=np.float32)
    means[:, -1] = means.any(axis=1)
    return means
