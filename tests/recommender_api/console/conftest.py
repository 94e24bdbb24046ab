"""An admin who looks, at a server for all tests, and one who changes things at a server alone."""

import pytest

from tests.recommender_api.console.visitor import Visitor, visitor
from tests.recommender_api.served import Served


@pytest.fixture(scope="session")
def admin(served: Served) -> Visitor:
    """Shared: look only."""
    return visitor(served).sign_in()


@pytest.fixture
def own_admin(own: Served) -> Visitor:
    return visitor(own).sign_in()
