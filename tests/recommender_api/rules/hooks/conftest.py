"""The hooks of the example package are there for every test of this folder."""

import pytest

from tests.recommender_api.rules.hooks.installed import installed_in


@pytest.fixture(autouse=True)
def _installed(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(installed_in(tmp_path / "site")))
