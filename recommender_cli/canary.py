"""
`recommender canary show|watch`: a new model that answers a part of the users first.
"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recommender_store.errors import StoreError
from recommender_store.tenant_space import TenantSpace

from .options import AsJson, Tenant
from .output import DONE, FAILED, REFUSED, WAITING, emit, fail, say, table
from .stores import opened, tenant_space

if TYPE_CHECKING:
    from recommender_api.experiments.canary_watch import Looked

app = typer.Typer(no_args_is_help=True, help="New models, tried on a part of the users first.")

LOOK_EVERY_S = 60.0

RunId = Annotated[str, typer.Option("--run", help="Left out: the run of the tenant's newest one.")]


@app.command()
def show(tenant: Tenant, run: RunId = "", as_json: AsJson = False) -> None:
    """
    What came of a canary so far, or what was decided; nothing is decided here.

    Example: recommender canary show --tenant shop
    """
    from recommender_api.experiments.canary_watch import look, newest_canary

    space = tenant_space(tenant)
    run_id = run or newest_canary(space)
    if run_id is None:
        fail(f"'{tenant}' tries no model: canaries are on where training.canary.enabled says so")
    looked = look(space, run_id, datetime.now(UTC), decides=False)
    emit(_told(tenant, looked), as_json=as_json, lines=[_line(tenant, looked), *_figures(looked)])


@app.command()
def watch(
    tenant: Annotated[str, typer.Option("--tenant", help="Left out: every tenant.")] = "",
    run: RunId = "",
    wait: Annotated[bool, typer.Option("--wait", help="Until all are decided.")] = False,
    as_json: AsJson = False,
) -> None:
    """
    Look at a canary, and decide where it is time: the model goes live, or never does.

    Exit 0: live, or nothing to watch; 3: not promoted, with the reason; 4: not decided yet. Without
    a tenant 0 and 4 alone, 1 where one cannot be looked at.

    Example: recommender canary watch --tenant shop --wait
    """
    if run and not tenant:
        raise typer.BadParameter("a run belongs to a tenant: name it", param_hint="--tenant")
    while True:
        found = _Found(tenant, run)
        if not wait or found.code != WAITING:
            break
        time.sleep(LOOK_EVERY_S)
    document = {"canaries": found.documents, "faults": found.faults}
    lines = found.lines or ["no canary to watch"]
    emit(document, as_json=as_json, lines=lines)
    if found.code == REFUSED:
        say(f"refused: {found.reason}")
    raise typer.Exit(found.code)


class _Found:
    """One look at one tenant, or at all: each canary's state, and the exit code of it."""

    def __init__(self, tenant: str, run: str) -> None:
        self.documents: list[dict[str, Any]] = []
        self.faults: list[dict[str, str]] = []
        self.lines: list[Any] = []
        self.reason = ""
        states = set()
        for name, looked in self._looks(tenant, run):
            self.documents.append(_told(name, looked))
            self.lines += [_line(name, looked), *_figures(looked)]
            states.add(looked.state)
            if tenant and looked.run.status == "refused":
                self.reason = f"{looked.run.sentence} [{looked.run.code}]"
        self.code = WAITING if "waiting" in states else REFUSED if self.reason else DONE
        if self.faults:
            self.code = FAILED

    def _looks(self, tenant: str, run: str) -> Iterator[tuple[str, "Looked"]]:
        from recommender_api.experiments.canary_watch import look, newest_canary

        if tenant:
            space = tenant_space(tenant)
            run_id = run or newest_canary(space)
            if run_id is not None:
                yield tenant, look(space, run_id, datetime.now(UTC))
            return
        store = opened()
        for tenant_id in store.tenant_ids():
            space = store.space(tenant_id)
            try:
                run_id = newest_canary(space) if space.exists() else None
                if run_id is not None:
                    yield str(tenant_id), look(space, run_id, datetime.now(UTC))
            except StoreError as error:
                self._keep_fault(space, error)

    def _keep_fault(self, space: TenantSpace, error: StoreError) -> None:
        self.faults.append({"tenant": space.tenant_id, "code": error.code, "detail": str(error)})
        say(f"error: tenant '{space.tenant_id}': {error} [{error.code}]")


def _told(tenant: str, looked: "Looked") -> dict[str, Any]:
    return {
        "tenant": tenant,
        "run": looked.run.run_id,
        "state": looked.state,
        "status": looked.run.status,
        "code": looked.run.code,
        "version": looked.run.version,
        "sentence": looked.sentence,
        "figures": looked.figures,
    }


def _line(tenant: str, looked: "Looked") -> str:
    words = {"promoted": "live now", "refused": "not promoted", "published": "tried"}
    word = words.get(looked.run.status, looked.run.status)
    return f"{tenant}: run {looked.run.run_id}: {word}: {looked.sentence}"


def _figures(looked: "Looked") -> list[Any]:
    if "new" not in looked.figures:
        return []
    rows = [
        (name, side["answers"], side["users"], side["hits"], _spelt(side["rate"]), side["empty"])
        for name, side in looked.figures.items()
        if isinstance(side, dict)
    ]
    outcome = looked.figures["outcome"]
    return [table(["model", "answers", "users", outcome, "rate", "empty"], rows)]


def _spelt(rate: list[float] | None) -> str:
    if rate is None:
        return ""
    value, low, high = (f"{one:.2%}" for one in rate)
    return f"{value} ({low} to {high})"
