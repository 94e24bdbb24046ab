"""A tenant with a model that is live and one that is tried, in memory: bundles are made up."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from recommender_store.author import Author
from recommender_store.canaries.beginning import Trial, begin
from recommender_store.canaries.canary import Canary
from recommender_store.opening import Store
from recommender_store.runs.record import Run, Step
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.canary import CanarySettings
from tests.recommender_store.artifacts.conftest import bundle_of_one_file

AUTHOR = Author(by="tests", origin="here")
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SETTINGS = CanarySettings(
    enabled=True, minimum_hours=1, maximum_hours=6, minimum_answers=20, minimum_users=10
)
RECEIVED = "2026-11-21T12:00:00.000Z"


@dataclass
class Shop:
    """The tenant; `v1` is live."""

    store: Store
    space: TenantSpace
    folder: Path

    def publish(self, version: str) -> None:
        folder = self.folder / version
        made = bundle_of_one_file(folder, version, version.encode())
        self.space.models.publish(folder, made)

    def live(self) -> str | None:
        return self.space.models.current().version

    def run(self, run_id: str) -> Run:
        return self.space.runs.get(run_id)

    def records(self) -> dict[str, dict[str, Any]]:
        return self.space.policies.experiments.read().values

    def own(self, name: str, **more: object) -> None:
        """An experiment of the tenant's."""
        record = {"id": name, "placements": ["for_you"], "variants": [{"id": "a"}, {"id": "b"}]}
        self.space.policies.experiments.put(name, record | more, author=AUTHOR)

    def try_out(
        self, version: str = "v2", run_id: str = "r2", settings: CanarySettings = SETTINGS
    ) -> Canary:
        """As the step `publish` does it, and the end of its training."""
        self.publish(version)
        current = self.space.models.current()
        trial = Trial(run_id, version, str(current.version), current.number, "passed the gate")
        canary = begin(self.space, trial, settings, NOW)
        published = Step(
            name="publish", duration_s=1.0, result={"canary": canary.model_dump(mode="json")}
        )
        run = Run(
            run_id=run_id, status="published", started_at=NOW, steps=(published,), version=version
        )
        self.space.runs.save(run, AUTHOR)
        return canary


def shop_in(store: Store, folder: Path) -> Shop:
    shop = Shop(store, store.create_tenant("shop", "Shop", author=AUTHOR), folder)
    shop.publish("v1")
    shop.space.models.promote("v1", author=AUTHOR)
    return shop


def answers(
    canary: Canary,
    variant: str,
    count: int,
    *,
    clicked: int = 0,
    at: datetime | None = None,
    **more: Any,
) -> Iterable[dict[str, Any]]:
    """So many answers of a variant, each to a user of their own, as they stand in the log."""
    given_at = at or canary.starts_at + timedelta(minutes=5)
    name = more.pop("named", variant)
    items = more.pop("items", ["i"])
    for number in range(count):
        about = {
            "user_id": f"user-{name}-{number}",
            "recommendation_id": f"rec-{canary.run_id}-{name}-{number}",
            "occurred_at": given_at.isoformat(),
        }
        experiment = {"name": canary.experiment_id, "variant": variant}
        said = {"sampled": True, "served_by": "model", "warnings": [], "experiment": experiment}
        yield {
            **about,
            "event_id": f"served-{canary.run_id}-{name}-{number}",
            "kind": "served",
            "items": items,
            "attributes": said | more,
        }
        if number < clicked:
            event_id = f"click-{canary.run_id}-{name}-{number}"
            yield {**about, "event_id": event_id, "kind": "click", "item_id": "i"}
