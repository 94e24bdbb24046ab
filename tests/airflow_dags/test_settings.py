"""What the DAGs are told by their environment."""

import pytest

from airflow_dags.settings import DagSettings


def test_without_a_word_jobs_run_in_pods() -> None:
    assert DagSettings.from_environment({}) == DagSettings(place="kubernetes")


def test_what_is_said_counts_and_what_is_empty_does_not() -> None:
    said = {
        "RECOMMENDER_DAGS_MODE": "local",
        "RECOMMENDER_DAGS_PROGRAM": "'/opt/a b/python' -m recommender_cli",
        "RECOMMENDER_DAGS_IMAGE": "",
    }

    settings = DagSettings.from_environment(said)

    assert settings.place == "local"
    assert settings.words == ("/opt/a b/python", "-m", "recommender_cli")
    assert settings.image == DagSettings().image


@pytest.mark.parametrize("name", ["RECOMMENDER_DAGS_MODE", "RECOMMENDER_DAGS_POOLS"])
def test_what_does_not_exist_is_refused_by_the_variable_s_name(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name}=elsewhere"):
        DagSettings.from_environment({name: "elsewhere"})
