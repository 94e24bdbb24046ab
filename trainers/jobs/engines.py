"""
Where the heavy steps of a training run: this machine, or Spark. Chosen here and nowhere else.

Both take the same dataset out of a log and fit the same kinds of models; checks, measuring, gate
and publishing do not know which it was.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import ClassVar, Literal, Protocol

from recommender_models.weighting import Weighting
from recommender_store.artifacts.digests import Digests
from recommender_store.event_log.reader import LogState
from trainers.datasets.snapshot import Snapshot, take_snapshot
from trainers.recipes.protocol import Recipe
from trainers.recipes.table import recipe_named

EngineName = Literal["local", "spark"]


class Engine(Protocol):
    """What differs between the places."""

    goes_on: ClassVar[bool]
    """Whether fits there go on from an earlier model's factors."""

    def take_snapshot(
        self,
        state: LogState,
        weighting: Weighting,
        digests: Digests,
        *,
        window_days: int | None,
        catalog_ids: Collection[str],
        threads: int | None,
    ) -> Snapshot:
        """As `trainers.datasets.snapshot.take_snapshot`."""
        ...

    def recipe_named(self, name: str) -> Recipe:
        """
        The recipe that fits there.

        Raises:
            RecipeUnknown, and what an engine raises that has no such recipe.
        """
        ...


class ThisMachine:
    """DuckDB takes the dataset, implicit and numpy fit."""

    goes_on: ClassVar[bool] = True
    take_snapshot = staticmethod(take_snapshot)
    recipe_named = staticmethod(recipe_named)


@contextmanager
def opened_engine(name: EngineName) -> Iterator[Engine]:
    """
    An engine for the length of the block.

    Raises:
        SparkMissing, JavaMissing, SettingInvalid: where what it needs is not there.
    """
    if name == "local":
        yield ThisMachine()
        return
    from trainers.spark.engine import opened_spark

    with opened_spark() as spark:
        yield spark
