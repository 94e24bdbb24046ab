"""
How a tenant does, in a line of a list: what is read of each is a handful of small records.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from pydantic import ValidationError
from starlette.datastructures import State

from recommender_api.launch.jobs import Jobs
from recommender_api.serving.shelf import Shelf
from recommender_store.errors import StoreError
from recommender_store.runs.record import Run
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.errors import TenantUnknown
from recommender_store.tenants.identity import TenantId

READS_AT_ONCE = 8
DAYS = 2
"""Today and yesterday: enough to see whether anything comes."""


@dataclass(frozen=True)
class Glance:
    """One tenant; `fault` is what keeps it, or this look at it, from being whole."""

    tenant_id: TenantId
    name: str
    version: str | None = None
    trained_at: datetime | None = None
    events: int = 0
    """Accepted on the last days, as far as was written down."""
    run: Run | None = None
    fault: str | None = None


def glances(state: State, tenant_ids: Sequence[TenantId]) -> list[Glance]:
    """Of these tenants, in their order; those that were deleted are left out."""
    with ThreadPoolExecutor(READS_AT_ONCE) as reads:
        told = reads.map(
            lambda one: _glance(state.space_of(one), state.shelf, state.jobs), tenant_ids
        )
        return [one for one in told if one is not None]


def _glance(space: TenantSpace, shelf: Shelf, jobs: Jobs) -> Glance | None:
    """What cannot be read of one hides neither the rest of it nor the others."""
    told = Glance(space.tenant_id, space.tenant_id)
    try:
        told = replace(told, name=space.settings().name)
        version = space.models.current().version
        loaded = shelf.peek(space.tenant_id)
        told = replace(
            told,
            version=version,
            trained_at=None if version is None else _time_in(version),
            events=_events_lately(space),
            fault=None if loaded is None else loaded.loaded.fault,
        )
        run = next(space.runs.newest_first(), None)
        return replace(told, run=None if run is None else jobs.followed(space, run))
    except TenantUnknown:
        return None
    except StoreError as error:
        return replace(told, fault=str(error))
    except ValidationError as error:
        return replace(told, fault=f"its last training's record cannot be read: {error.title}")


def _time_in(version: str) -> datetime | None:
    """A version begins with when its training did."""
    try:
        return datetime.strptime(version.partition("-")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def _events_lately(space: TenantSpace) -> int:
    today = datetime.now(UTC).date()
    pages, _ = space.ledger.pages([today - timedelta(days=n) for n in range(DAYS)])
    return sum(page.answered.accepted for page in pages)
