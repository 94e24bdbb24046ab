"""Logs as columns, datasets made of them, and what may happen to a log on its way."""

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime

import numpy as np

from recommender_models.seen import KIND_BITS
from recommender_store.artifacts.vocabulary import Vocabulary
from recommender_store.tenants.settings import CheckSettings, TenantSettings
from tests.worlds.long_tail import long_tail
from trainers.datasets.checks.inspection import Inspection, inspect
from trainers.datasets.interactions import US_PER_DAY, Interactions
from trainers.datasets.snapshot import Snapshot, Statistics
from trainers.datasets.split import split_by_time

SETTINGS = TenantSettings(id="shop", name="Shop", created_at=datetime(2026, 1, 1, tzinfo=UTC))
MONDAY_US = 20_458 * US_PER_DAY  # 2026-01-05
WEIGHTS = {"dislike": 0.0, "view": 1.0, "purchase": 5.0, "rating": 3.0}


@dataclass(frozen=True)
class Log:
    """One entry an event, in any order."""

    user: np.ndarray
    item: np.ndarray
    at_us: np.ndarray
    kind: np.ndarray

    def where(self, chosen) -> "Log":
        return Log(*(getattr(self, one.name)[chosen] for one in fields(self)))

    def and_also(self, other: "Log") -> "Log":
        return Log(
            *(
                np.concatenate([getattr(self, one.name), getattr(other, one.name)])
                for one in fields(self)
            )
        )

    @property
    def age_days(self) -> np.ndarray:
        """UTC days before the newest one."""
        return self.at_us.max() // US_PER_DAY - self.at_us // US_PER_DAY


def steady(days: int = 60, events: int = 20_000) -> Log:
    """A long tail of 300 users and 200 items whose days differ by chance, and by the weekday."""
    told = long_tail(300, 200, events).interactions
    rng = np.random.default_rng(7)
    week = np.array([1.0, 1.0, 1.1, 1.1, 1.3, 0.8, 0.7])
    day = rng.choice(days, events, p=(share := week[np.arange(days) % 7]) / share.sum())
    hour = rng.normal(13, 3, events) % 24
    return Log(
        user=np.array([int(one.user_id[-6:]) for one in told]),
        item=np.array([int(one.item_id[-6:]) for one in told]),
        at_us=MONDAY_US + ((day + hour / 24) * US_PER_DAY).astype(np.int64),
        kind=np.where(rng.random(events) < 0.2, "purchase", "view"),
    )


def dataset(log: Log) -> Snapshot:
    """As the log would be taken, but for what its ids look like."""
    users, actor = np.unique(log.user, return_inverse=True)
    items, item = np.unique(log.item, return_inverse=True)
    order = np.argsort(log.at_us, kind="stable")
    events = Interactions(
        actor=actor[order].astype(np.int32),
        item=item[order].astype(np.int32),
        weight=np.array([WEIGHTS[kind] for kind in log.kind[order]], dtype=np.float32),
        kind=np.array([KIND_BITS[kind] for kind in log.kind[order]], dtype=np.uint8),
        at_us=log.at_us[order],
        session=np.full(len(order), -1, dtype=np.int32),
    )
    statistics = _statistics(events, log, users, items)
    return Snapshot(events, _named(items), _named(users), statistics, np.empty(0, np.uint64))


def _named(ids: np.ndarray) -> Vocabulary:
    return Vocabulary.of([f"{number:08d}" for number in range(len(ids))])


def _statistics(events: Interactions, log: Log, users, items) -> Statistics:
    kinds, counts = np.unique(log.kind, return_counts=True)
    return Statistics(
        events=len(events),
        users=len(users),
        sessions_without_user=0,
        items=len(items),
        items_in_catalog=len(items),
        pairs=len(np.unique(events.actor.astype(np.int64) * len(items) + events.item)),
        since_us=int(events.at_us[0]),
        until_us=int(events.at_us[-1]) + 1,
        events_by_kind=dict(zip(kinds.tolist(), counts.tolist(), strict=True)),
        busiest_user_share=np.bincount(events.actor).max() / len(events),
        busiest_item_share=np.bincount(events.item).max() / len(events),
    )


def looked_at(log: Log, current=None, **checks) -> Inspection:
    settings = SETTINGS.model_copy(update={"checks": CheckSettings(**checks)})
    return inspect(dataset(log), settings, current=current)


def codes(inspection: Inspection) -> dict[str, str]:
    return {one.code: one.severity for one in inspection.findings}


def a_day_lost(log: Log, share: float = 0.6, ago: int = 0) -> Log:
    rng = np.random.default_rng(1)
    return log.where((log.age_days != ago) | (rng.random(len(log.user)) >= share))


def a_slow_decline(log: Log, a_day: float = 0.03, days: int = 20) -> Log:
    rng = np.random.default_rng(2)
    kept = (1 - a_day) ** np.maximum(days - log.age_days, 0)
    return log.where(rng.random(len(log.user)) < kept)


def a_kind_missing(log: Log, kind: str = "purchase", hours: int = 24) -> Log:
    recent = log.at_us > log.at_us.max() - hours * 3_600_000_000
    return log.where(~recent | (log.kind != kind))


def one_id_for_all(log: Log) -> Log:
    return replace(log, user=np.zeros_like(log.user))


def twins(log: Log, share: float = 0.3) -> Log:
    again = log.where(np.random.default_rng(3).random(len(log.user)) < share)
    return log.and_also(replace(again, at_us=again.at_us + 300_000))


def a_day_moved(log: Log, ago: int, by_days: int) -> Log:
    moved = log.at_us + (log.age_days == ago) * by_days * US_PER_DAY
    return replace(log, at_us=moved)


def hours_moved(log: Log, hours: int) -> Log:
    return replace(log, at_us=log.at_us - (log.age_days < 2) * hours * 3_600_000_000)


def items_renamed(log: Log, days: int = 1) -> Log:
    return replace(log, item=log.item + 1_000_000 * (log.age_days < days))


def the_test_in_the_past(log: Log) -> Log:
    cut = split_by_time(dataset(log).interactions, SETTINGS.training.test_share).at_us
    test = log.where(log.at_us >= cut)
    rng = np.random.default_rng(4)
    return log.and_also(replace(test, at_us=rng.integers(log.at_us.min(), cut, len(test.at_us))))


def a_bot(log: Log, views: int = 100_000) -> Log:
    rng = np.random.default_rng(5)
    newest = int(log.at_us.max())
    return log.and_also(
        Log(
            user=np.full(views, 999_999),
            item=rng.choice(log.item, views),
            at_us=rng.integers(newest - 3 * US_PER_DAY, newest, views),
            kind=np.full(views, "view"),
        )
    )
