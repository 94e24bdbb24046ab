"""The images hold what is pinned, run as nobody, and take nothing from where it may change."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from recommender_api.settings import ApiSettings
from recommender_store.settings import StoreSettings
from tests.image.dockerfile import ROOT, Stage, instructions_in, stages_in

TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8")
STAGES = {stage.name: stage for stage in stages_in(TEXT)}
RUN = ["api", "trainer", "airflow"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ARGUMENTS = dict(
    rest.split("=", 1) for word, rest in instructions_in(TEXT) if word == "ARG" and "=" in rest
)


def ancestry(stage: Stage) -> list[Stage]:
    """The stage and those that it is made from, itself first."""
    found = [stage]
    while found[-1].base in STAGES:
        found.append(STAGES[found[-1].base])
    return found


def effective(name: str, instruction: str) -> str:
    """The last of its kind that counts in the image."""
    return next(said[-1] for stage in ancestry(STAGES[name]) if (said := stage.said(instruction)))


def environment(name: str) -> dict[str, str]:
    told: dict[str, str] = {}
    for stage in reversed(ancestry(STAGES[name])):
        for line in stage.said("ENV"):
            told |= dict(pair.split("=", 1) for pair in line.split())
    return told


def test_there_is_an_image_that_serves_and_one_that_trains():
    assert set(RUN) <= set(STAGES)
    assert list(STAGES)[-1] == "api", "a build that names no target makes the last one"


@pytest.mark.parametrize("name", RUN)
def test_an_image_runs_as_nobody(name):
    user, _, group = effective(name, "USER").partition(":")

    assert int(user) >= 10_000
    assert group.isdigit()


def test_the_user_is_the_one_that_the_chart_says():
    pods = (ROOT / "helm/recommender/templates/_pods.tpl").read_text(encoding="utf-8")

    assert effective("api", "USER") == effective("trainer", "USER") == "10001:10001"
    assert "runAsUser: 10001" in pods


def test_bases_are_named_by_a_tag():
    bases = {ARGUMENTS[name] for name in ("PYTHON", "AIRFLOW")}

    outside = {stage.base for stage in STAGES.values()} - set(STAGES)

    assert outside == {"${PYTHON}", "${AIRFLOW}"}
    for base in bases:
        assert re.fullmatch(r"[\w./-]+:[\w.-]*\d[\w.-]*", base)
        assert not base.endswith(":latest")


def test_nothing_is_added_from_an_address():
    instructions = instructions_in(TEXT)

    assert not [rest for word, rest in instructions if word == "ADD"]
    assert not [rest for word, rest in instructions if word == "RUN" and "://" in rest]


def test_everything_is_installed_from_constraints():
    installs = [
        rest for word, rest in instructions_in(TEXT) if "pip" in rest and "install " in rest
    ]

    assert installs
    for rest in [each for each in installs if each.startswith("--mount")]:
        assert "--constraint constraints.txt" in rest
    assert "PIP_BUILD_CONSTRAINT=/source/constraints.txt" in TEXT


def test_extras_are_those_of_the_project():
    asked = {
        extra for name in ("API_EXTRAS", "TRAINER_EXTRAS") for extra in ARGUMENTS[name].split(",")
    }

    assert {"api", "trainer"} <= asked
    assert asked <= PROJECT["project"]["optional-dependencies"].keys()


def test_what_is_installed_is_let_in_and_nothing_else():
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    let_in = {line.removeprefix("!") for line in lines if line.startswith("!")}
    packages = set(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])

    assert "*" in lines
    assert let_in == packages | {"constraints.txt", "pyproject.toml", "README.md", "LICENSE"}
    assert all((ROOT / each).exists() for each in let_in)


def test_no_image_that_runs_holds_the_source_or_pip():
    for name in RUN:
        for stage in ancestry(STAGES[name]):
            assert all(each.startswith("--from=build-") for each in stage.said("COPY"))
    assert "--without-pip" in " ".join(STAGES["build-api"].said("RUN"))


@pytest.mark.parametrize("name", ["api", "trainer"])
def test_the_environment_is_one_that_the_platform_takes(name):
    told = environment(name)
    settings = StoreSettings.from_environment(told)

    made = " ".join(STAGES["runtime"].said("RUN"))
    assert str(settings.folder) in made
    assert str(settings.cache_folder().parent) in made
    assert ApiSettings.from_environment(told).internal_port == 9100


def test_the_command_is_one_of_ours():
    entry = json.loads(effective("api", "ENTRYPOINT"))

    assert entry[0] in PROJECT["project"]["scripts"]
    assert json.loads(effective("api", "CMD")) == ["serve", "--host", "0.0.0.0"]


def test_docker_asks_what_serves_whether_it_lives():
    check = effective("api", "HEALTHCHECK")

    words = json.loads(check.partition("CMD ")[2])

    assert words[:2] == ["python", "-c"]
    assert "127.0.0.1:9100/livez" in words[2]
    compile(words[2], "HEALTHCHECK", "exec")
    assert effective("trainer", "HEALTHCHECK") == "NONE"


def test_hadolint_finds_nothing():
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if hadolint is None:
        pytest.skip("hadolint has no wheel for this machine: CI looks at the Dockerfile")

    done = subprocess.run(
        [hadolint, "--no-color", "-"], input=TEXT, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (0, "")
