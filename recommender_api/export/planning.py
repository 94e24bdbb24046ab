"""
From what somebody wants exported to a plan, checked against the tenant: nothing is written.
"""

from pathlib import Path
from typing import Any, NamedTuple

from recommender_api.history.in_memory import InMemoryHistory
from recommender_api.recommend.endpoint import NOBODY
from recommender_api.recommend.pipeline import recommend
from recommender_api.recommend.request import from_body
from recommender_api.rules.placements import SEEDED_SOURCES, Placement, placement_named
from recommender_api.serving.live_tenant import LiveTenant
from recommender_models.opening import open_bundle
from recommender_store.artifacts.local_cache import LocalCache
from recommender_store.event_log.named_users import named_users
from recommender_store.tenant_space import TenantSpace

from .ids import Ids, OfLog, OfModel, listed
from .plan import ROWS_PER_PART, By, Plan


class Wanted(NamedTuple):
    """What somebody asks for."""

    version: str
    placement: str
    request: dict[str, Any]
    by: By | None = None
    """None: what the placement begins with."""
    file: Path | None = None
    """Of ids; None: all that the model knows."""
    part_size: int | None = None


def planned(space: TenantSpace, cache: LocalCache, wanted: Wanted) -> tuple[Plan, Ids]:
    """
    Raises:
        PlacementUnknown, RequestInvalid, IdsUnreadable; StoreError.
    """
    placement = _checked(space, cache, wanted)
    by: By = wanted.by or ("item" if placement.sources[0] in SEEDED_SOURCES else "user")
    ids = _ids(space, cache, wanted, by)
    limit = wanted.request.get("limit") or placement.limit
    plan = Plan(
        tenant=space.tenant_id,
        version=wanted.version,
        placement=placement.id,
        by=by,
        request=wanted.request,
        ids=ids.name,
        are_pseudonyms=by == "user" and wanted.file is None and space.pseudonyms() is not None,
        count=len(ids),
        part_size=wanted.part_size or max(1, ROWS_PER_PART // limit),
    )
    return plan, ids


def _checked(space: TenantSpace, cache: LocalCache, wanted: Wanted) -> Placement:
    """The placement; that the request can be asked is seen by the catalog and the rules alone."""
    live = LiveTenant(space, cache, InMemoryHistory())
    live.stand_in()
    placement = placement_named(live.loaded.rulebook.placements, wanted.placement)
    request = from_body({**wanted.request, "validate_only": True})
    recommend(request, placement.id, live.loaded, NOBODY)
    return placement


def _ids(space: TenantSpace, cache: LocalCache, wanted: Wanted, by: By) -> Ids:
    if wanted.file is not None:
        return listed(wanted.file)
    bundle, _ = open_bundle(space.models, wanted.version, cache)
    if by == "item":
        return OfModel(bundle.items)
    return OfLog(bundle.users, named_users(space.events.state()))
