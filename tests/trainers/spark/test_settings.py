"""What Spark is told by the environment of the job that drives it."""

import pytest

from recommender_store.errors import SettingInvalid
from trainers.spark.settings import SparkSettings

IN_A_POD = {
    "RECOMMENDER_SPARK_MASTER": "k8s://https://kubernetes.default.svc:443",
    "POD_IP": "10.1.2.3",
    "POD_NAME": "driver",
}


def test_a_driver_in_a_pod_is_found_by_the_pod_s_address_and_named_after_it():
    assert SparkSettings.from_environment(IN_A_POD).properties == {
        "spark.driver.host": "10.1.2.3",
        "spark.kubernetes.driver.pod.name": "driver",
    }


def test_what_the_configuration_says_wins():
    said = {"RECOMMENDER_SPARK_CONF": "spark.driver.host=driver.internal"}

    properties = SparkSettings.from_environment(IN_A_POD | said).properties

    assert properties["spark.driver.host"] == "driver.internal"


def test_a_driver_on_one_machine_goes_by_no_pod():
    asked = {**IN_A_POD, "RECOMMENDER_SPARK_MASTER": "local[2]"}

    assert SparkSettings.from_environment(asked).properties == {}


def test_a_variable_that_nobody_filled_in_is_refused_with_the_way_on():
    said = {"RECOMMENDER_SPARK_CONF": "spark.driver.host=$(POD_IP)"}

    with pytest.raises(SettingInvalid, match="POD_IP and POD_NAME of the pod are taken by themsel"):
        SparkSettings.from_environment(IN_A_POD | said)
