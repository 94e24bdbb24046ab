"""
`recommender tenants due`: whose schedule has passed since its last training.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recommender_store.errors import StoreError
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.identity import TenantId, parse_tenant_id

from .due_started import Starting
from .options import AsJson
from .output import USAGE, emit, fail, say, table, write
from .stores import author, opened

if TYPE_CHECKING:
    from recommender_store.opening import Store
    from trainers.jobs.due import Due

AT_ONCE = 16
"""Tenants looked at together: of a bucket, each is a few round trips."""

_HEADERS = ["tenant", "due since (UTC)", "schedule", "resources", "run"]


def due(
    claim: Annotated[
        str,
        typer.Option(
            help="Queue a run for each; it is told again to who gives the same name, to none else."
        ),
    ] = "",
    start: Annotated[
        bool, typer.Option("--start", help="Begin a training of each, by RECOMMENDER_LAUNCHER.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="So many, the longest due first.")] = 1000,
    output: Annotated[
        Path | None, typer.Option(help="Where to write the JSON document as well.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """
    Tenants that are to be trained by now, by `training.schedule` and their last training.

    A tenant that cannot be read is named on stderr and keeps none of the others back.

    Example: recommender tenants due --json
    """
    from trainers.jobs import due as schedules

    if claim and start:
        fail("say `--claim` or `--start`, not both: who claims begins them too", USAGE)
    store, now, me = opened(), datetime.now(UTC), author()
    look, starting = _Look(store), Starting(store) if start else None

    def is_due(space: TenantSpace) -> "Due | None":
        if starting is not None:
            starting.follow(space)
        return schedules.due(space, now, claim)

    asked = look.at(store.tenant_ids(), is_due)
    listed = sorted(asked, key=lambda one: (one.since, one.tenant))[:limit]
    if claim:
        ids = [parse_tenant_id(one.tenant) for one in listed]
        listed = look.at(ids, lambda space: schedules.claimed(space, now, claim, me))
    if starting is not None:
        listed = [one for one in map(starting.start, listed) if one is not None]
    document = {"due": [one._asdict() for one in listed], "faults": look.faults}
    if output is not None:
        with output.open("w", encoding="utf-8") as file:
            write(document, file)
    rows = [
        (one.tenant, f"{one.since:%Y-%m-%d %H:%M}", one.schedule, one.resources, one.run_id)
        for one in listed
    ]
    emit(document, as_json=as_json, lines=[table(_HEADERS, rows)])


class _Look:
    """At many tenants, several at once; one that cannot be read is told and passed over."""

    def __init__(self, store: "Store") -> None:
        self._store = store
        self.faults: list[dict[str, str]] = []

    def at(
        self, tenants: Sequence[TenantId], of: "Callable[[TenantSpace], Due | None]"
    ) -> "list[Due]":
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return [one for one in pool.map(lambda tenant: self._one(tenant, of), tenants) if one]

    def _one(self, tenant: TenantId, of: "Callable[[TenantSpace], Due | None]") -> "Due | None":
        space = self._store.space(tenant)
        try:
            return of(space) if space.exists() else None
        except StoreError as error:
            self.faults.append({"tenant": tenant, "code": error.code, "detail": str(error)})
            say(f"error: tenant '{tenant}': {error} [{error.code}]")
            return None
