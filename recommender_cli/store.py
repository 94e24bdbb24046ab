"""
`recommender store compact|files|check|prune|erase|tend`.
"""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recommender_store.errors import StoreError
from recommender_store.tenants.identity import TenantId, parse_tenant_id

from .options import AsJson, Tenant
from .output import FAILED, USAGE, counted, emit, fail, progress_line, table
from .store_erasures import erase_pending, erase_session, erase_user
from .store_tending import tended
from .stores import opened, tenant_space
from .tenant_faults import end_with, told_faults

if TYPE_CHECKING:
    from recommender_store.care.leaving import Departure
    from recommender_store.care.prune import Pruning
    from recommender_store.event_log.compaction import Growth
    from recommender_store.objects.finding import Finding
    from recommender_store.opening import Store

app = typer.Typer(no_args_is_help=True, help="The store itself.")

OneOrAll = Annotated[str, typer.Option("--tenant", help="Left out: all tenants.")]

FEED_KEPT = 10_000
"""Entries of the change feed: a replica that slept through more reads every head anew."""


@app.command()
def compact(tenant: OneOrAll = "", as_json: AsJson = False) -> None:
    """
    Pack small segments of the event log into Parquet by day. Safe to run twice and to kill.

    Example: recommender store compact --tenant shop
    """
    store = opened()
    grown: list[tuple[TenantId, Growth]] = []
    faults = {}
    for one in _ids(store, tenant):
        try:
            if store.space(one).exists():
                grown.append((one, store.space(one).events.compact()))
        except StoreError as error:
            faults[one] = error
    document = {
        "tenants": [{"tenant": one, **_growth(growth)} for one, growth in grown],
        "faults": told_faults(faults),
    }
    rows = [
        (one, growth.new_events, growth.duplicates, sum(growth.flow.get("compacted", {}).values()))
        for one, growth in grown
    ]
    headers = ["tenant", "new events", "duplicates", "lines taken in"]
    emit(document, as_json=as_json, lines=[table(headers, rows)])
    end_with(faults)


@app.command()
def files(tenant: Tenant, as_json: AsJson = False) -> None:
    """
    The Parquet files that make up a tenant's log now; strict readers read these and no others.

    Example: recommender store files --tenant shop --json
    """
    listed = tenant_space(tenant).events.state().files.files
    document = {"files": [one.model_dump(mode="json") for one in listed]}
    rows = [(one.day, one.rows, one.size_bytes, one.key) for one in listed]
    emit(document, as_json=as_json, lines=[table(["day", "rows", "bytes", "key"], rows)])


@app.command()
def check(tenant: OneOrAll = "", as_json: AsJson = False) -> None:
    """
    Hold every checksum and every count to what was written. Changes nothing; exit 1 on damage.

    Example: recommender store check --tenant shop
    """
    store = opened()
    # A tenant whose settings are damaged must be looked at too, so that nothing is read before.
    ids = [parse_tenant_id(tenant)] if tenant else store.tenant_ids()
    if tenant and ids[0] not in store.tenant_ids():
        store.tenant(tenant)
    found, examined = _checked(store, [*ids] if tenant else [None, *ids])
    damaged = [finding for finding in found if finding.severity == "damage"]
    document = {
        "examined": examined,
        "damage": len(damaged),
        "orphans": len(found) - len(damaged),
        "findings": [finding._asdict() for finding in found],
    }
    lines = [f"{one.severity}: {one.key} {one.sentence}" for one in found]
    lines.append(
        f"{examined:,} objects looked at: {len(damaged)} damaged, "
        f"{len(found) - len(damaged)} that belong to nothing"
    )
    emit(document, as_json=as_json, lines=lines)
    if damaged:
        raise SystemExit(FAILED)


