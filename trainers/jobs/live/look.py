"""
A look at the live model, kept as a run of the kind `measure`.

    snapshot → measure → drift → online

The log is read in the rows of the live bundle, the bundle is asked what came since its `data_until`
as it would be asked when it serves, and the log before is held against the log after. Nothing is
fitted, nothing goes live; too little to tell from is a refusal.
"""

import os
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import msgspec
import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from recommender_models.bundle import Bundle
from recommender_models.opening import open_bundle
from recommender_store.artifacts.local_cache import LocalCache
from recommender_store.artifacts.manifest import SlotName
from recommender_store.runs.live import STEP, LiveMeasure
from recommender_store.runs.pulse import beating
from recommender_store.runs.record import Run, Step, new_run_id
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.settings import TenantSettings
from trainers.datasets.distributions import distributions
from trainers.datasets.interactions import to_datetime
from trainers.errors import DataRefused, Refusal
from trainers.evaluation.drift import Surroundings, drift
from trainers.jobs.footprint import Footprint
from trainers.jobs.options import Silence
from trainers.jobs.recording import Recording, asked_sha256
from trainers.jobs.shortage import told

from .findings import findings
from .log import LiveLog, read_log
from .quality import Asked, SlotLook, look_at_slots

Online = Callable[[datetime, datetime], Mapping[str, Any]]
"""What came of answers between two moments, as the run is to keep it."""


class LookOptions(BaseModel):
    """What somebody who measures can ask for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: float | None = Field(default=None, gt=0, le=366)
    """The newest so many are foretold; None: as long as the gate's test was."""
    threads: int = Field(default=0, ge=0)
    seed: int = Field(default=0, ge=0)


class Onlooker(Protocol):
    """Told as a look goes along."""

    def step(self, name: str) -> None: ...

    def progress(self, done: int, total: int) -> None: ...


@dataclass
class Look:
    """Handed to every step."""

    space: TenantSpace
    options: LookOptions
    cache: LocalCache
    now: datetime
    online: Online | None = None
    onlooker: Onlooker = field(default_factory=Silence)
    slots: dict[SlotName, SlotLook] = field(default_factory=dict)

    @cached_property
    def settings(self) -> TenantSettings:
        return self.space.settings()

    @cached_property
    def bundle(self) -> Bundle:
        """
        What serves now.

        Raises:
            DataRefused: `no_model`.
            ArtifactCorrupt, ArtifactMissing, ArtifactFormatUnknown
        """
        version = self.space.models.current().version
        if version is None:
            raise DataRefused(
                reason="no_model",
                sentence="no model is live, so there is none to measure: train one first",
            )
        return open_bundle(self.space.models, version, self.cache)[0]

    @cached_property
    def log(self) -> LiveLog:
        threads = self.options.threads or None
        return read_log(self.space, self.bundle, self.settings, now=self.now, threads=threads)


def measure_live(look: Look) -> Run:
    """
    Returns:
        The run: measured, or refused with its reason (a refusal is not raised).

    Raises:
        TrainerError, StoreError: where something is wrong; the run is kept as failed.
    """
    run_id, asked = new_run_id("measure"), asked_sha256(look.options, look.settings)
    recording = Recording.begin(look.space, run_id, look.options, asked, kind="measure")
    try:
        with beating(look.space.runs.files(run_id)), told(Path(tempfile.gettempdir())):
            for name, do in STEPS.items():
                if name != "online" or look.online is not None:
                    _step(recording, name, do, look)
        recording.end("measured", None, _summary(look))
    except Refusal:
        pass  # it stands in the run's record, with what the step had found
    except (Exception, KeyboardInterrupt) as error:
        recording.fail(error)
        raise
    return recording.run


def _step(
    recording: Recording, name: str, do: Callable[[Look], dict[str, Any]], look: Look
) -> None:
    recording.begin_step(name)
    look.onlooker.step(name)
    started, footprint = time.perf_counter(), Footprint()

    def ended(result: dict[str, Any]) -> Step:
        return Step(
            name=name,
            duration_s=round(time.perf_counter() - started, 3),
            result=result,
            cpu_s=footprint.cpu_s(),
            peak_mb=footprint.peak_mb(),
            peak_of=footprint.peak_of,
        )

    try:
        result = do(look)
    except Refusal as refusal:
        recording.refuse(refusal, ended(refusal.result) if refusal.result else None)
        raise
    recording.end_step(ended(result))


def _snapshot(look: Look) -> dict[str, Any]:
    log = look.log
    events = log.events
    return {
        "events": len(events),
        "users": len(np.unique(events.actor[events.actor < len(log.users)])),
        "items": len(np.unique(events.item)),
        "since": to_datetime(int(events.at_us[0])).isoformat(),
        "until": to_datetime(log.until_us).isoformat(),
        "events_since_data_until": len(log.split.test),
        "distributions": distributions(events),
    }


def _measure(look: Look) -> dict[str, Any]:
    """
    Raises:
        DataRefused: `too_little_since`.
    """
    threads = look.options.threads or min(os.cpu_count() or 1, 4)
    asked = Asked(look.settings, look.onlooker.progress, threads, look.options.seed)
    look.slots = look_at_slots(look.bundle, look.log, look.log.begin_us(look.options.days), asked)
    result: dict[str, Any] = {"current": look.bundle.manifest.version} | {
        slot: msgspec.to_builtins(one.measures) for slot, one in look.slots.items()
    }
    if not any(one.quality for one in look.slots.values()):
        raise DataRefused(reason="too_little_since", sentence=_too_little(look), result=result)
    return result


def _too_little(look: Look) -> str:
    most = max((one.measures.test_users for one in look.slots.values()), default=0)
    since = to_datetime(look.log.begin_us(look.options.days))
    return (
        f"{most} users or sessions can be asked about what came since {since:%Y-%m-%d %H:%M} UTC, "
        f"{look.settings.gate.minimum_test_users} are needed: wait for more events, or measure a "
        "longer period with --days"
    )


def _drift(look: Look) -> dict[str, Any]:
    bundle, log = look.bundle, look.log
    age_days = (look.now - bundle.data_until).total_seconds() / 86_400
    beside = Surroundings(log.new_in_catalog, len(bundle.items), age_days)
    quality = {slot: one.quality for slot, one in look.slots.items() if one.quality}
    figures = drift(log.split, len(log.users), beside)
    return dict(
        msgspec.to_builtins(
            LiveMeasure(
                model_version=bundle.manifest.version,
                data_until=bundle.data_until,
                since=to_datetime(log.begin_us(look.options.days)),
                until=to_datetime(log.until_us),
                quality={str(slot): one for slot, one in quality.items()},
                drift=figures,
                findings=findings(quality, figures),
            )
        )
    )


def _online(look: Look) -> dict[str, Any]:
    if look.online is None:
        return {}
    return dict(look.online(look.bundle.data_until, to_datetime(look.log.until_us)))


def _summary(look: Look) -> str:
    return f"{look.bundle.manifest.version} was measured on what came since"


STEPS: dict[str, Callable[[Look], dict[str, Any]]] = {
    "snapshot": _snapshot,
    "measure": _measure,
    STEP: _drift,
    "online": _online,
}
