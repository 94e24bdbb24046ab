"""
`recommender tenants due`: whose schedule has passed since its last training.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recommender_store.errors import StoreError
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.identity import TenantId

from .options import AsJson
from .output import emit, say, table, write
from .stores import author, opened

if TYPE_CHECKING:
    from trainers.jobs.due import Due

_HEADERS = ["tenant", "due since (UTC)", "schedule", "resources", "run"]


def due(
    claim: Annotated[
        str,
        typer.Option(
            help="Queue a run for each; it is told again to who gives the same name, to none else."
        ),
    ] = "",
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

    store, now = opened(), datetime.now(UTC)
    faults: list[dict[str, str]] = []

    def told(one: TenantId, of: "Callable[[TenantSpace], Due | None]") -> "Due | None":
        try:
            return of(store.space(one)) if store.space(one).exists() else None
        except StoreError as error:
            faults.append({"tenant": one, "code": error.code, "detail": str(error)})
            say(f"error: tenant '{one}': {error} [{error.code}]")
            return None

    asked = {
        one: told(one, lambda space: schedules.due(space, now, claim)) for one in store.tenant_ids()
    }
    waiting = sorted((due.since, one) for one, due in asked.items() if due)[:limit]
    found = [asked[one] for _, one in waiting]
    if claim:
        mine = author()
        found = [
            told(one, lambda space: schedules.claimed(space, now, claim, mine))
            for _, one in waiting
        ]
    listed = [one for one in found if one]
    document = {"due": [one._asdict() for one in listed], "faults": faults}
    if output is not None:
        with output.open("w", encoding="utf-8") as file:
            write(document, file)
    rows = [
        (one.tenant, f"{one.since:%Y-%m-%d %H:%M}", one.schedule, one.resources, one.run_id)
        for one in listed
    ]
    emit(document, as_json=as_json, lines=[table(_HEADERS, rows)])
