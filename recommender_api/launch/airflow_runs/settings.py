"""
Where Airflow is, and who asks it: from the environment of the server.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

VARIABLES = {
    "url": "RECOMMENDER_AIRFLOW_URL",
    "token": "RECOMMENDER_AIRFLOW_TOKEN",
    "user": "RECOMMENDER_AIRFLOW_USER",
    "password": "RECOMMENDER_AIRFLOW_PASSWORD",
    "dag_id": "RECOMMENDER_AIRFLOW_DAG",
}
"""Field → the variable that it is read from; a job is told none of them."""


@dataclass(frozen=True)
class AirflowSettings:
    """One Airflow, one user of its API, one DAG."""

    url: str
    token: str = field(default="", repr=False)
    """Of an API user; empty: one is fetched with user and password."""
    user: str = ""
    password: str = field(default="", repr=False)
    dag_id: str = "run_job"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "AirflowSettings":
        """
        Raises:
            ValueError: says what has to be set.
        """
        given = {name: environment.get(variable, "") for name, variable in VARIABLES.items()}
        made = cls(**({"url": ""} | {name: text for name, text in given.items() if text}))
        if urlsplit(made.url).scheme not in ("http", "https"):
            raise ValueError(
                "say where Airflow is: RECOMMENDER_AIRFLOW_URL=https://airflow.internal"
            )
        if not made.token and not (made.user and made.password):
            raise ValueError(
                "say who asks Airflow: RECOMMENDER_AIRFLOW_TOKEN, or RECOMMENDER_AIRFLOW_USER and "
                "RECOMMENDER_AIRFLOW_PASSWORD"
            )
        return made
