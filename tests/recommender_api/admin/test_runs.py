"""Trainings asked for by REST: started, followed, cancelled, and told of when they die."""

import json
import os
import signal
from pathlib import Path

import httpx
import pytest

from recommender_store.author import Author
from recommender_store.runs.pulse import beating
from recommender_store.runs.record import Run
from tests.recommender_api.served import Served, serving, store_in, until
from tests.trainers.tenant import change_settings

TRIES = 20
LONG = {"recipe": ["for_you=search"]}
"""A training that takes half an hour."""
TRAINING_S = 300.0
"""It gives way to whatever else the machine does."""
HERE = Author("test", "here")


@pytest.fixture(name="client")
def _client(own: Served) -> httpx.Client:
    return own.of("shop")


def start(client: httpx.Client, **asked: object) -> str:
    answer = client.post("/runs", json={"threads": 1, **asked})
    assert answer.status_code == 202, answer.text
    assert answer.json()["status"] == "queued"
    return str(answer.json()["run_id"])


def shown(client: httpx.Client, run_id: str) -> dict[str, object]:
    return client.get(f"/runs/{run_id}").json()


def ended(client: httpx.Client, run_id: str) -> dict[str, object]:
    until(lambda: shown(client, run_id)["ended_at"] is not None, TRAINING_S)
    return shown(client, run_id)


def minder_of(folder: Path, run_id: str) -> int:
    known = json.loads((folder / "store" / "launched" / "shop" / run_id / "process").read_text())
    return int(known["pid"])


def going(client: httpx.Client, **asked: object) -> str:
    """A training that has begun to work; one that ended before it was seen is begun again."""
    for _ in range(TRIES):
        run_id = start(client, **asked)
        until(lambda run_id=run_id: shown(client, run_id)["status"] != "queued", TRAINING_S)
        if shown(client, run_id)["status"] == "running":
            return run_id
    raise AssertionError("each had ended before it was seen")


def test_a_training_is_started_goes_live_and_is_told(client: httpx.Client) -> None:
    before = client.get("/popular").json()["model"]["version"]
    run_id = start(client, recipe=["for_you=als"], seed=5)

    run = ended(client, run_id)

    assert run["status"] == "promoted", run
    assert (run["options"]["seed"], run["options"]["recipes"]) == (5, ["for_you=als"])
    assert (run["launched"]["launcher"], run["resumed"]) == ("local", [])
    until(lambda: any("promoted" in line for line in shown(client, run_id)["log_tail"]))
    until(lambda: client.get("/popular").json()["model"]["version"] == run["version"] != before)
    assert run_id in [one["run_id"] for one in client.get("/runs").json()["runs"]]


def test_one_training_at_a_time_and_a_cancelled_one_makes_room(client: httpx.Client) -> None:
    live = client.get("/models").json()["current"]
    run_id = start(client)

    second = client.post("/runs")
    assert (second.status_code, second.json()["code"]) == (409, "job_running")
    assert run_id in second.json()["detail"]

    cancelled = client.post(f"/runs/{run_id}:cancel")
    assert cancelled.status_code == 200, cancelled.text
    assert (cancelled.json()["status"], cancelled.json()["code"]) == ("cancelled", "cancelled")
    again = client.post(f"/runs/{run_id}:cancel")
    assert (again.status_code, again.json()["code"]) == (409, "run_ended")

    third = start(client, dry_run=True)
    assert ended(client, third)["status"] == "dry"
    assert shown(client, run_id)["status"] == "cancelled"
    assert client.get("/models").json()["current"] == live


def test_a_killed_training_ends_as_one_with_a_code_and_a_sentence(
    client: httpx.Client, folder: Path
) -> None:
    run_id = going(client, **LONG)
    minder = minder_of(folder, run_id)
    (child,) = Path(f"/proc/{minder}/task/{minder}/children").read_text().split()

    os.kill(int(child), signal.SIGKILL)

    run = ended(client, run_id)
    assert (run["status"], run["code"]) == ("failed", "job_killed")
    assert "memory" in run["sentence"]
    assert start(client, dry_run=True)


