"""One server for tests that only ask, and a server of one's own for those that change things."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.recommender_api.served import Served, copied, serving, store_in
from tests.recommender_api.shops import trained


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Shared: ask only."""
    folder = copied(trained(), tmp_path_factory.mktemp("shared") / "copy")
    with serving(store_in(folder)) as running:
        yield running


@pytest.fixture(scope="session")
def shop(served: Served) -> httpx.Client:
    """A client of the tenant `shop`: ask only."""
    return served.of("shop")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the trained store."""
    return copied(trained(), tmp_path / "copy")


@pytest.fixture
def own(folder: Path) -> Iterator[Served]:
    """A server of one's own."""
    with serving(store_in(folder)) as running:
        yield running
