"""What was parsed is kept for one module's rules, and no longer."""

from collections.abc import Iterator

import pytest

from tests.architecture import tree


@pytest.fixture(scope="module", autouse=True)
def _forgotten() -> Iterator[None]:
    yield
    tree.forget()
