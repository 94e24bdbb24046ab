"""
`recommender audit [check|record]`: who did what, and whether the trail of it is whole.
"""

import json
import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import AsJson
from .output import FAILED, counted, emit, table
from .stores import author, opened

if TYPE_CHECKING:
    from recommender_store.audit.audit import Listed

app = typer.Typer()

VALUE_LENGTH = 40
"""Of a value in the table; `--json` has it whole."""


@app.callback(invoke_without_command=True)
def audit(
    context: typer.Context,
    tenant: Annotated[str, typer.Option("--tenant", help="Left out: everybody's.")] = "",
    actor: Annotated[str, typer.Option("--actor", help="Who did it, as it is told.")] = "",
    kind: Annotated[str, typer.Option("--kind", help="key.revoked, or key for all of them.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help="Entries, the newest first.")] = 50,
    before: Annotated[int | None, typer.Option("--before", help="Older than this entry.")] = None,
    as_json: AsJson = False,
) -> None:
    """
    Who did what, when and from where: the newest entries of the audit trail.

    Example: recommender audit --tenant shop --kind key
    """
    if context.invoked_subcommand is None:
        from recommender_store.audit.audit import Wanted

        wanted = Wanted(tenant or None, actor or None, kind or None)
        found = _page(wanted, limit, before)
        document = {"entries": found.entries, "before": found.before}
        emit(document, as_json=as_json, lines=[_table(found.entries)])


@app.command()
def check(
    since: Annotated[
        str,
        typer.Option("--since", metavar="NUMBER:SHA256", help="A head that was told before."),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """
    Hold the trail to itself and to every decision. Changes nothing; exit 1 where it is not whole.

    Example: recommender audit check --json
    """
    found = opened().check_audit(_known(since))
    head = f"{found.entries}:{found.head}"
    document = {
        "entries": found.entries,
        "head": head if found.entries else None,
        "findings": [{"key": one.key, "sentence": one.sentence} for one in found.findings],
    }
    lines = [f"{one.key} {one.sentence}" for one in found.findings]
    verdict = "is not whole" if found.findings else "is whole"
    lines.append(f"the trail of {counted(found.entries, 'decision')} {verdict}; its head is {head}")
    emit(document, as_json=as_json, lines=lines)
    if found.findings:
        raise SystemExit(FAILED)


@app.command()
def record(as_json: AsJson = False) -> None:
    """
    Take into the trail the decisions that are not in it, each marked as late.

    Example: recommender audit record
    """
    from recommender_store.audit.deeds import Deed

    store = opened()
    taken = store.record_untold()
    if taken:
        numbers = [one.number for one in taken]
        store.audit.note("", Deed("audit.recorded"), author(), {"entries": numbers})
    document = {"recorded": [one.number for one in taken]}
    emit(document, as_json=as_json, lines=[f"{counted(len(taken), 'decision')} taken in"])


def _page(wanted: Any, limit: int, before: int | None) -> "Listed":
    """So many that fit, from as many pages as it takes."""
    audit = opened().audit
    found = audit.page(wanted, limit, before)
    while len(found.entries) < limit and found.before is not None:
        more = audit.page(wanted, limit - len(found.entries), found.before)
        found = more._replace(entries=[*found.entries, *more.entries])
    return found


def _known(since: str) -> tuple[int, str] | None:
    if not since:
        return None
    match = re.fullmatch(r"([1-9]\d{0,11}):([0-9a-f]{64})", since, re.ASCII)
    if match is None:
        raise typer.BadParameter(
            "write a head as `recommender audit check` tells it", param_hint="--since"
        )
    return int(match[1]), match[2]


def _table(entries: list[dict[str, Any]]) -> Any:
    rows = [
        (
            one["number"],
            f"{one['at']:%Y-%m-%d %H:%M:%S}",
            one["tenant"],
            one["kind"],
            f"{one['by']} from {one['from']}",
            _told(one),
        )
        for one in entries
    ]
    return table(["", "UTC", "tenant", "what", "who", "to what"], rows)


def _told(entry: dict[str, Any]) -> str:
    changes = entry["changes"] or []
    if entry["kind"] in ("settings.changed", "quotas.changed"):
        return ", ".join(
            f"{one['name']}: {_short(one['before'])} -> {_short(one['after'])}" for one in changes
        )
    return ", ".join(entry["subject"])


def _short(value: Any) -> str:
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= VALUE_LENGTH else text[: VALUE_LENGTH - 1] + "…"
