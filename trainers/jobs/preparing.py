"""
The steps before any fit: take the dataset out of the log, and see whether it will do.
"""

from dataclasses import asdict
from typing import Any

import msgspec

from trainers.datasets.checks import check
from trainers.datasets.interactions import to_datetime
from trainers.datasets.seen import seen_items
from trainers.datasets.snapshot import take_snapshot

from .training import Training


def snapshot(training: Training) -> dict[str, Any]:
    """Write the dataset and the parts of the bundle that come from it alone."""
    asked = training.settings.training
    taken = take_snapshot(
        training.space.events.state(),
        training.weighting,
        window_days=asked.window_days,
        catalog_ids=[
            item_id for item_id, item in training.space.catalog.state() if not item.is_deleted
        ],
        threads=training.options.threads or None,
    )
    taken.save(training.bench.snapshot)
    statistics = taken.statistics
    return {
        **asdict(statistics),
        "since": to_datetime(statistics.since_us).isoformat(),
        "until": to_datetime(statistics.until_us).isoformat(),
        "fingerprint": taken.fingerprint(),
    }


def check_data(training: Training) -> dict[str, Any]:
    """
    Hold the dataset against the tenant's minimum, then write what the bundle keeps of its users.

    Raises:
        DataRefused
    """
    taken = training.snapshot
    check(taken.statistics, training.settings.training.minimum_interactions)
    bundle = training.bench.bundle
    bundle.mkdir(exist_ok=True)
    taken.items.save(bundle / "items.marisa")
    taken.users.save(bundle / "users.marisa")
    (bundle / "weighting.json").write_bytes(msgspec.json.encode(training.weighting))
    seen_items(
        training.split.train,
        len(taken.users),
        len(taken.items),
        training.age_half_life_days,
    ).save(bundle)
    return {
        "split_at": to_datetime(training.split.at_us).isoformat(),
        "train_events": len(training.split.train),
        "test_events": len(training.split.test),
    }
