"""
Where `implicit` fits: on a graphics card, where there is one that it can use.

Threads of a card add up in whichever order they end, so that two fits there differ a little.
"""

import implicit.gpu
import numpy as np
from numpy.typing import NDArray

ON_GPU: bool = implicit.gpu.HAS_CUDA
FITTED_THERE = frozenset({"als", "bpr"})
"""Recipes, by name."""


def there(vectors: NDArray[np.float32]) -> object:
    """Vectors to begin with, where the fit wants them."""
    return implicit.gpu.Matrix(vectors) if ON_GPU else vectors
