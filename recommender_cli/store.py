"""
`recommender store compact|files|check|prune|erase`.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recommender_store.errors import StoreError
from recommender_store.tenants.identity import TenantId, parse_tenant_id

from .options import AsJson, Tenant
from .output import FAILED, USAGE, counted, emit, fail, progress_line, say, table
from .stores import author, opened, tenant_space

if TYPE_CHECKING:
    from recommender_store.care.erase import Receipt
    from recommender_store.care.leaving import Departure
    from recommender_store.care.prune import Pruning
    from recommender_store.erasures.receipt import Receipt as UserReceipt
    from recommender_store.event_log.compaction import Growth
    from recommender_store.objects.finding import Finding
    from recommender_store.opening import Store
    from recommender_store.tenant_space import TenantSpace

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
        "faults": _told_faults(faults),
    }
    rows = [
        (one, growth.new_events, growth.duplicates, sum(growth.flow.get("compacted", {}).values()))
        for one, growth in grown
    ]
    headers = ["tenant", "new events", "duplicates", "lines taken in"]
    emit(document, as_json=as_json, lines=[table(headers, rows)])
    _end(faults)


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
        "faults": _told_faults(faults),
    }
    emit(
        document, as_json=as_json, lines=[*_pruned(pruned), *_gone(gone), f"feed entries: {feed:,}"]
    )
    _end(faults)


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
        _erase_pending(store, _ids(store, tenant), as_json=as_json)
        return
    if not tenant:
        fail("name the tenant: `--tenant`", USAGE)
    space = store.tenant(tenant)
    question = f"Remove {user or session!r} from '{tenant}' for good?"
    if not yes and not typer.confirm(question, err=True):
        fail("nothing was erased")
    if user:
        _erase_user(store, space, user, as_json=as_json)
    else:
        _erase_session(store, space, session, as_json=as_json)


def _erase_user(store: "Store", space: "TenantSpace", user: str, *, as_json: bool) -> None:
    """As over REST: a receipt that stays, and what the user did before never comes back."""
    from recommender_store.care.forgetting import SETTLE_S, follow_orders, order

    receipt_id = order(space, user, author()).id
    time.sleep(SETTLE_S)
    sessions = follow_orders(space, store.cache).sessions.get(receipt_id, ())
    receipt = space.erasures.find(receipt_id)
    document = {"tenant": space.tenant_id, **receipt.model_dump(mode="json")}
    emit({**document, "sessions": sessions}, as_json=as_json, lines=_told(receipt, sessions))
    if not receipt.done:
        fail("something is left: a server goes on with it, or `--pending` does")


def _told(receipt: "UserReceipt", sessions: Sequence[str]) -> Iterator[str]:
    yield f"{receipt.id}: {'done' if receipt.done else 'not done yet'}"
    models = [one for one, state in receipt.models.items() if state == "erased"]
    if receipt.events_removed or models:
        yield f"{counted(receipt.events_removed, 'event')} removed"
        yield f"{counted(len(models), 'model')} written anew: {', '.join(models) or 'none'}"
    else:
        yield "nothing of them was found, in the log or in a model"
    yield from (f"waits for: {one}" for one in receipt.open)
    yield from (f"not covered: {one}" for one in receipt.not_covered)
    if sessions:
        yield f"`--session` erases what was done without the user's id: {', '.join(sessions)}"


def _erase_session(store: "Store", space: "TenantSpace", session: str, *, as_json: bool) -> None:
    from recommender_store.care.erase import erase_actor
    from recommender_store.event_log.erasure import Actor

    receipt = erase_actor(space, Actor("session_id", session), store.cache, datetime.now(UTC))
    _note_session(space, session, receipt)
    document = {"tenant": space.tenant_id, **asdict(receipt)}
    emit(document, as_json=as_json, lines=_receipt(receipt))
    if not receipt.is_complete:
        fail("something is left: see what was not covered, and erase again")


def _erase_pending(store: "Store", tenants: list[TenantId], *, as_json: bool) -> None:
    """What was asked for was meant: nobody is asked again."""
    from recommender_store.care.forgetting import follow_orders

    receipts: list[tuple[TenantId, UserReceipt]] = []
    faults, is_complete = {}, True
    for one in tenants:
        try:
            if store.space(one).exists():
                followed = follow_orders(store.space(one), store.cache)
                receipts += [(one, receipt) for receipt in followed.receipts]
                is_complete = is_complete and followed.is_complete
        except StoreError as error:
            faults[one] = error
    document = {
        "receipts": [{"tenant": one, **told.model_dump(mode="json")} for one, told in receipts],
        "faults": _told_faults(faults),
    }
    states = [
        (one, told.id, "done" if told.done else "; ".join(told.open)) for one, told in receipts
    ]
    emit(document, as_json=as_json, lines=[table(["tenant", "receipt", "state"], states)])
    _end(faults)
    if not is_complete:
        fail("something is left: see what it waits for, and say it again")


def _note_session(space: "TenantSpace", session: str, receipt: "Receipt") -> None:
    """In the audit trail, by the digest alone."""
    from recommender_store.audit.deeds import Deed

    told = {
        "events": receipt.log.events,
        "models": list(receipt.models),
        "is_complete": receipt.is_complete,
    }
    subject = (space.digest_of("session", session),)
    space.audit.note(Deed("session.erased", subject), author(), told)


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


def _receipt(receipt: "Receipt") -> Iterator[str]:
    log = receipt.log
    if log.events or receipt.models:
        events, files = counted(log.events, "event"), counted(log.files_rewritten, "file")
        yield f"{events} removed, {files} of the log replaced"
        models = counted(len(receipt.models), "model")
        yield f"{models} written anew: {', '.join(receipt.models) or 'none'}"
    else:
        yield "nothing of them was found, in the log or in a model"
    yield from (
        f"{'covered' if log.events else 'looked through'}: {one}" for one in receipt.covered
    )
    yield from (f"not covered: {one}" for one in receipt.not_covered)


def _told_faults(faults: dict[TenantId, StoreError]) -> list[dict[str, str]]:
    return [
        {"tenant": one, "code": error.code, "detail": str(error)} for one, error in faults.items()
    ]


def _end(faults: dict[TenantId, StoreError]) -> None:
    """Exit code 1, and a sentence for each tenant that something is wrong with."""
    for tenant, error in faults.items():
        say(f"error: tenant '{tenant}': {error} [{error.code}]")
    if faults:
        raise SystemExit(FAILED)