@app.command()
def prune(
    tenant: OneOrAll = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would go.")] = False,
    as_json: AsJson = False,
) -> None:
    """
    Remove what a tenant's `retention` lets go, and what belongs to nothing. Safe to kill.

    Example: recommender store prune --dry-run
    """
    from recommender_store.care.prune import prune_tenant

    store = opened()
    now = datetime.now(UTC)
    pruned: list[tuple[TenantId, Pruning]] = []
    gone: list[tuple[TenantId, Departure]] = []
    faults = {}
    for one in _ids(store, tenant):
        try:
            if store.space(one).exists():
                pruned.append((one, prune_tenant(store.space(one), now, dry_run=dry_run)))
            elif departure := store.leave(one, now, dry_run=dry_run):
                gone.append((one, departure))
        except StoreError as error:
            faults[one] = error
    feed = 0
    if not tenant:
        feed = store.feed.prunable(FEED_KEPT) if dry_run else store.feed.prune(FEED_KEPT)
    document = {
        "dry_run": dry_run,
        "tenants": [{"tenant": one, **asdict(told)} for one, told in pruned],
        "gone": [{"tenant": one, **asdict(told)} for one, told in gone],
        "feed_entries": feed,
        "faults": told_faults(faults),
    }
    emit(
        document, as_json=as_json, lines=[*_pruned(pruned), *_gone(gone), f"feed entries: {feed:,}"]
    )
    end_with(faults)


@app.command()
def erase(
    tenant: OneOrAll = "",
    user: Annotated[str, typer.Option("--user", help="The user's id.")] = "",
    session: Annotated[str, typer.Option("--session", help="A session's id.")] = "",
    pending: Annotated[
        bool,
        typer.Option(
            "--pending", help="Those whom the API was asked to erase; of all tenants too."
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """
    Remove a user, or a session, from log and models for good, and print a receipt.

    Example: recommender store erase --tenant shop --user u1 --yes
    """
    if bool(user) + bool(session) + pending != 1:
        fail("name either `--user` or `--session`, or say `--pending`", USAGE)
    store = opened()
    if pending:
        erase_pending(store, _ids(store, tenant), as_json=as_json)
        return
    if not tenant:
        fail("name the tenant: `--tenant`", USAGE)
    space = store.tenant(tenant)
    question = f"Remove {user or session!r} from '{tenant}' for good?"
    if not yes and not typer.confirm(question, err=True):
        fail("nothing was erased")
    if user:
        erase_user(store, space, user, as_json=as_json)
    else:
        erase_session(store, space, session, as_json=as_json)


@app.command()
def tend() -> None:
    """
    Compact, erase who is to be erased, prune, check: all of it, whatever goes wrong. Exit 1 then.

    Example: recommender store tend
    """
    tended(
        {"compact": compact, "erase": partial(erase, pending=True), "prune": prune, "check": check}
    )


def _ids(store: "Store", tenant: str) -> list[TenantId]:
    """Deleted tenants too: whether one exists may be what cannot be read."""
    return [store.tenant(tenant).tenant_id] if tenant else store.tenant_ids()


def _checked(store: "Store", places: list[TenantId | None]) -> "tuple[list[Finding], int]":
    """Everything found, and how many objects were looked at."""
    seen: set[str] = set()
    with progress_line() as line:
        total = store.object_count()
        line.step("checking")

        def examined(key: str) -> None:
            seen.add(key)
            line.progress(len(seen), max(total, len(seen)))

        now = datetime.now(UTC)
        found = []
        count = 0
        for place in places:
            found += list(store.check(place, examined, now))
            count += len(seen)
            seen.clear()
        return found, count


def _growth(growth: "Growth") -> dict[str, Any]:
    return {
        "new_events": growth.new_events,
        "duplicates": growth.duplicates,
        "flow": growth.flow,
    }


def _pruned(pruned: "list[tuple[TenantId, Pruning]]") -> Iterator[Any]:
    headers = ["tenant", "events", "days before", "models", "item changes", "runs", "leftovers"]
    yield table(
        headers,
        [
            (
                one,
                told.events.events,
                told.cut or "",
                len(told.models.versions),
                told.catalog.changes_before - (told.catalog.changes_after or 0),
                len(told.runs),
                told.events.retired + told.events.orphans + told.models.orphans,
            )
            for one, told in pruned
        ],
    )


def _gone(gone: "list[tuple[TenantId, Departure]]") -> Iterator[str]:
    for tenant, told in gone:
        since = f" of {told.deleted_at:%Y-%m-%d}" if told.deleted_at else ""
        yield f"the deletion{since} of '{tenant}' is final: {counted(told.objects, 'object')}"
