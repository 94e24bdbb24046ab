"""
Packing a catalog's changes: the newest value of each field, and no older ones.

What is known is folded and written under a writer of its own, with the stamps that decide what is
newest, then the segments that were read are deleted. Folding is independent of order and of
repetition, so that nothing has to happen at one moment: killed in between, or done by two at once,
some changes are merely told twice; what is appended meanwhile stays where it is.
"""

from dataclasses import dataclass

from recommender_store.objects.append_log import AppendLog, Segment, new_writer_id
from recommender_store.objects.scope import Scope

from .change import ItemChange
from .state import CatalogState

PACKED = "packed-"
"""Begins the names of the writers that packed."""

SEGMENTS_LIMIT = 16
"""Fewer small segments are not worth it."""


@dataclass(frozen=True)
class Packing:
    """What packing did, or would do."""

    segments: int = 0
    """Deleted, since what they say stands in newer ones."""
    changes_before: int = 0
    changes_after: int | None = None
    """None where it was only planned."""


def due_for_packing(log: AppendLog) -> tuple[Segment, ...]:
    """All segments, where enough has come since they were packed last."""
    segments = tuple(log.segments())
    packed = {segment.writer for segment in segments if segment.writer.startswith(PACKED)}
    loose = sum(segment.writer not in packed for segment in segments)
    return segments if loose > SEGMENTS_LIMIT or len(packed) > 1 else ()


def packing_writer(scope: Scope) -> AppendLog:
    """A log to write packed changes to, under a name that was never used."""
    return AppendLog(scope, PACKED + new_writer_id())


def planned(segments: tuple[Segment, ...]) -> Packing:
    return Packing(len(segments), sum(segment.name.line_count for segment in segments))


def folded(state: CatalogState) -> list[ItemChange]:
    """The fewest changes that say what the state says."""
    return [change for item_id, item in state for change in item.changes(item_id)]
