"""What is missing or wrong is told in a sentence, before anything is done."""

import re
import sys

import pytest

from recommender_store.errors import SettingInvalid
from tests.trainers.jobs.shop import shop
from trainers.errors import JavaMissing, SparkMissing, SparkUnavailable
from trainers.jobs.options import TrainOptions
from trainers.spark.session import check_installed, opened_session
from trainers.spark.settings import SparkSettings


@pytest.fixture
def _installed(monkeypatch):
    """Importable at least: these tests open no session."""
    for name in ("pyspark", "pyarrow", "pandas"):
        monkeypatch.setitem(sys.modules, name, sys)


def test_on_one_machine_all_cores_are_taken_unless_the_environment_names_a_master():
    assert SparkSettings.from_environment({}).master == "local[*]"
    named = {"RECOMMENDER_SPARK_MASTER": "k8s://https://cluster:443"}
    assert SparkSettings.from_environment(named).master == "k8s://https://cluster:443"


def test_what_spark_submit_was_given_stands():
    submitted = {"PYSPARK_GATEWAY_PORT": "4711"}

    assert SparkSettings.from_environment(submitted).master is None


def test_properties_stand_between_semicolons_or_on_lines():
    text = "spark.executor.memory=8g; spark.jars.packages=a:b:1,c:d:2\nspark.x=1=2;"

    assert SparkSettings.from_environment({"RECOMMENDER_SPARK_CONF": text}).properties == {
        "spark.executor.memory": "8g",
        "spark.jars.packages": "a:b:1,c:d:2",
        "spark.x": "1=2",
    }


@pytest.mark.parametrize("text", ["spark.executor.memory", "executor.memory=8g", "=8g"])
def test_what_is_no_property_is_told(text):
    with pytest.raises(SettingInvalid, match=r"RECOMMENDER_SPARK_CONF.*spark\.executor"):
        SparkSettings.from_environment({"RECOMMENDER_SPARK_CONF": text})


@pytest.mark.parametrize("module", ["pyspark", "pyarrow", "pandas"])
@pytest.mark.usefixtures("_installed")
def test_a_package_that_is_missing_is_named_with_the_extra(monkeypatch, module):
    monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(SparkMissing, match=rf"{module}.*pip install 'recommender-platform\[spark"):
        check_installed()


@pytest.mark.usefixtures("_installed")
def test_a_machine_without_java_is_told_what_to_install(monkeypatch, tmp_path):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(JavaMissing, match="default-jre-headless"):
        check_installed()


@pytest.mark.usefixtures("_installed")
def test_a_java_home_that_leads_nowhere_is_none(monkeypatch, tmp_path):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))

    with pytest.raises(JavaMissing):
        check_installed()


def test_a_training_without_the_extra_is_kept_as_failed_with_its_code(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    trainee = shop(tmp_path / "store")

    with pytest.raises(SparkMissing):
        trainee.train(TrainOptions(engine="spark"), run_id="r1")

    kept = trainee.space.runs.get("r1")
    assert (kept.status, kept.code, kept.steps) == ("failed", "spark_missing", ())


@pytest.mark.parametrize("master", ["nowhere", "local[many]", "http://cluster"])
@pytest.mark.usefixtures("_installed")
def test_a_master_that_is_none_is_told_with_the_variable(monkeypatch, tmp_path, master):
    (tmp_path / "java").touch(mode=0o755)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))

    with (
        pytest.raises(SparkUnavailable, match=rf"{re.escape(master)}.*RECOMMENDER_SPARK_MASTER"),
        opened_session(SparkSettings(master=master)),
    ):
        pytest.fail("opened")
