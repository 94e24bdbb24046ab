"""
The demo, told: onboard, send, train, gate, recommend, keep serving.
"""

import shlex
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recommender_cli.onboarding.first_answers import busiest
from recommender_cli.output import fail, out, progress_line, table
from recommender_cli.training_progress import training_progress
from recommender_store.opening import Store, open_store
from recommender_store.runs.record import Run
from recommender_store.settings import StoreSettings

from .onboarding import onboard, send_events, send_items
from .platform import Platform, running_platform, segment
from .worlds.world import World, build_world

WORLDS = {"trailhead": "Trailhead, an outdoor shop", "paperback": "Paperback, a book shop"}
SEED, USERS, ITEMS, DAYS = 7, 1500, 400, 45
OWN_TENANT = "yours"
NEW_MODEL_TIMEOUT_S = 30.0


def run_tour(*, once: bool, data: Path | None, log_format: str, port: int) -> None:
    """Everything, in a store of its own that ends with the demo."""
    with tempfile.TemporaryDirectory(prefix="recommender-demo-") as folder:
        settings = StoreSettings.from_environment({"RECOMMENDER_STORE_URL": f"file://{folder}"})
        store = open_store(settings, create=True)
        with running_platform(settings.url, port) as platform:
            out.print(f"[bold]the API serves at {platform.url}[/bold]")
            tour = Tour(platform, store)
            if data is None:
                keys = {tenant: tour.show_world(tenant, name) for tenant, name in WORLDS.items()}
            else:
                keys = {OWN_TENANT: tour.show_own_log(data, log_format)}
            if once:
                _say_what_to_run(data, log_format)
            else:
                out.print("\n[bold]try it[/bold]")
            _say_what_to_ask(platform, *next(iter(keys.items())), tour.example)
            if not once:
                store_url = f"the command line: export RECOMMENDER_STORE_URL={settings.url}"
                out.print(store_url, markup=False)
                _serve_on(platform)


class Tour:
    """One demo over one store."""

    def __init__(self, platform: Platform, store: Store) -> None:
        self._platform = platform
        self._store = store
        self.example = ("", "")
        """An item and a user worth asking for."""

    def show_world(self, tenant: str, name: str) -> str:
        """A made-up tenant, from its world to its answers; returns its key."""
        world = build_world(
            tenant, seed=SEED, users=USERS, items=ITEMS, days=DAYS, end=datetime.now(UTC)
        )
        out.print(f"\n[bold]{name}[/bold] (tenant '{tenant}')")
        key = onboard(self._platform, tenant, name)
        items = send_items(self._platform, tenant, world)
        started = time.perf_counter()
        with progress_line() as line:
            line.step(f"{tenant}: events through the logger SDK")
            stats = send_events(self._platform, key, world, line.progress)
        rate = stats.delivered / (time.perf_counter() - started)
        out.print(
            f"  {items} items, {stats.delivered:,} events sent through the logger SDK over HTTP "
            f"({rate:,.0f}/s), each durable before it was acknowledged"
        )
        self._train(tenant)
        item, user = _busiest(world)
        self.example = self.example if any(self.example) else (item, user)
        self._show_answers(tenant, item, user)
        return key

    def show_own_log(self, data: Path, log_format: str) -> str:
        """Somebody's own log; returns the tenant's key."""
        from recommender_cli.events import import_log

        name = data.name
        out.print(f"\n[bold]{name}[/bold] (tenant '{OWN_TENANT}')")
        key = onboard(self._platform, OWN_TENANT, name)
        space = self._store.tenant(OWN_TENANT)
        document = import_log(space, [data], log_format, None, with_items=True)
        out.print(f"  {document['events']:,} events and {document['items']:,} items imported")
        self._train(OWN_TENANT)
        item, user = busiest(space)
        self.example = (item, user)
        self._show_answers(OWN_TENANT, item, user)
        return key

    def _train(self, tenant: str) -> None:
        """Train and gate; what passes goes live, and the server takes it up by itself."""
        from trainers.jobs.options import TrainOptions
        from trainers.jobs.train import train

        started = time.perf_counter()
        with training_progress({}) as line:
            run = train(self._store.tenant(tenant), TrainOptions(), self._store.cache, report=line)
        took_s = time.perf_counter() - started
        out.print(f"  trained in {took_s:.1f} s; the gate, on the newest events it never saw:")
        _print_quality(run)
        if run.status == "promoted":
            self._wait_for_model(tenant, run.version)
        else:
            out.print(f"  nothing goes live ({run.sentence}): what is popular is served meanwhile")

    def _wait_for_model(self, tenant: str, version: str | None) -> None:
        deadline = time.monotonic() + NEW_MODEL_TIMEOUT_S
        while time.monotonic() < deadline:
            model = self._platform.recommend(tenant, "popular", limit=1)["model"]
            if model is not None and model["version"] == version:
                return
            time.sleep(0.1)
        fail(f"the server did not take up the model {version} within {NEW_MODEL_TIMEOUT_S:.0f} s")

    def _show_answers(self, tenant: str, item: str, user: str) -> None:
        seed = self._platform.call("GET", f"/{tenant}/items/{segment(item)}").get("title", item)
        route = f"items/{segment(item)}/similar"
        similar = self._platform.recommend(tenant, route, limit=5, fields="title")
        _print_answer(f"those who looked at “{seed}” also looked at", similar)
        route = f"users/{segment(user)}/recommendations"
        for_you = self._platform.recommend(tenant, route, limit=5, fields="title")
        _print_answer(f"for the user {user}", for_you)


