"""
What only Airflow's own Python can tell of our DAGs, as JSON: run by it, never imported.

`tasks`: every DAG's tasks, read with the network shut. `pods`: what each task would ask Kubernetes.
`endings`: what becomes of a task whose pod ended so or so. `handed_on`: what its command told.
"""

import json
import os
import socket
import subprocess
import sys


def shut(*_, **__):
    raise AssertionError("work on import")


def tasks(dags):
    return {name: sorted(dag.task_ids) for name, dag in dags.items()}


def pods(dags):
    from kubernetes.client import ApiClient

    order = {
        "tenant": "shop",
        "run_id": "20261122T031619Z-4d3958d6c",
        "resources": "large",
        "claim": "night",
        "limit": "1000",
        "output": "s3://answers",
        "placement": "for_you",
        "arguments": '["train", "--tenant=shop"]',
    }
    made = {}
    for name, dag in dags.items():
        for task in dag.tasks:
            if type(task).__name__ == "PodJob":
                task.order = order if "resources" in str(task.order) else order | {"resources": ""}
                task.order = {key: value for key, value in task.order.items() if value}
                task.prepare()
                task.hook = Hook()
                pod = task.build_pod_request_obj(None, dry_run=True)
                made[f"{name}.{task.task_id}"] = ApiClient().sanitize_for_serialization(pod)
    return made


def endings(dags):
    """What becomes of a task by how its pod's container ended, and the exit code that is kept."""
    task = dags["run_job"].get_task("job")
    for asks in ("process_pod_deletion", "_read_pod_events", "is_istio_enabled"):
        setattr(task, asks, lambda *_, **__: None)  # of a cluster, and there is none
    told = []
    for code, said in json.loads(sys.argv[2]):
        instance, pod = Instance(), ended_pod(code, said)
        try:
            task.cleanup(pod, pod, None, {"ti": instance})
            told.append(["", "", instance.kept])
        except Exception as error:  # noqa: BLE001 - its name is what is told
            told.append([type(error).__name__, str(error), instance.kept])
    return told


def handed_on(dags):
    """What a step's task hands on of what its pod's container left as its last message."""
    task = dags["train_tenants"].get_task("train_small.gate")
    task.is_istio_enabled = task.process_pod_deletion = lambda *_, **__: None
    instance, pod = Instance(), ended_pod(0, sys.argv[2])
    task.cleanup(pod, pod, None, {"ti": instance})
    return instance.told


class Instance:
    """What a task hands its exit code to, and what its command told."""

    kept = told = None

    def xcom_push(self, key, value):
        assert key in ("exit_code", "return_value")
        setattr(self, "kept" if key == "exit_code" else "told", value)


def ended_pod(code, said):
    from kubernetes.client import models

    ended = models.V1ContainerStateTerminated(exit_code=code, message=said)
    container = models.V1ContainerStatus(
        name="base",
        image="",
        image_id="",
        ready=False,
        restart_count=0,
        state=models.V1ContainerState(terminated=ended),
    )
    phase = "Failed" if code else "Succeeded"
    status = models.V1PodStatus(phase=phase, container_statuses=[container])
    return models.V1Pod(metadata=models.V1ObjectMeta(name="job"), status=status)


class Hook:
    """What Airflow would ask a cluster, or its own database, and there is none."""

    get_xcom_sidecar_container_image = staticmethod(lambda: "alpine:3")
    get_xcom_sidecar_container_resources = staticmethod(
        lambda: {"requests": {"cpu": "1m", "memory": "10Mi"}, "limits": {"memory": "50Mi"}}
    )


def main(what):
    from airflow.dag_processing.dagbag import DagBag
    from airflow.models import dag as _  # noqa: F401 - read before anything is shut

    kept = socket.socket.connect, subprocess.Popen.__init__
    socket.socket.connect = subprocess.Popen.__init__ = shut
    bag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
    socket.socket.connect, subprocess.Popen.__init__ = kept
    told = {"tasks": tasks, "pods": pods, "endings": endings, "handed_on": handed_on}[what]
    sys.stdout.write(json.dumps({"errors": bag.import_errors, "told": told(bag.dags)}) + "\n")


main(sys.argv[1])
