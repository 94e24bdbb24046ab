"""
The end of a tenant whose deletion can no longer be undone: everything under its prefix goes.

Safe to repeat, to run in two processes at once, and to kill: first a second deletion stands behind
the first, so that nobody brings back what is half gone; then a marker outside the tenant's prefix,
which keeps the id from being given again; then the objects go.
"""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from recommender_store.author import Author
from recommender_store.errors import ObjectMissing, RevisionConflict
from recommender_store.objects.scope import Scope
from recommender_store.tenant_space import TenantSpace

PLATFORM = Author(by="platform", origin="store prune")


@dataclass(frozen=True)
class Departure:
    """What went, or would go, of a deleted tenant."""

    deleted_at: datetime | None
    """None: an earlier run had begun with it."""
    objects: int


def is_gone(markers: Scope, tenant_id: str) -> bool:
    """Whether a tenant of this id was there, and has gone for good."""
    try:
        markers.get(_marker(tenant_id))
    except ObjectMissing:
        return False
    return True


def leave(
    space: TenantSpace, own: Scope, markers: Scope, before: datetime, *, dry_run: bool
) -> Departure | None:
    """
    Remove a tenant that was deleted before a moment; None where it stays.

    Args:
        space: the tenant's corner.
        own: the same corner, as plain objects.
        markers: where the ids of the gone are kept.
        before: who was deleted later stays.
        dry_run: only tell.
    """
    deleted_at = space.deleted_at()
    is_due = deleted_at is not None and deleted_at < before
    if not is_due and not is_gone(markers, space.tenant_id) and not space.is_ended():
        return None
    if not dry_run:
        try:
            if not space.end_for_good(author=PLATFORM, before=before):
                return None  # restored just now
        except RevisionConflict:
            return None
        note = {"tenant": space.tenant_id, "deleted_at": deleted_at}
        markers.put_if_absent(_marker(space.tenant_id), msgspec.json.encode(note))
    return Departure(deleted_at, _removed(own, dry_run=dry_run))


def _removed(own: Scope, *, dry_run: bool) -> int:
    """The settings last: until then they say that the tenant is deleted."""
    keys = [info.key for info in own.list("")]
    keys.sort(key=lambda key: key.startswith("settings/"))
    if not dry_run:
        for key in keys:
            own.delete(key)
    return len(keys)


def _marker(tenant_id: str) -> str:
    return f"{tenant_id}.json"
