"""
Where Spark runs and how it is configured: read once from the environment.
"""

import os
from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from recommender_store.errors import SettingInvalid

ON_THIS_MACHINE = "local[*]"

_OF_THE_POD = {
    "spark.driver.host": "POD_IP",
    "spark.kubernetes.driver.pod.name": "POD_NAME",
}
"""Properties and the variables, of the pod's own specification, that say them by default."""


class SparkSettings(BaseModel):
    """The master, and properties on top of what this room sets."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    master: str | None = None
    """None: what `spark-submit` was given, else all cores of this machine."""
    properties: dict[str, str] = Field(default_factory=dict)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """
        Raises:
            SettingInvalid: where a variable's value makes no sense.
        """
        is_submitted = "PYSPARK_GATEWAY_PORT" in environment
        default = None if is_submitted else ON_THIS_MACHINE
        return cls(
            master=environment.get("RECOMMENDER_SPARK_MASTER") or default,
            properties=_of_the_pod(environment)
            | _properties(environment.get("RECOMMENDER_SPARK_CONF", "")),
        )


def _of_the_pod(environment: Mapping[str, str]) -> dict[str, str]:
    """By what executors find a driver in a pod, and end with it."""
    if not environment.get("RECOMMENDER_SPARK_MASTER", "").startswith("k8s://"):
        return {}
    return {name: environment[one] for name, one in _OF_THE_POD.items() if environment.get(one)}


def _properties(text: str) -> dict[str, str]:
    """`key=value` by semicolons or lines: values of Spark's have commas and blanks in them."""
    found = {}
    for one in text.replace("\n", ";").split(";"):
        name, separator, value = one.strip().partition("=")
        if not one.strip():
            continue
        if not separator or not name.startswith("spark."):
            raise SettingInvalid(
                variable="RECOMMENDER_SPARK_CONF",
                value=one.strip(),
                wanted="properties such as spark.executor.memory=8g;spark.executor.instances=4",
            )
        if "$(" in value:
            raise SettingInvalid(
                variable="RECOMMENDER_SPARK_CONF",
                value=one.strip(),
                wanted="values without $(…): Kubernetes puts none in where the variable comes from "
                "a ConfigMap. POD_IP and POD_NAME of the pod are taken by themselves",
            )
        found[name.strip()] = value.strip()
    return found
