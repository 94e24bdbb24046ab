"""Each route that changes something leaves a deed in the audit trail, or it is said why not."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from recommender_api.launch.jobs import Jobs
from recommender_api.launch.local_processes import LocalProcesses
from tests.recommender_api.served import AUTHOR, Served, serving, store_in, until
from tests.trainers.tenant import change_settings

TENANTS = "/v1/tenants"
SHOP = f"{TENANTS}/{{tenant}}"
RULE = {"kind": "exclude", "filter": "price < 3"}
EXPERIMENT = {"placements": ["for_you"], "variants": [{"id": "a"}, {"id": "b", "weight": 2}]}
ANSWERS = "asks, and changes nothing"
PATIENCE_S = 180
"""An erasure is done once the import before it has ended."""
IN_THE_LOG = "an event, not a decision: the event log and the ledger have it"
IN_THE_CATALOG = "sent all day by a product: the item log has it, with its time and replica"

Sent = tuple[str, str, str, Any]
"""Kind of the deed, route, path below the tenant's, body."""

REASONS = {
    f"POST {SHOP}/placements/{{placement}}:recommend": ANSWERS,
    f"POST {SHOP}/recommendations:batch": ANSWERS,
    f"POST {SHOP}/recommendations:lookup": ANSWERS,
    f"POST {SHOP}/rules:preview": ANSWERS,
    f"POST {SHOP}/users:events": ANSWERS,
    f"POST {SHOP}/events": IN_THE_LOG,
    f"POST {SHOP}/sessions/{{session_id}}:identify": IN_THE_LOG,
    f"POST {SHOP}/sessions:identify": IN_THE_LOG,
    f"PUT {SHOP}/items/{{item_id}}": IN_THE_CATALOG,
    f"PATCH {SHOP}/items/{{item_id}}": IN_THE_CATALOG,
    f"DELETE {SHOP}/items/{{item_id}}": IN_THE_CATALOG,
}


@pytest.fixture
def served(folder: Path) -> Iterator[Served]:
    store = store_in(folder)
    change_settings(store.tenant("shop"), imports={"prefixes": (f"file://{folder}/",)})
    with serving(store) as running:
        sleeping = LocalProcesses(folder / "launched", {}, ("/bin/sh", "-c", "sleep 30"))
        running.applications.documented.state.jobs = Jobs(sleeping)
        yield running


def deeds(served: Served, folder: Path) -> Iterator[Sent]:
    """The next is asked for when the one before was done."""
    yield from of_policies()
    yield from of_models_and_keys(served)
    yield from of_runs(served, folder)
    yield "user.erased", f"DELETE {SHOP}/users/{{user_id}}", "/users/user-000001", None
    yield "user.erased", f"POST {SHOP}/users:erase", "/users:erase", {"user_id": "user-000002"}
    yield "settings.changed", f"PUT {SHOP}", "", {"name": "Another"}
    yield "tenant.deleted", f"DELETE {SHOP}", "?confirm=shop", None
    yield "tenant.restored", f"POST {SHOP}:restore", ":restore", None


def of_policies() -> Iterator[Sent]:
    yield "rule.changed", f"POST {SHOP}/rules", "/rules", {"id": "r", **RULE}
    yield "rule.changed", f"PUT {SHOP}/rules/{{rule_id}}", "/rules/r", {**RULE, "priority": 3}
    yield "rule.deleted", f"DELETE {SHOP}/rules/{{rule_id}}", "/rules/r", None
    yield "placement.changed", f"POST {SHOP}/placements", "/placements", {"id": "p"}
    placement = f"{SHOP}/placements/{{placement}}"
    yield "placement.changed", f"PUT {placement}", "/placements/p", {"limit": 7}
    yield "placement.deleted", f"DELETE {placement}", "/placements/p", None
    experiment = f"{SHOP}/experiments/{{experiment}}"
    yield (
        "experiment.changed",
        f"POST {SHOP}/experiments",
        "/experiments",
        {"id": "e", **EXPERIMENT},
    )
    yield "experiment.changed", f"PUT {experiment}", "/experiments/e", {**EXPERIMENT, "note": "x"}
    yield "experiment.deleted", f"DELETE {experiment}", "/experiments/e", None


