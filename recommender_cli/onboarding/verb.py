"""
`recommender tenants create`: a tenant alone, or all the way from a log to recommendations.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recommender_cli.events import Format, MappingFile
from recommender_cli.log_places import local_files
from recommender_cli.options import AsJson
from recommender_cli.output import REFUSED, emit, say, table
from recommender_cli.stores import author, opened_or_made

from .hand_over import ENDPOINT
from .telling import Refused

if TYPE_CHECKING:
    from recommender_store.opening import Store


def create(
    tenant: Annotated[str, typer.Argument(help="Lower-case letters, digits, hyphens.")],
    more: Annotated[
        list[str], typer.Argument(metavar="[LOG]...", help="More files of the log of --from.")
    ] = [],
    name: Annotated[str, typer.Option(help="What people call it.")] = "",
    logs: Annotated[
        list[str],
        typer.Option("--from", metavar="LOG", help="A log to import, train on and answer from."),
    ] = [],
    log_format: Format = "",
    mapping: MappingFile = None,
    items: Annotated[
        list[Path], typer.Option(exists=True, help="What the log's items are, where it is silent.")
    ] = [],
    endpoint: Annotated[str, typer.Option(help="Of the API, in the lines to copy.")] = ENDPOINT,
    as_json: AsJson = False,
) -> None:
    """
    Onboard a tenant; makes the store where there is none.

    With --from all the way: looks at the log, judges it, imports it, trains, and prints a key
    (once), a request, lines for your service, and the first answers. Exit 3: the data or the gate
    said no. What stands is kept: the same command goes on.

    Example: recommender tenants create shop --from OnlineRetail.csv.gz
    """
    if logs:
        files = [*logs, *more]
        _create_from(tenant, name, files, (log_format, mapping, items, endpoint), as_json=as_json)
    elif more or log_format or mapping or items:
        raise typer.BadParameter("name the log", param_hint="--from")
    else:
        _create_alone(tenant, name, as_json=as_json)


def _create_alone(tenant: str, name: str, *, as_json: bool) -> None:
    space = opened_or_made().create_tenant(tenant, name or tenant, author=author())
    next_steps = [
        f"tenant '{tenant}' is there, and answers: newest items, what is popular, what it learns.",
        f"  recommender keys create --tenant {tenant} --name web --scope ingest --scope serve",
        f"  recommender items import --tenant {tenant} FILE",
        "  recommender serve",
        f"  recommender train --tenant {tenant}, once events came; with a log of the past, all of",
        f"  it at once: recommender tenants create {tenant} --from LOG",
    ]
    emit(space.settings().model_dump(mode="json"), as_json=as_json, lines=next_steps)


def _create_from(
    tenant: str,
    name: str,
    logs: list[str],
    how: tuple[str, Path | None, list[Path], str],
    *,
    as_json: bool,
) -> None:
    from .onboarding import Onboarding, Wanted

    log_format, mapping, items, endpoint = how
    with local_files(logs, os.environ) as paths:
        store = opened_or_made()
        _make(store, tenant, name)
        wanted = Wanted(
            tenant,
            paths,
            log_format=log_format,
            mapping=mapping,
            items=items,
            endpoint=endpoint.rstrip("/"),
            is_watched=not as_json,
        )
        onboarding = Onboarding(store, wanted)
        try:
            document = onboarding.run() | {"status": "live"}
        except Refused as refused:
            why = {"step": refused.step, "code": refused.code, "sentence": refused.sentence}
            document = onboarding.document | {"status": "refused", "refused": why}
    emit(document, as_json=as_json, lines=_lines(document))
    if "refused" in document:
        say("what was done is kept: put right what is said, and run the same command again")
        raise typer.Exit(REFUSED)


def _make(store: "Store", tenant: str, name: str) -> None:
    from recommender_store.tenants.errors import TenantExists

    with suppress(TenantExists):  # an earlier run made it, or it is deleted: that is told next
        store.create_tenant(tenant, name or tenant, author=author())


def _lines(document: dict[str, Any]) -> list[Any]:
    """What people read; a refusal was told when it happened."""
    if "refused" in document:
        return []
    secret = document["key"]["secret"]
    lines: list[Any] = []
    for answer in document["recommendations"]:
        lines += [_headline(answer), _ranked(answer)]
    lines += [f"the key, shown once: {secret}", ""] if secret else []
    lines += [
        "start the API in this folder, then ask it:",
        "  recommender serve",
        f"  {document['curl']}",
        "",
        "send what happens from now on (pip install recommender-loggers-sdk):",
        *(f"  {line}".rstrip() for line in document["snippet"].splitlines()),
    ]
    return lines


def _headline(answer: dict[str, Any]) -> str:
    asked = answer["asked"]
    if "item_id" in asked:
        seed = answer["title"] or asked["item_id"]
        return f"those who took “{seed}” also took (by {answer['served_by']}):"
    return f"for the user {asked['user_id']} (by {answer['served_by']}):"


def _ranked(answer: dict[str, Any]) -> Any:
    rows = [(one["rank"], one["item_id"], one["title"], one["reason"]) for one in answer["items"]]
    return table(["", "item", "title", "why"], rows)
