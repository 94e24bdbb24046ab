"""
What only Airflow's own Python can tell of our DAGs, as JSON: run by it, never imported.

`tasks`: every DAG's tasks, read with the network shut. `pods`: what each task would ask Kubernetes.
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
    told = {"tasks": tasks, "pods": pods}[what](bag.dags)
    sys.stdout.write(json.dumps({"errors": bag.import_errors, "told": told}) + "\n")


main(sys.argv[1])
