"""
What the DAGs are told by the environment of Airflow: where jobs run, and what pods are made of.

Read where a DAG file is parsed, so it must be the same for the DAG processor and the workers. It
costs no query and no network; nothing here is a secret.

Imports of this room are absolute: Airflow may read any of its files by its path alone.
"""

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

PLACES = ("kubernetes", "local")

_NAMES = {
    "place": "RECOMMENDER_DAGS_MODE",
    "image": "RECOMMENDER_DAGS_IMAGE",
    "namespace": "RECOMMENDER_DAGS_NAMESPACE",
    "service_account": "RECOMMENDER_DAGS_SERVICE_ACCOUNT",
    "secret": "RECOMMENDER_DAGS_SECRET",
    "config_map": "RECOMMENDER_DAGS_CONFIG_MAP",
    "spark_image": "RECOMMENDER_DAGS_SPARK_IMAGE",
    "spark_config_map": "RECOMMENDER_DAGS_SPARK_CONFIG_MAP",
    "store_claim": "RECOMMENDER_DAGS_STORE_CLAIM",
    "pools": "RECOMMENDER_DAGS_POOLS",
    "program": "RECOMMENDER_DAGS_PROGRAM",
}


@dataclass(frozen=True)
class DagSettings:
    """Where and with what the jobs of all DAGs run."""

    place: str = "kubernetes"
    """`local`: processes of the worker's machine, for a laptop and for tests."""
    image: str = "recommender-trainer:latest"
    """The Airflow variable `recommender_image` wins over it, from the next task on."""
    namespace: str = "recommender"
    service_account: str = "recommender-trainer"
    secret: str = "recommender"  # noqa: S105 - the name of a secret is none
    """Of Kubernetes; its keys are environment variables of the job."""
    config_map: str = "recommender"
    """The same for what is no secret; it may be missing."""
    spark_image: str = ""
    """Of the pods that are Spark's drivers; empty: the same."""
    spark_config_map: str = ""
    """Mounted there at `/etc/recommender/spark`, for the template of the executors' pods."""
    store_claim: str = ""
    """A volume claim with the store, where it is a folder; empty: it is a bucket."""
    pools: str = ""
    """`by_class`: a pool of Airflow's for each size; else all jobs share the default one."""
    program: str = "recommender"
    """Of `local`: the command, in words as a shell reads them."""

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(shlex.split(self.program))

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "DagSettings":
        """
        Raises:
            ValueError: names the variable that says what does not exist.
        """
        given = {field: environment.get(name, "") for field, name in _NAMES.items()}
        made = cls(**{field: text for field, text in given.items() if text})
        if made.place not in PLACES:
            raise ValueError(f"{_NAMES['place']}={made.place}: say {' or '.join(PLACES)}")
        if made.pools not in ("", "by_class"):
            raise ValueError(f"{_NAMES['pools']}={made.pools}: say by_class, or leave it empty")
        return made
