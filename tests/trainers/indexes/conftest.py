"""A model whose index has something to find."""

import pytest

from tests.conformance.test_recipes import fitted, world
from tests.worlds.long_tail import long_tail


@pytest.fixture(scope="module")
def model():
    tail = long_tail(users=600, items=1_500, events=30_000, tastes=12)
    return fitted("als", world(tail.interactions).data, factors=16, regularization=5.0)
