"""
A tenant's log as the live bundle sees it: in its rows, items that it lacks behind its own.

Cut to what the bundle's training had a window on and what came since, without the actors that are
no people; so that, of a log in which nothing new came, it is what that training saw.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import ceil

import numpy as np
from numpy.typing import NDArray

from recommender_models.bundle import Bundle
from recommender_models.protocol import Rows
from recommender_store.artifacts.known_users import rows_of
from recommender_store.artifacts.vocabulary import Vocabulary
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.settings import BotsCheck, TenantSettings
from trainers.datasets.checks.repetition import find_bots
from trainers.datasets.descriptions import describe, described
from trainers.datasets.interactions import US_PER_DAY, US_PER_MS, Interactions
from trainers.datasets.snapshot import Snapshot, take_snapshot
from trainers.datasets.split import Split, split_at
from trainers.errors import DataRefused
from trainers.jobs.preparing import at_rest

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_US = timedelta(microseconds=1)


@dataclass(frozen=True)
class LiveLog:
    """What happened before and after the bundle's `data_until`."""

    split: Split
    """At `data_until`; neither side is empty."""
    gate_us: int
    """How long the period was on which the bundle's gate tested."""
    users: Rows
    """Each user's row in the bundle, -1 for whom it does not know."""
    actor_count: int
    item_count: int
    """Rows of the bundle, and behind them of the items that it lacks."""
    described: Rows
    """Items that the catalog says something of; empty where no slot goes by that."""
    new_in_catalog: int
    """Items of the catalog that the bundle lacks."""

    @property
    def shape(self) -> tuple[int, int]:
        return self.actor_count, self.item_count

    @property
    def until_us(self) -> int:
        """Just after the newest event."""
        return int(self.split.test.at_us[-1]) + 1

    @property
    def events(self) -> Interactions:
        before, after = self.split.train, self.split.test
        return Interactions(
            **{
                name: np.concatenate([getattr(before, name), getattr(after, name)])
                for name in Interactions.__dataclass_fields__
            }
        )

    def begin_us(self, days: float | None) -> int:
        """Where the newest `days` begin, never before `data_until`; None: as long as the gate's."""
        length_us = self.gate_us if days is None else int(days * US_PER_DAY)
        whole_ms = (self.until_us - length_us) // US_PER_MS * US_PER_MS
        return max(self.split.at_us, whole_ms)


def read_log(
    space: TenantSpace,
    bundle: Bundle,
    settings: TenantSettings,
    *,
    now: datetime,
    threads: int | None,
) -> LiveLog:
    """
    Raises:
        DataRefused: `log_empty`; `log_gone` where nothing is left of what the model was trained
            on; `too_little_since` where nothing came after it.
        LogMoved: where it was rewritten time after time while it was read.
    """
    catalog = {
        item_id: item.fields for item_id, item in space.catalog.state() if not item.is_deleted
    }
    lineage = bundle.manifest.lineage
    window_days = ceil((now - lineage.window_since) / timedelta(days=1)) + 2
    taken = at_rest(
        lambda: take_snapshot(
            space.events.state(),
            bundle.weighting,
            space.digests(),
            window_days=window_days,
            catalog_ids=catalog.keys(),
            threads=threads,
        )
    )
    rows = _rows_of(taken.items, bundle.items)
    until_us = _us(bundle.data_until)
    split = split_at(
        _events(taken, rows, _us(lineage.window_since), settings.checks.bots), until_us
    )
    _check(split, bundle.data_until)
    told = _no_rows()
    if "content" in bundle.slots:
        words = describe(taken.items, catalog, space.catalog.types.all())
        told = np.sort(rows[described(words)])
    return LiveLog(
        split=split,
        gate_us=_us(lineage.window_until) - until_us,
        users=rows_of(taken.users, bundle.users.by_digest(space.digests())),
        actor_count=taken.shape[0],
        item_count=max(int(rows.max(initial=-1)) + 1, len(bundle.items)),
        described=told,
        new_in_catalog=int((bundle.items.rows(list(catalog)) < 0).sum()),
    )


def _rows_of(taken: Vocabulary, known: Vocabulary) -> NDArray[np.int32]:
    """[rows of the snapshot] the bundle's row, or one of those behind."""
    rows = known.rows(taken.ids(range(len(taken))))
    lacking = np.flatnonzero(rows < 0)
    rows[lacking] = len(known) + np.arange(len(lacking), dtype=np.int32)
    return rows


def _events(
    taken: Snapshot, rows: NDArray[np.int32], since_us: int, asked: BotsCheck
) -> Interactions:
    events = replace(taken.interactions, item=rows[taken.interactions.item])
    events = events.where(events.at_us >= since_us)
    if not asked.enabled or not len(events):
        return events
    return events.where(~np.isin(events.actor, find_bots(events, asked)))


def _check(split: Split, data_until: datetime) -> None:
    if not len(split.test):
        raise DataRefused(
            reason="too_little_since",
            sentence=f"nothing came since {data_until:%Y-%m-%d %H:%M} UTC, up to where the live "
            "model knows the log: there is nothing to foretell yet",
        )
    if not len(split.train):
        raise DataRefused(
            reason="log_gone",
            sentence="the log holds nothing any more of what the live model was trained on, so "
            "there is nothing to hold it against: train anew",
        )


def _no_rows() -> Rows:
    return np.empty(0, dtype=np.int32)


def _us(moment: datetime) -> int:
    return (moment - _EPOCH) // _US
