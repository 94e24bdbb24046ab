import copy
import importlib.util
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from tests.helm.helm_process import CHART, Helm
from tests.helm.objects import Rendered

CI_VALUES = sorted((CHART / "ci").glob("*-values.yaml"))
BUCKET = {
    "store": {"url": "s3://recommender/production"},
    "secretKey": {"secretName": "recommender"},
    "redis": {"url": "redis://redis:6379"},
}
"""The least that a bucket takes."""


@pytest.fixture(scope="session")
def helm() -> Iterator[Helm]:
    if importlib.util.find_spec("helm_python") is None:
        pytest.skip("helm-python-sdk has no wheel for this machine: CI renders the chart")
    asked = Helm()
    yield asked
    asked.close()


@pytest.fixture(scope="session")
def rendered(helm) -> Callable[..., Rendered]:
    """Render a bucket's installation with further values, given by their paths."""

    def render(paths: dict[str, Any] | None = None) -> Rendered:
        return Rendered(helm.render(with_values(paths or {})))

    return render


def with_values(paths: dict[str, Any], base: dict[str, Any] = BUCKET) -> dict[str, Any]:
    """`base` with `{"api.replicas": 3}` put in its place."""
    values = copy.deepcopy(base)
    for path, value in paths.items():
        *groups, key = path.split(".")
        place = values
        for group in groups:
            place = place.setdefault(group, {})
        place[key] = value
    return values


@pytest.fixture(params=CI_VALUES, ids=lambda path: path.stem.removesuffix("-values"))
def ci_values(request) -> dict[str, Any]:
    return yaml.safe_load(request.param.read_text(encoding="utf-8"))
