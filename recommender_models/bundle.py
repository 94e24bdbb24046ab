"""
A bundle, opened: its vocabularies, what its users have seen, and the models in its slots.

Everything is mapped from files that were verified when they entered the local cache. This is the
one place where the trainer's measurement, the command line and the API meet a model.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, Self

import msgspec
import numpy as np

from recommender_store.artifacts.arrays import map_array
from recommender_store.artifacts.digests import Digests
from recommender_store.artifacts.errors import ArtifactFormatUnknown
from recommender_store.artifacts.known_users import KnownUsers, open_users
from recommender_store.artifacts.manifest import Manifest, SlotName, SlotRecord
from recommender_store.artifacts.vocabulary import Vocabulary

from .blend import PART_KINDS, Blend, PartModel
from .carried import CarriedDescriptions, CarriedOver
from .described import DescribedLists
from .popularity import PopularRanking
from .protocol import ForYou, History, Rows, Scores, SimilarItems
from .seen import EVERY_KIND, NOTHING_SEEN, SeenItems, kind_bit
from .session_neighbours import SessionNeighbours
from .weighting import Weighting

KINDS: dict[str, type[PartModel | PopularRanking | Blend | SessionNeighbours]] = PART_KINDS | {
    one.KIND: one for one in (PopularRanking, Blend, DescribedLists, SessionNeighbours)
}
"""What the files of a slot may be, and what opens them."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

REMAP = "rows_here.npy"
"""A carried-over slot's translation of rows."""


class RecentEvent(NamedTuple):
    """One event of a user, as live history knows it."""

    kind: str
    item_id: str
    at_ms: int
    value: float | None = None


