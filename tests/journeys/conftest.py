"""A server of one's own over a copy of the trained store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.recommender_api.served import Served, copied, serving, store_in
from tests.recommender_api.shops import trained


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copied(trained(), tmp_path / "copy")


@pytest.fixture
def own(folder: Path) -> Iterator[Served]:
    with serving(store_in(folder)) as running:
        yield running
