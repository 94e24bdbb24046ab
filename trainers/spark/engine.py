"""
The engine `spark`: who takes the dataset out of the log, and who fits which recipe, on Spark.

What grows with the square of histories, or iterates over all of them, is fitted by executors. What
is one count over the interactions is counted on the driver, by the same recipes as ever.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import ClassVar

from recommender_models.weighting import Weighting
from recommender_store.artifacts.digests import Digests
from recommender_store.event_log.reader import LogState
from trainers.datasets.snapshot import Snapshot
from trainers.errors import RecipeNotOnSpark
from trainers.recipes.protocol import Recipe
from trainers.recipes.table import recipe_named

from .session import LazySession, opened_session
from .settings import SparkSettings

ON_EXECUTORS = ("als", "bm25", "cosine", "tfidf")
COUNTED = ("co_purchase", "content", "popularity", "transitions", "trending", "vs_knn")
"""One pass over what the driver holds anyway."""


class Spark:
    """An engine that trains on executors."""

    goes_on: ClassVar[bool] = False
    """`pyspark.ml` begins each fit by chance."""

    def __init__(self, session: LazySession) -> None:
        self._session = session

    def take_snapshot(
        self,
        state: LogState,
        weighting: Weighting,
        digests: Digests,
        *,
        window_days: int | None,
        catalog_ids: Collection[str],
        threads: int | None,  # noqa: ARG002 - of this machine; Spark has its executors
    ) -> Snapshot:
        from .snapshot import take_snapshot

        return take_snapshot(
            self._session(),
            state,
            weighting,
            digests,
            window_days=window_days,
            catalog_ids=catalog_ids,
        )

    def recipe_named(self, name: str) -> Recipe:
        """
        Raises:
            RecipeNotOnSpark: names those that are.
        """
        if name in COUNTED:
            return recipe_named(name)
        if name not in ON_EXECUTORS:
            raise RecipeNotOnSpark(recipe=name, known=sorted([*ON_EXECUTORS, *COUNTED]))
        from .table import recipes

        return recipes(self._session)[name]


@contextmanager
def opened_spark(settings: SparkSettings | None = None) -> Iterator[Spark]:
    """
    An engine for the length of the block; by default as the environment has it.

    Raises:
        SparkMissing, JavaMissing, SettingInvalid: before anything is done.
    """
    with opened_session(settings or SparkSettings.from_environment()) as session:
        yield Spark(session)