def of_models_and_keys(served: Served) -> Iterator[Sent]:
    space = served.store.tenant("shop")
    older = min(one.version for one in space.models.versions())
    key = space.keys.create("to be rotated", ("serve",), author=AUTHOR).record.key_id
    promote = f"POST {SHOP}/models/{{version}}:promote"
    yield "model.promoted", promote, f"/models/{older}:promote", {"reason": "older"}
    yield "model.rolled_back", f"POST {SHOP}/models:rollback", "/models:rollback", None
    yield "quotas.changed", f"PUT {SHOP}/quotas", "/quotas", {"items": 5_000}
    yield "key.created", f"POST {SHOP}/keys", "/keys", {"name": "new", "scopes": ["serve"]}
    rotate = f"POST {SHOP}/keys/{{key_id}}:rotate"
    yield "key.rotated", rotate, f"/keys/{key}:rotate", None
    yield "key.revoked", f"DELETE {SHOP}/keys/{{key_id}}", f"/keys/{key}", None


def of_runs(served: Served, folder: Path) -> Iterator[Sent]:
    line = '{"item_id": "i"}'
    yield "items.imported", f"POST {SHOP}/items:import", "/items:import", line
    yield "training.started", f"POST {SHOP}/runs", "/runs", {"threads": 1}
    runs = served.admin.get(f"{TENANTS}/shop/runs").json()["runs"]
    run = next(one["run_id"] for one in runs if one["ended_at"] is None)
    cancel = f"POST {SHOP}/runs/{{run_id}}:cancel"
    yield "training.cancelled", cancel, f"/runs/{run}:cancel", None
    (folder / "log.csv").write_text("user_id,item_id,timestamp\n")
    place = {"from": f"file://{folder}/log.csv"}
    yield "import.started", f"POST {SHOP}/imports", "/imports", place


def told(served: Served, kind: str) -> int:
    """How often a kind of deed is in the trail."""
    page = served.admin.get("/v1/audit", params={"kind": kind, "limit": 500}).json()
    return sum(one["kind"] == kind for one in page["entries"])


def mutating(served: Served) -> set[str]:
    paths = served.client().get("/openapi.json").json()["paths"]
    return {
        f"{method.upper()} {path}"
        for path, methods in paths.items()
        for method in methods
        if method != "get"
    }


def test_every_route_that_changes_something_leaves_its_deed(served, folder):
    routes = mutating(served)
    done = {f"POST {TENANTS}"}
    before = told(served, "tenant.created")
    assert served.admin.post(TENANTS, json={"id": "another"}).status_code == 201
    assert told(served, "tenant.created") == before + 1
    for kind, route, path, body in deeds(served, folder):
        before = told(served, kind)
        sent = {"content": body} if isinstance(body, str) else {"json": body}
        answer = served.admin.request(
            route.split()[0], f"{TENANTS}/shop{path}", **({} if body is None else sent)
        )
        assert answer.is_success, (route, answer.text)
        until(lambda kind=kind, before=before: told(served, kind) > before, timeout_s=PATIENCE_S)
        done.add(route)

    assert done.isdisjoint(REASONS)
    assert done | REASONS.keys() == routes


def test_an_import_of_items_is_told_by_how_many_and_not_by_what(served):
    lines = '{"item_id": "secret-item", "title": "hush"}\n{"title": "nobody"}\n'
    shop = served.of("shop")
    assert shop.post("/items:import", content=lines, headers={"X-Request-ID": "r-1"}).is_success

    found = served.admin.get("/v1/audit", params={"kind": "items.imported"})

    newest = found.json()["entries"][0]
    assert newest["detail"] == {"items": 1, "left_out": 1}
    assert (newest["tenant"], newest["request_id"]) == ("shop", "r-1")
    assert newest["by"].startswith("key:")
    assert "hush" not in found.text
    assert "secret-item" not in found.text
