"""What goes wrong between a launcher and its Airflow is told by what is to be mended."""

import sys
from collections.abc import Iterator

import pytest

from recommender_api.launch.airflow_runs.launcher import AirflowRuns
from recommender_api.launch.airflow_runs.settings import AirflowSettings
from recommender_api.launch.choice import _told as told
from recommender_api.launch.choice import chosen_launcher
from recommender_api.launch.errors import LauncherAbsent, LaunchFailed
from recommender_api.launch.protocol import Order
from recommender_store.settings import StoreSettings
from recommender_store.tenants.identity import parse_tenant_id
from tests.recommender_api.launch.airflow_runs.small_airflow import SmallAirflow, small_airflow
from tests.recommender_api.served import until

SHOP = parse_tenant_id("shop")
ORDER = Order(SHOP, "r1", ("-c", "print('begun')"), "large")


@pytest.fixture(name="airflow")
def _airflow() -> Iterator[SmallAirflow]:
    with small_airflow() as airflow:
        yield airflow


@pytest.fixture(name="launcher")
def _launcher(airflow: SmallAirflow) -> AirflowRuns:
    return AirflowRuns(AirflowSettings(airflow.url, user="recommender", password="secret"))


def failed(launcher: AirflowRuns) -> str:
    with pytest.raises(LaunchFailed) as caught:
        launcher.start(ORDER)
    return caught.value.reason


def test_an_order_is_a_run_with_tenant_run_arguments_and_size(
    airflow: SmallAirflow, launcher: AirflowRuns
) -> None:
    launcher.start(ORDER)

    assert airflow.tasks["shop--r1"].conf == {
        "tenant": "shop",
        "run_id": "r1",
        "arguments": ["-c", "print('begun')"],
        "resources": "large",
    }


def test_a_wrong_password_is_told(airflow: SmallAirflow) -> None:
    stranger = AirflowRuns(AirflowSettings(airflow.url, user="recommender", password="wrong"))

    assert "(401): mend RECOMMENDER_AIRFLOW_TOKEN, or RECOMMENDER_AIRFLOW_USER" in failed(stranger)
    assert stranger.look(SHOP, "r1").state == "unseen"


def test_a_wrong_token_is_told_and_a_right_one_is_enough(airflow: SmallAirflow) -> None:
    stranger = AirflowRuns(AirflowSettings(airflow.url, token="made-up"))
    known = AirflowRuns(AirflowSettings(airflow.url, token="token-0"))

    assert "(403): mend RECOMMENDER_AIRFLOW_TOKEN" in failed(stranger)
    known.start(ORDER)
    assert list(airflow.tasks) == ["shop--r1"]


def test_a_token_that_ran_out_is_fetched_anew(airflow: SmallAirflow, launcher: AirflowRuns) -> None:
    assert launcher.look(SHOP, "r1").state == "unknown"
    airflow.tokens.clear()

    assert launcher.look(SHOP, "r1").state == "unknown"


def test_a_dag_that_is_not_there_is_told(airflow: SmallAirflow, launcher: AirflowRuns) -> None:
    airflow.dag_id = "another"

    assert failed(launcher).startswith("Airflow does not know the DAG 'run_job': put airflow_dags/")


def test_a_paused_dag_is_told_before_a_run_waits_for_ever(
    airflow: SmallAirflow, launcher: AirflowRuns
) -> None:
    airflow.is_paused = True

    assert "is paused: `airflow dags unpause run_job`" in failed(launcher)
    assert not airflow.tasks


def test_a_server_that_fails_is_told_and_ends_no_run(
    airflow: SmallAirflow, launcher: AirflowRuns
) -> None:
    launcher.start(ORDER)
    airflow.broken = {"GET": 500, "POST": 500, "PATCH": 500}

    assert "answered 500 Internal Server Error: see the log of its API server" in failed(launcher)
    assert launcher.look(SHOP, "r1").state == "unseen"
    launcher.cancel(SHOP, "r1")


def test_an_order_that_a_server_refuses_is_told_with_its_reason(
    airflow: SmallAirflow, launcher: AirflowRuns
) -> None:
    airflow.broken = {"POST": 422}

    told = failed(launcher)

    assert "refuses the order (422: Serious error" in told
    assert "put the airflow_dags/ of this version where the DAG 'run_job' lies" in told


def test_a_server_that_is_gone_is_told_and_ends_no_run() -> None:
    with small_airflow() as airflow:
        launcher = AirflowRuns(AirflowSettings(airflow.url, token="token-0"))
        launcher.start(ORDER)

    assert "cannot be asked (NewConnectionError)" in failed(launcher)
    assert launcher.look(SHOP, "r1").state == "unseen"


def test_an_order_whose_answer_was_lost_has_begun(
    airflow: SmallAirflow, launcher: AirflowRuns
) -> None:
    launcher.start(ORDER)

    launcher.start(ORDER)

    until(lambda: launcher.look(SHOP, "r1").exit_code == 0)
    assert list(airflow.tasks) == ["shop--r1"]


def test_a_run_that_airflow_ended_by_itself_is_lost_and_told_with_a_link(
    airflow: SmallAirflow, launcher: AirflowRuns
) -> None:
    launcher.start(Order(SHOP, "r2", ("-c", "import time; time.sleep(600)")))
    airflow.tasks["shop--r2"].end("by a person")

    sighting = launcher.look(SHOP, "r2")

    assert (sighting.state, sighting.exit_code) == ("lost", None)
    assert sighting.reason is not None
    assert sighting.reason.code == "job_died"
    assert f"see {airflow.url}/dags/run_job/runs/shop--r2" in sighting.reason.sentence


def test_without_airflow_s_client_it_is_said_what_to_install(
    launcher: AirflowRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "airflow_client.client", None)

    with pytest.raises(LauncherAbsent, match=r"recommender-platform\[airflow\]"):
        launcher.start(ORDER)


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "RECOMMENDER_AIRFLOW_URL=https://"),
        ({"RECOMMENDER_AIRFLOW_URL": "airflow:8080"}, "RECOMMENDER_AIRFLOW_URL=https://"),
        ({"RECOMMENDER_AIRFLOW_URL": "http://airflow"}, "RECOMMENDER_AIRFLOW_TOKEN"),
        (
            {"RECOMMENDER_AIRFLOW_URL": "http://airflow", "RECOMMENDER_AIRFLOW_USER": "ann"},
            "RECOMMENDER_AIRFLOW_PASSWORD",
        ),
    ],
)
def test_settings_that_lack_something_say_what(environment: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        AirflowSettings.from_environment(environment)


def test_no_setting_shows_a_secret() -> None:
    settings = AirflowSettings("http://airflow", token="hush", user="ann", password="hush")

    assert "hush" not in repr(settings)


def test_it_is_chosen_by_name_and_local_jobs_are_told_nothing_of_it() -> None:
    store = StoreSettings(url="s3://bucket/place")
    said = {"RECOMMENDER_AIRFLOW_URL": "http://airflow", "RECOMMENDER_AIRFLOW_TOKEN": "hush"}

    chosen = chosen_launcher("airflow", store, said)

    assert (chosen.name, chosen.origin) == ("airflow", "http://airflow/dags/run_job")
    assert not [name for name in told(store, said) if name.startswith("RECOMMENDER_AIRFLOW")]
