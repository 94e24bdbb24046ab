"""
How a task ends as its command did: in Airflow's own words, with the exit code kept beside.
"""

from collections.abc import Sequence
from typing import Any

from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from airflow_dags.jobs.outcome import outcome

EXIT_CODE = "exit_code"
"""As this XCom, for whoever started the run."""

RETURN_VALUE = "return_value"
"""As this one, what the command told."""

SAYS = "recommender> "
"""Before every line of a job's own in a task's log."""


def end(context: Any, exit_code: int | None, said: Sequence[str]) -> None:
    """
    Raises:
        AirflowSkipException: it refused.
        AirflowFailException: another try would come to the same.
        AirflowException: another try may not.
    """
    if exit_code is not None:
        context["ti"].xcom_push(key=EXIT_CODE, value=exit_code)
    verdict, reason = outcome(exit_code, said)
    if verdict == "skip":
        raise AirflowSkipException(reason)
    if verdict == "fail":
        raise AirflowFailException(reason)
    if verdict == "retry":
        raise AirflowException(reason)
