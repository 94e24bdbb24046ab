"""
The steps before any fit: take the dataset out of the log, and see whether it will do.
"""

import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any, TypeVar

import msgspec

from recommender_store.artifacts.arrays import map_array, save_array
from recommender_store.artifacts.errors import (
    ArtifactCorrupt,
    ArtifactFormatUnknown,
    ArtifactMissing,
)
from recommender_store.artifacts.known_users import DIGESTS
from recommender_store.event_log.errors import LogMoved
from recommender_store.runs.counted import RECEIVED_FROM
from trainers.datasets.checks.finding import Finding
from trainers.datasets.checks.inspection import Inspection, inspect
from trainers.datasets.checks.shift import Profile
from trainers.datasets.descriptions import describe, described
from trainers.datasets.distributions import distributions
from trainers.datasets.interactions import to_datetime
from trainers.datasets.seen import seen_items
from trainers.datasets.snapshot import Snapshot
from trainers.errors import DataRefused

from .training import Training

Read = TypeVar("Read")

IN_CATALOG = "in_catalog.npy"
"""Rows of the items that the catalog holds, beside the snapshot's own files."""

_PAUSES_S = (1.0, 5.0, 20.0)
"""Between tries of a snapshot: an erasure rewrites a tenant's files one day after the other."""

NEVER_FORCED = frozenset({"one_user", "one_item", "one_moment", "weight_not_finite"})
"""There is nothing to train on, whatever the reason."""


def snapshot(training: Training) -> dict[str, Any]:
    """Write the dataset and the parts of the bundle that come from it alone."""
    catalog = {
        item_id: item.fields
        for item_id, item in training.space.catalog.state()
        if not item.is_deleted
    }
    taken = _taken(training, catalog.keys())
    save_array(training.bench.snapshot / IN_CATALOG, taken.items.rows(list(catalog)))
    types = training.space.catalog.types.all()
    taken = replace(taken, descriptions=describe(taken.items, catalog, types))
    taken.save(training.bench.snapshot)
    statistics = taken.statistics
    return {
        **asdict(statistics),
        RECEIVED_FROM: min(statistics.received, default=""),
        "since": to_datetime(statistics.since_us).isoformat(),
        "until": to_datetime(statistics.until_us).isoformat(),
        "items_described": len(described(taken.descriptions)),
        "fingerprint": taken.fingerprint,
        "distributions": distributions(taken.interactions),
    }


def _taken(training: Training, catalog_ids: Collection[str]) -> Snapshot:
    def once() -> Snapshot:
        state = training.space.events.state()
        training.inputs["log"] = state.fingerprint()
        return training.engine.take_snapshot(
            state,
            training.weighting,
            training.space.digests(),
            window_days=training.settings.training.window_days,
            catalog_ids=catalog_ids,
            threads=training.options.threads or None,
        )

    return at_rest(once)


def at_rest(read: Callable[[], Read]) -> Read:
    """
    What is read of a log that may be rewritten meanwhile.

    Raises:
        LogMoved: where it was, time after time.
    """
    for pause_s in _PAUSES_S:
        with suppress(LogMoved):
            return read()
        time.sleep(pause_s)
    return read()


def check_data(training: Training) -> dict[str, Any]:
    """
    Look for what is wrong with the dataset, then write what the bundle keeps of its users.

    Raises:
        DataRefused: names every reason; the findings stay in the run's record.
    """
    training.leave_out([])
    found = _inspected(training)
    result: dict[str, Any] = {"findings": [one.record() for one in found.findings]}
    refusing = [one for one in found.findings if one.severity == "refuse"]
    if training.options.force_checks is not None:
        result["forced"] = {"reason": training.options.force_checks} | {
            "codes": [one.code for one in refusing]
        }
        refusing = [one for one in refusing if one.code in NEVER_FORCED]
    if refusing:
        raise DataRefused(reason=refusing[0].code, sentence=_said(refusing), result=result)
    training.leave_out(found.left_out.tolist())
    _keep_users(training)
    return result | {
        "left_out_users": len(found.left_out),
        "profile": msgspec.to_builtins(found.profile),
        "split_at": to_datetime(training.split.at_us).isoformat(),
        "train_events": len(training.split.train),
        "test_events": len(training.split.test),
    }


def _inspected(training: Training) -> Inspection:
    return inspect(
        training.snapshot,
        training.settings,
        in_catalog=map_array(training.bench.snapshot / IN_CATALOG),
        current=_profile_of_current(training),
    )


def _said(refusing: list[Finding]) -> str:
    if len(refusing) == 1:
        return refusing[0].sentence
    return " | ".join(f"{one.code}: {one.sentence}" for one in refusing)


def _profile_of_current(training: Training) -> Profile | None:
    """Of the log that the current bundle was trained on; None where that is not known any more."""
    version = training.current().version
    if version is None:
        return None
    try:
        run = training.space.runs.find(training.space.models.manifest(version).lineage.run_id)
    except (ArtifactMissing, ArtifactCorrupt, ArtifactFormatUnknown):
        return None
    steps = {step.name: step.result for step in run.steps} if run else {}
    return Profile.read(steps.get("check", {}).get("profile"))


def _keep_users(training: Training) -> None:
    taken, bundle = training.snapshot, training.bench.bundle
    bundle.mkdir(exist_ok=True)
    taken.items.save(bundle / "items.marisa")
    save_array(bundle / DIGESTS, taken.users)
    (bundle / "weighting.json").write_bytes(msgspec.json.encode(training.weighting))
    seen_items(
        training.split.train,
        len(taken.users),
        len(taken.items),
        training.age_half_life_days,
    ).save(bundle)
