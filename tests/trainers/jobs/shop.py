"""A tenant whose log is a small long tail, enough to train on in a blink, and its trainings."""

from dataclasses import dataclass
from pathlib import Path

from recommender_models.bundle import Bundle
from recommender_store.artifacts.manifest import Manifest
from recommender_store.opening import Store
from recommender_store.runs.record import Run
from recommender_store.tenant_space import TenantSpace
from tests.trainers.tenant import OPTIONS, change_settings, events_of, log, new_store, new_tenant
from tests.worlds.long_tail import long_tail
from trainers.jobs.options import TrainOptions
from trainers.jobs.train import train, train_step

GATE = {"minimum_test_users": 10, "margin": 0.9}
"""Thirty users rule out no small loss; what is live is only to be beaten by what is not worse."""


@dataclass
class Shop:
    """The tenant, and the verbs of a training."""

    store: Store
    space: TenantSpace

    def train(self, options: TrainOptions = OPTIONS, **more) -> Run:
        return train(self.space, options, self.store.cache, **more)

    def step(self, name: str, run_id: str, options: TrainOptions = OPTIONS) -> Run:
        return train_step(self.space, options, self.store.cache, name, run_id=run_id)

    def version(self) -> str | None:
        return self.space.models.current().version

    def manifest(self) -> Manifest:
        return self.space.models.manifest(self.version())

    def bundle(self) -> Bundle:
        manifest, folder = self.space.models.open(self.version(), self.store.cache)
        return Bundle.open(manifest, folder, self.space.models.digests_for(manifest))

    def refuse_for_you(self) -> None:
        """From now on: there are more sessions to test on than this, and fewer users."""
        change_settings(self.space, gate={"minimum_test_users": 35})

    def accept_all(self) -> None:
        change_settings(self.space, gate=GATE)


def shop(folder: Path, interactions=None, **settings) -> Shop:
    store = new_store(folder)
    space = new_tenant(store, **({"gate": GATE} | settings))
    if interactions is None:
        interactions = long_tail(users=120, items=80, events=3_000).interactions
    log(space, events_of(interactions))
    return Shop(store, space)


def result(run: Run, name: str):
    return next(step.result for step in run.steps if step.name == name)
