"""A small cluster shares the machine with every other test: it is given the time to answer."""

import pytest

from recommender_api.launch.kubernetes_jobs import cluster
from tests.recommender_api.served import PATIENCE_S


@pytest.fixture(autouse=True)
def _patient(monkeypatch) -> None:
    monkeypatch.setattr(cluster, "LIMITS_S", (PATIENCE_S, PATIENCE_S))
