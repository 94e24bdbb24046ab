"""
The table of recipes that executors fit: a new one is one file and one line here.
"""

from collections.abc import Callable

from pyspark.sql import SparkSession

from trainers.recipes.protocol import Recipe

from .als import AlsOnSpark
from .neighbours import Bm25OnSpark, CosineOnSpark, TfIdfOnSpark


def recipes(session: Callable[[], SparkSession]) -> dict[str, Recipe]:
    """By name; they ask for the session when they fit."""
    on_spark: tuple[Recipe, ...] = (
        AlsOnSpark(session),
        CosineOnSpark(session),
        TfIdfOnSpark(session),
        Bm25OnSpark(session),
    )
    return {recipe.name: recipe for recipe in on_spark}