def _print_quality(run: Run) -> None:
    results = {step.name: step.result for step in run.steps}
    if "gate" not in results:
        return
    rows = []
    for slot, verdict in results["gate"].items():
        measured = results["measure"].get(slot, {})
        if "model" in measured:
            ours, popular = measured["model"], measured["popularity"]
            rows.append(
                (
                    slot,
                    f"{ours['ndcg@10']:.3f}",
                    f"{popular['ndcg@10']:.3f}",
                    f"{ours['recall@10']:.3f}",
                    "passed" if verdict["passed"] else "REFUSED",
                )
            )
        if not verdict["passed"]:
            out.print(f"  {slot}: {verdict['sentence']}", markup=False)
    out.print(table(["slot", "NDCG@10", "popularity's", "recall@10", "gate"], rows))


def _print_answer(title: str, answer: dict[str, Any]) -> None:
    rows = [
        (one["rank"], one["attributes"].get("title", one["item_id"]), one["reason"])
        for one in answer["items"]
    ]
    out.print(f"  {title} (served by {answer['served_by']}):", markup=False)
    out.print(table(["", "title", "why"], rows))


def _busiest(world: World) -> tuple[str, str]:
    """The item and the user with the most events."""
    items: dict[str, int] = {}
    users: dict[str, int] = {}
    for event in world.timeline:
        users[event.user_id] = users.get(event.user_id, 0) + 1
        if event.item_id is not None:
            items[event.item_id] = items.get(event.item_id, 0) + 1
    return max(items, key=items.__getitem__), max(users, key=users.__getitem__)


def _say_what_to_run(data: Path | None, log_format: str) -> None:
    """The server ends with this command: nobody is to try what cannot answer."""
    options = [] if data is None else ["--data", str(data)]
    options += ["--format", log_format] if log_format else []
    out.print("\n[bold]that was it: server, keys and store end with --once[/bold]")
    out.print(
        f"to try it yourself, run: {shlex.join(['recommender', 'demo', *options])}", markup=False
    )
    out.print("it serves until Ctrl-C, and prints lines like these, with a key that works then:")


def _say_what_to_ask(platform: Platform, tenant: str, key: str, example: tuple[str, str]) -> None:
    base, shown = f"{platform.url}/v1/tenants/{tenant}", f"-H 'Authorization: Bearer {key}'"
    item, user = map(segment, example)
    event = (
        f'{{"events":[{{"event_id":"demo-1","kind":"view","user_id":"{example[1]}",'
        f'"item_id":"{example[0]}","occurred_at":"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"}}]}}'
    )
    for line in (
        f"curl {shown} '{base}/items/{item}/similar?limit=3'",
        f"curl {shown} '{base}/users/{user}/recommendations?limit=3'",
        f"curl {shown} {base}/events -d '{event}'",
    ):
        out.print(line, markup=False)
    signed_in = f"sign in with {platform.admin_token}"
    out.print(f"the console for people: {platform.url}/console ({signed_in})", markup=False)
    out.print(f"the API's own pages: {platform.url}/docs", markup=False)


def _serve_on(platform: Platform) -> None:
    out.print("\nserving until Ctrl-C")
    try:
        platform.server.wait()
    except KeyboardInterrupt:
        out.print("ending; the demo's store goes with it")
    except subprocess.SubprocessError as error:
        fail(str(error))