def test_a_training_that_outlived_a_server_is_followed_by_the_next(folder: Path) -> None:
    with serving(store_in(folder)) as served:
        run_id = going(served.of("shop"))
        minder = minder_of(folder, run_id)
        os.killpg(minder, signal.SIGSTOP)  # or it ends before the next server is asked
    with serving(store_in(folder)) as served:
        client = served.of("shop")

        assert client.post("/runs").json()["code"] == "job_running"
        os.killpg(minder, signal.SIGCONT)
        assert ended(client, run_id)["status"] == "promoted"


def test_a_training_whose_process_is_gone_is_told_as_died(folder: Path) -> None:
    with serving(store_in(folder)) as served:
        run_id = going(served.of("shop"), **LONG)
        minder = minder_of(folder, run_id)
        os.killpg(minder, signal.SIGSTOP)  # or it ends well while the server does
    os.killpg(minder, signal.SIGKILL)
    with serving(store_in(folder)) as served:
        run = ended(served.of("shop"), run_id)

    assert (run["status"], run["code"]) == ("failed", "job_died")
    assert run["sentence"].endswith("start it again")


def test_a_refused_training_is_told_as_refused(own: Served) -> None:
    change_settings(own.store.tenant("shop"), training={"minimum_interactions": 10_000_000})
    client = own.of("shop")

    run = ended(client, start(client))

    assert (run["status"], run["code"]) == ("refused", "too_few_interactions")


def test_a_quota_holds_for_what_is_asked_for_by_rest_too(own: Served) -> None:
    change_settings(own.store.tenant("shop"), quotas={"concurrent_trainings": 0})
    client = own.of("shop")

    run = ended(client, start(client))

    assert (run["status"], run["code"]) == ("refused", "quota_refused")


def test_a_job_that_fails_before_it_can_say_so_is_told_with_its_last_line(own: Served) -> None:
    client = own.of("shop")

    run = ended(client, start(client, recipe=["for_you=magic"]))

    assert run["status"] == "failed"
    assert "magic" in run["sentence"]


def test_a_training_at_a_terminal_takes_the_place_too(own: Served) -> None:
    space = own.store.tenant("shop")
    run = Run(run_id="99991231T000000Z-terminal", started_at=space.settings().created_at)
    space.runs.save(run, HERE)

    with beating(space.runs.files(run.run_id)):
        busy = own.of("shop").post("/runs")

    assert (busy.status_code, busy.json()["code"]) == (409, "job_running")
    assert own.of("shop").post("/runs", json={"dry_run": True}).status_code == 202


@pytest.mark.parametrize(
    "asked",
    [
        {"recipe": ["--help"]},
        {"recipe": ["for_you=als --force"]},
        {"seed": -1},
        {"engine": "kubernetes"},
        {"force_checks": ""},
        {"tenant": "twin"},
    ],
    ids=str,
)
def test_what_train_would_not_take_starts_nothing(shop: httpx.Client, asked: object) -> None:
    before = len(shop.get("/runs").json()["runs"])

    answer = shop.post("/runs", json=asked)

    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")
    assert len(shop.get("/runs").json()["runs"]) == before


@pytest.mark.parametrize(
    ("name", "lacks"),
    [("kubernetes", "RECOMMENDER_KUBERNETES_"), ("airflow", "RECOMMENDER_AIRFLOW_URL")],
)
def test_a_launcher_that_lacks_a_setting_names_it(tmp_path: Path, name: str, lacks: str) -> None:
    store = store_in(tmp_path, create=True)
    store.create_tenant("shop", "Shop", author=HERE)
    with serving(store, launcher=name) as served:
        client = served.of("shop")
        answer = client.post("/runs")

        assert (answer.status_code, answer.json()["code"]) == (503, "launcher_absent")
        assert lacks in answer.json()["detail"]
        assert client.post("/runs").json()["code"] == "launcher_absent"


def test_another_tenant_s_run_is_unknown(own: Served) -> None:
    run_id = own.of("shop").get("/runs").json()["runs"][0]["run_id"]

    answer = own.of("twin").post(f"/runs/{run_id}:cancel")

    assert (answer.status_code, answer.json()["code"]) == (404, "run_unknown")


def test_runs_take_the_scope_manage(served: Served) -> None:
    client = served.client(served.key("shop", "ingest", "serve", "catalog"), "shop")

    assert client.post("/runs").json()["code"] == "forbidden"
    assert client.post("/runs/x:cancel").json()["code"] == "forbidden"
