"""A tenant to train."""

import pytest

from tests.trainers.jobs.shop import Shop, shop


@pytest.fixture
def trainee(tmp_path) -> Shop:
    return shop(tmp_path / "store")
