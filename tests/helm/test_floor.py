"""A schedule's floor is set on the autoscaler, and on nothing else, by the script that pods run."""

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.helm.helm_process import CHART

SCRIPT = CHART / "files" / "autoscaling" / "floor.py"
PATH = "/apis/autoscaling/v2/namespaces/reco/horizontalpodautoscalers/shop-api"
SCHEDULE = [
    {"name": "evening", "cron": "45 17 * * *", "minReplicas": 9},
    {"name": "night", "cron": "0 23 * * *", "minReplicas": 3},
]


class Autoscalers(BaseHTTPRequestHandler):
    """The Kubernetes API, as far as one autoscaler goes."""

    def do_GET(self):
        self.answer(lambda spec: spec)

    def do_PATCH(self):
        patch = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.patches.append((self.headers["content-type"], patch))
        self.answer(lambda spec: spec.update(patch["spec"]))

    def answer(self, change):
        is_known = self.headers["authorization"] == "Bearer t0ken"
        is_there = self.path == f"{PATH}?fieldManager=recommender-floor"
        status = 200 if is_known and is_there else 403 if is_there else 404
        if status == 200:
            change(self.server.spec)
        body = json.dumps({"spec": self.server.spec, "message": "no"}).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def cluster():
    with ThreadingHTTPServer(("127.0.0.1", 0), Autoscalers) as server:
        server.spec, server.patches = {"maxReplicas": 20}, []
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def account(tmp_path):
    (tmp_path / "token").write_text("t0ken\n", encoding="ascii")
    (tmp_path / "namespace").write_text("reco", encoding="ascii")
    return tmp_path


@pytest.fixture
def floor(cluster, account):
    def run(*arguments):
        return subprocess.run(
            [sys.executable, str(SCRIPT), "shop-api", *arguments],
            env={
                "KUBERNETES_API": f"http://127.0.0.1:{cluster.server_port}",
                "KUBERNETES_ACCOUNT": str(account),
            },
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_the_floor_is_set_and_nothing_else(cluster, floor):
    done = floor("9")

    assert (done.returncode, done.stdout) == (0, "shop-api keeps at least 9 replicas\n")
    assert cluster.patches == [("application/merge-patch+json", {"spec": {"minReplicas": 9}})]


def test_the_floor_goes_down_again(cluster, floor):
    cluster.spec["minReplicas"] = 9

    assert floor("3").returncode == 0
    assert cluster.spec == {"maxReplicas": 20, "minReplicas": 3}


def test_an_upgrade_in_the_evening_leaves_the_evenings_floor(cluster, floor):
    cluster.spec["minReplicas"] = 9

    done = floor("2", "--raise-only")

    assert "at least 9" in done.stdout
    assert not cluster.patches


def test_an_installation_gets_its_first_floor(cluster, floor):
    floor("2", "--raise-only")

    assert cluster.spec["minReplicas"] == 2


def test_a_right_that_is_missing_is_told(account, floor):
    (account / "token").write_text("another", encoding="ascii")

    done = floor("9")

    assert done.returncode == 1
    assert "answered 403" in done.stderr


def test_a_cluster_out_of_reach_is_told(cluster, floor):
    cluster.server_close()

    done = floor("9")

    assert done.returncode == 1
    assert "cannot be reached" in done.stderr


def test_under_a_schedule_nobody_else_says_how_low_replicas_go(rendered):
    objects = rendered({"autoscaling.schedule": SCHEDULE, "autoscaling.timeZone": "Europe/Berlin"})

    assert "minReplicas" not in objects.one("HorizontalPodAutoscaler")["spec"]
    assert {each["spec"]["schedule"] for each in objects.all("CronJob")} == {
        "45 17 * * *",
        "0 23 * * *",
    }
    assert {each["spec"]["timeZone"] for each in objects.all("CronJob")} == {"Europe/Berlin"}


def test_the_command_of_a_schedule_is_one_that_the_script_takes(rendered, cluster, floor):
    objects = rendered({"autoscaling.schedule": SCHEDULE})
    evening = objects.one("CronJob", "shop-floor-evening")["spec"]["jobTemplate"]["spec"]

    (container,) = evening["template"]["spec"]["containers"]
    *_, name = container["command"]

    assert name == "shop-api"
    assert floor(*container["args"]).returncode == 0
    assert cluster.spec["minReplicas"] == 9
    assert objects.one("ConfigMap", "shop-floor")["data"]["floor.py"] == SCRIPT.read_text()


def test_the_first_floor_is_that_of_the_values(rendered, cluster, floor):
    asked = {"autoscaling.schedule": SCHEDULE, "autoscaling.minReplicas": 4}

    job = rendered(asked).one("Job", "shop-floor-first")

    (container,) = job["spec"]["template"]["spec"]["containers"]
    floor(*container["args"])
    assert cluster.spec["minReplicas"] == 4
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "post-install,post-upgrade"
