"""A worker that is killed, or ends, takes its hooks' processes with it, whatever they are doing."""

import contextlib
import os
import signal
import sys
import threading

import httpx
import pytest

from tests.faults.server_process import ServerProcess
from tests.recommender_api.asking import answered
from tests.recommender_api.rules.hooks.installed import hooks, installed_in, is_gone
from tests.recommender_api.served import AUTHOR, NO_TLS, store_in, until
from tests.trainers.tenant import change_settings

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc")


@pytest.fixture
def server(tmp_path):
    store = store_in(tmp_path, create=True)
    space = store.create_tenant("shop", "Shop", author=AUTHOR)
    change_settings(space, hooks={"allowed": tuple(hooks()), "budget_ms": 1000.0})
    for name in ("endless", "stubborn"):
        rule = {"id": name, "kind": "hook", "name": name, "when": f"$context.hook = '{name}'"}
        space.policies.rules.put(name, rule, author=AUTHOR)
    secret = space.keys.create("test", ["serve", "catalog"], author=AUTHOR).secret
    running = ServerProcess(tmp_path)
    running._environment["PYTHONPATH"] += os.pathsep + str(installed_in(tmp_path / "site"))
    running._environment["RECOMMENDER_SECRET_KEY"] = store.settings.secret_key or ""
    running.start()
    with httpx.Client(
        base_url=f"{running.url}/v1/tenants/shop",
        headers={"Authorization": f"Bearer {secret}"},
        verify=NO_TLS,
    ) as client:
        client.put("/items/a", json={"title": "A"}).raise_for_status()
        yield running, client
    running.end()


@pytest.mark.parametrize("hook", ["endless", "stubborn"])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_no_hook_outlives_its_worker(server, tmp_path, hook, how):
    running, client = server
    report = tmp_path / "pid"
    asked = {"context": {"hook": hook, "report": str(report)}}
    thinking = threading.Thread(target=ask_on, args=(client, asked))
    thinking.start()
    until(lambda: report.exists() and bool(report.read_text()))

    running.end(how)
    thinking.join()

    until(lambda: is_gone(int(report.read_text())))


def ask_on(client, body):
    """Ask until nobody answers any more."""
    with contextlib.suppress(httpx.TransportError):
        while True:
            answered(client.post("/placements/popular:recommend", json=body))
