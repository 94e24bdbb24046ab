"""
A foreign log in whole: which files hold events and which hold items, and how each is mapped.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from recommender_api.foreign_logs.guess.look import Look
from recommender_api.foreign_logs.item_mapping import ItemMapping
from recommender_api.foreign_logs.mapping import LogMapping


@dataclass(frozen=True)
class ForeignLog:
    """Without ``item_paths``, the items are what ``mapping.items`` says of the events' rows."""

    paths: tuple[Path, ...]
    mapping: LogMapping
    item_paths: tuple[Path, ...] = ()
    item_mapping: ItemMapping | None = None


@dataclass(frozen=True)
class BuiltInFormat:
    """One known log: how it is told, and what it is then."""

    name: str
    event_files: tuple[str, ...]
    """What its file of events is called in its folder, without the ending of a compression."""
    recognise: Callable[[Look], bool]
    plan: Callable[[Look], ForeignLog]
