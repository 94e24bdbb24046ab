"""What MLflow is told of a training; that it cannot be told fails none."""

import sys

import pytest

from tests.trainers.jobs.shop import result
from tests.trainers.tenant import OPTIONS


def told(uri: str):
    return OPTIONS.model_copy(update={"tracking_uri": uri})


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of a library that we do not hold to our rules
def test_a_training_is_logged_with_figures_tags_and_its_report(trainee, tmp_path, monkeypatch):
    mlflow = pytest.importorskip("mlflow", reason="the extra `mlflow` is not installed")
    monkeypatch.chdir(tmp_path)
    uri = f"sqlite:///{tmp_path}/tracking.db"

    runs = [trainee.train(told(uri)), trainee.train(told(uri))]

    client = mlflow.MlflowClient(tracking_uri=uri)
    experiment = client.get_experiment_by_name("recommender/shop")
    second, first = client.search_runs([experiment.experiment_id])
    assert [one.data.tags["mlflow.runName"] for one in (first, second)] == [
        run.run_id for run in runs
    ]
    tags, metrics, parameters = first.data.tags, first.data.metrics, first.data.params
    assert (tags["tenant"], tags["version"], tags["status"]) == (
        "shop",
        runs[0].version,
        "promoted",
    )
    measured = result(runs[0], "measure")["for_you"]
    assert metrics["for_you.model.ndcg_at_10"] == pytest.approx(measured["model"]["ndcg@10"])
    assert metrics["duration_s.fit.for_you"] >= 0
    assert (parameters["for_you.recipe"], parameters["for_you.factors"]) == ("als", "64")
    assert [file.path for file in client.list_artifacts(first.info.run_id)] == ["report.html"]
    assert runs[0].warnings == ()


@pytest.mark.filterwarnings("ignore")
def test_a_server_that_is_not_there_is_a_warning_and_its_password_is_not_told(trainee):
    pytest.importorskip("mlflow", reason="the extra `mlflow` is not installed")

    run = trainee.train(told("http://somebody:sesame@127.0.0.1:9/"))

    assert run.status == "promoted"
    (warning,) = trainee.space.runs.get(run.run_id).warnings
    assert warning.startswith("mlflow: ")
    assert "sesame" not in trainee.space.runs.get(run.run_id).model_dump_json()
    assert "mlflow" in trainee.space.runs.report(run.run_id)


def test_without_mlflow_the_sentence_says_how_to_install_it(trainee, monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow", None)

    run = trainee.train(told("sqlite:///nowhere.db"))

    assert run.status == "promoted"
    assert run.warnings == (
        "mlflow: not installed (mlflow): pip install 'recommender-platform[mlflow]'",
    )
