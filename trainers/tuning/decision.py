"""
The last word of a search: what it found, or the blend that is the default anyway.

What was found is the best of many on the users that judged it, and flattered by that. So both are
asked about users that no trial was judged by, and the default goes where nothing speaks against it.
"""

import numpy as np
from numpy.typing import NDArray

from recommender_models.blend import Blend
from trainers.errors import CatalogTooLarge, ModelDiverged
from trainers.evaluation.ranking import hits, ndcg
from trainers.recipes.blend import BlendParameters

from .fits import Fits
from .holding_back import HeldBack
from .under_way import Report

K = 20


def decide(found: BlendParameters, fits: Fits, fresh: HeldBack, report: Report) -> BlendParameters:
    """What was found, where users who were not asked before are better off with it."""
    default = BlendParameters()
    if not fresh.histories:
        return found
    try:
        ours, others = (qualities(fits.blend(each), fresh) for each in (found, default))
    except (ModelDiverged, CatalogTooLarge) as error:
        report(f"the default blend cannot be fitted: {error}")
        return found
    report(
        f"for {len(ours)} users that no trial was judged by, NDCG@{K} is {ours.mean():.4f} with "
        f"what was found and {others.mean():.4f} with the default blend"
    )
    return found if ours.mean() > others.mean() else default


def qualities(model: Blend, held: HeldBack) -> NDArray[np.float64]:
    """NDCG@20 of each user."""
    answers = model.recommend(held.histories, K)
    counts = np.array([len(rows) for rows in held.relevant], dtype=np.int64)
    return ndcg(hits(answers, held.relevant, K), counts)
