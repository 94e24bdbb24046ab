"""
Looking at everything of one tenant, or at what belongs to the platform. Changes nothing.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain

import msgspec
from pydantic import ValidationError

from recommender_store.artifacts.inspection import inspect_bundles
from recommender_store.catalog.change import ItemChange
from recommender_store.errors import RecordUnreadable, StoreError
from recommender_store.event_log.inspection import inspect_log
from recommender_store.objects.append_log import Segment
from recommender_store.objects.change_feed import ChangeFeed
from recommender_store.objects.finding import Examined, Finding, damage
from recommender_store.objects.inspection import RESTORE, inspect_chains, inspect_segments
from recommender_store.objects.scope import Scope
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.errors import (
    DigestKeyUnreadable,
    PseudonymKeyUnreadable,
    TenantUnknown,
)

_OWN_CHECKS = ("feed/", "audit/")
"""`recommender audit check` looks at the trail."""
_decode = msgspec.json.Decoder(ItemChange).decode


def check_tenant(
    space: TenantSpace, scope: Scope, now: datetime, examined: Examined
) -> Iterator[Finding]:
    """
    Args:
        space: the tenant's corner.
        scope: the same corner, as plain objects.
        now: what is a day older and belongs to nothing is a finding.
        examined: told each key that was looked at.
    """
    keys = [info.key for info in scope.list("")]
    found = chain(
        inspect_chains(scope, keys, examined),
        _inspect_settings(space),
        _inspect_digest_key(space),
        _below("events", inspect_log(scope.at("events"), now, examined)),
        _below(
            "catalog/changes",
            inspect_segments(scope.at("catalog", "changes"), examined, _fault_of_changes),
        ),
        _inspect_snapshot(space, keys, examined),
        inspect_bundles(space.models, scope.at("artifacts"), now, examined),
        _inspect_runs(space),
        _inspect_imports(space, scope),
        _inspect_ledger(space, examined),
        _inspect_usage(space, examined),
    )
    for finding in found:
        yield finding._replace(key=f"{scope.prefix}/{finding.key}")


def check_platform(platform: Scope, examined: Examined) -> Iterator[Finding]:
    """The chains and the change feed of the platform; its marker was read to open the store."""
    keys = [info.key for info in platform.list("") if not info.key.startswith(_OWN_CHECKS)]
    yield from _below(platform.prefix, inspect_chains(platform, keys, examined))
    feed = ChangeFeed(platform.at("feed"))
    for info in platform.list("feed"):
        examined(info.key)
        try:
            feed.at(int(info.key.removeprefix("feed/").removesuffix(".json")))
        except (RecordUnreadable, ValueError) as error:
            sentence = f"is a hint that cannot be read ({error}): delete it, or wait until it ages"
            yield damage(f"{platform.prefix}/{info.key}", sentence)


def _below(prefix: str, findings: Iterator[Finding]) -> Iterator[Finding]:
    return (finding._replace(key=f"{prefix}/{finding.key}") for finding in findings)


def _fault_of_changes(_: Segment, lines: list[bytes]) -> str | None:
    try:
        for line in lines:
            _decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return f"a line is not an item's change: {error}"
    return None


def _inspect_snapshot(space: TenantSpace, keys: list[str], examined: Examined) -> Iterator[Finding]:
    for key in keys:
        if key.startswith("catalog/snapshots/"):
            examined(key)
    if found := space.catalog.snapshot_fault():
        name, fault = found
        sentence = f"is a damaged copy of the catalog ({fault}): delete it, the log says the same"
        yield damage(f"catalog/snapshots/{name}", sentence)


def _inspect_settings(space: TenantSpace) -> Iterator[Finding]:
    try:
        space.pseudonyms()
    except TenantUnknown:
        return  # deleted, or its settings are a finding already
    except PseudonymKeyUnreadable as error:
        yield damage("pseudonyms/key.json", str(error))
    except StoreError as error:
        yield damage("settings", f"cannot be read ({error}): {RESTORE}")


def _inspect_digest_key(space: TenantSpace) -> Iterator[Finding]:
    try:
        space.known_digests()
    except DigestKeyUnreadable as error:
        yield damage("digests/key.json", str(error))


def _inspect_runs(space: TenantSpace) -> Iterator[Finding]:
    for run_id in space.runs.ids():
        try:
            space.runs.find(run_id)
        except (StoreError, ValidationError) as error:
            yield damage(f"runs/{run_id}/state", f"cannot be read ({error}): {RESTORE}")


def _inspect_imports(space: TenantSpace, scope: Scope) -> Iterator[Finding]:
    for info in scope.list("imports"):
        try:
            space.imports.find(info.key.removeprefix("imports/").removesuffix(".json"))
        except StoreError as error:
            yield damage(info.key, f"cannot be read ({error}): delete it, and import once more")


def _inspect_usage(space: TenantSpace, examined: Examined) -> Iterator[Finding]:
    for key, fault in space.usage.faults():
        examined(f"usage/{key}")
        if fault is not None:
            sentence = f"is a damaged page of usage ({fault}): {RESTORE}, or delete it: its day "
            yield damage(f"usage/{key}", sentence + "is short of what one worker counted")


def _inspect_ledger(space: TenantSpace, examined: Examined) -> Iterator[Finding]:
    for key, fault in space.ledger.faults(examined):
        sentence = f"is a damaged page of the ledger ({fault}): {RESTORE}, or delete it: its day "
        yield damage(f"ledger/{key}", sentence + "is short of what one replica counted")