@dataclass(frozen=True)
class Bundle:
    """One version's models, ready to answer."""

    manifest: Manifest
    items: Vocabulary
    users: KnownUsers
    seen: SeenItems
    weighting: Weighting
    slots: dict[SlotName, object]

    @classmethod
    def open(cls, manifest: Manifest, folder: Path, digests: Digests | None = None) -> Self:
        """
        Open the files that `ModelCatalogue.open` or a trainer's workspace holds.

        Args:
            manifest: says what they are.
            folder: where they lie.
            digests: the tenant's, to find users by their ids; None: they are asked for by `known`.

        Raises:
            ArtifactFormatUnknown: where a slot is of a kind that this code does not know.
        """
        items = Vocabulary.open(folder / "items.marisa")
        return cls(
            manifest=manifest,
            items=items,
            users=open_users(manifest, folder, digests),
            seen=SeenItems.from_path(folder),
            weighting=msgspec.json.decode((folder / "weighting.json").read_bytes(), type=Weighting),
            slots={
                name: _open_slot(manifest.version, record, folder / name, len(items))
                for name, record in manifest.slots.items()
            },
        )

    @cached_property
    def similar(self) -> SimilarItems | None:
        slot = self.slots.get("similar")
        return slot if isinstance(slot, SimilarItems) else None

    @cached_property
    def bought_together(self) -> SimilarItems | None:
        slot = self.slots.get("bought_together")
        return slot if isinstance(slot, SimilarItems) else None

    @cached_property
    def content(self) -> SimilarItems | None:
        """By titles and attributes alone: also for items that nobody did anything with yet."""
        slot = self.slots.get("content")
        return slot if isinstance(slot, SimilarItems) else None

    @cached_property
    def for_you(self) -> ForYou | None:
        slot = self.slots.get("for_you")
        return slot if isinstance(slot, ForYou) else None

    @cached_property
    def next(self) -> ForYou | None:
        """Asked with what was done last (`visit.visit_history`), not with all of a user's past."""
        slot = self.slots.get("next")
        return slot if isinstance(slot, ForYou) else None

    @cached_property
    def popular(self) -> PopularRanking | None:
        slot = self.slots.get("popular")
        return slot if isinstance(slot, PopularRanking) else None

    @cached_property
    def trending(self) -> PopularRanking | None:
        slot = self.slots.get("trending")
        return slot if isinstance(slot, PopularRanking) else None

    @property
    def data_until(self) -> datetime:
        return self.manifest.data_until

    @cached_property
    def _until_ms(self) -> int:
        # In whole numbers: a float of seconds may be a millisecond off.
        return (self.data_until - _EPOCH) // timedelta(milliseconds=1)

    def known(self, row: int) -> History:
        """A user as the bundle alone knows one, by row."""
        return self.history_with(row, {}, set())

    def history(
        self,
        user_id: str | None,
        recent: Iterable[RecentEvent] = (),
        *,
        seen_kinds: int = EVERY_KIND,
        also_excluded: Iterable[str] = (),
    ) -> History:
        """
        A user as the models see one: what the bundle knows, and what happened since.

        Args:
            user_id: None for somebody without an id.
            recent: live events, in any order; those before `data_until` only exclude.
            seen_kinds: bits of the kinds of events that exclude an item (see `seen.kind_bit`).
            also_excluded: further ids that must not come back.
        """
        newer, excluded = self._told(recent, seen_kinds)
        excluded.update(self.items.row(item_id) for item_id in also_excluded)
        excluded.discard(-1)
        stored = self.users.row(user_id) if user_id is not None else -1
        return self.history_with(stored, newer, excluded, seen_kinds=seen_kinds)

    def history_with(
        self,
        stored: int,
        newer: dict[int, float],
        excluded: set[int],
        *,
        seen_kinds: int = EVERY_KIND,
    ) -> History:
        """
        The same, of what happened since by row.

        Args:
            stored: the user's row; -1 for whom the bundle does not know.
            newer: row → what live events newer than the models say for it, above zero.
            excluded: rows that must not come back, beside those that the bundle knows of.
            seen_kinds: bits of the kinds of events that exclude an item (see `seen.kind_bit`).
        """
        rows, weights, kinds = self.seen.of(stored) if stored >= 0 else NOTHING_SEEN
        seen = rows[(kinds & seen_kinds) != 0]
        rows, weights = _adding(rows, weights, newer)
        return History(
            rows=rows,
            weights=weights,
            stored_row=stored,
            is_newer=bool(newer) or stored < 0,
            excluded=_joined(seen, excluded),
        )

    def _told(
        self, recent: Iterable[RecentEvent], seen_kinds: int
    ) -> tuple[dict[int, float], set[int]]:
        """What live events newer than the models say of each row, and rows that they exclude."""
        newer: dict[int, float] = {}
        excluded: set[int] = set()
        for event in recent:
            row = self.items.row(event.item_id)
            if row < 0:
                continue
            if kind_bit(event.kind) & seen_kinds:
                excluded.add(row)
            if event.at_ms >= self._until_ms:
                weight = self.weighting.of(event.kind, event.value)
                if weight > 0:
                    newer[row] = newer.get(row, 0.0) + weight
        return newer, excluded

    def rows(self, ids: Iterable[str]) -> Rows:
        """The rows of those ids that the bundle knows."""
        rows = self.items.rows(list(ids))
        return rows[rows >= 0]


def _adding(rows: Rows, weights: Scores, newer: dict[int, float]) -> tuple[Rows, Scores]:
    """What speaks for an item, by row, the newer on top of the older."""
    if newer:
        summed = dict(zip(rows.tolist(), weights.tolist(), strict=True))
        for row, weight in newer.items():
            summed[row] = summed.get(row, 0.0) + weight
        rows = np.array(sorted(summed), dtype=np.int32)
        weights = np.array([summed[row] for row in rows.tolist()], dtype=np.float32)
    speaks = weights > 0
    return (rows, weights) if speaks.all() else (rows[speaks], weights[speaks])


def _joined(rows: Rows, others: set[int]) -> Rows:
    """Ascending, each once."""
    others.difference_update(rows.tolist())
    if not others:
        return rows
    return np.sort(np.concatenate([rows, np.fromiter(others, dtype=np.int32)]))


def _open_slot(version: str, record: SlotRecord, folder: Path, row_count: int) -> object:
    opener = KINDS.get(record.kind)
    if opener is None:
        raise ArtifactFormatUnknown(
            version=version, found=f"slot kind {record.kind}", known=", ".join(KINDS)
        )
    model = opener.from_path(folder)
    if REMAP in record.files:
        rows_here = map_array(folder / REMAP)
        if isinstance(model, DescribedLists):
            return CarriedDescriptions(model, rows_here, row_count)
        return CarriedOver(model, rows_here, row_count)
    return model
