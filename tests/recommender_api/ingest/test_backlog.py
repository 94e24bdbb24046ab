"""What is inside at once is bounded, for each tenant and for all."""

import pytest

from recommender_api.errors import Overloaded
from recommender_api.ingest.backlog import Backlog
from recommender_store.tenants.identity import parse_tenant_id

SHOP, OTHER, THIRD = (parse_tenant_id(name) for name in ("shop", "other", "third"))


def test_beyond_its_limit_a_tenant_is_refused_and_others_are_not():
    backlog = Backlog(limit_bytes=100, tenant_limit_bytes=10)

    with backlog.holding(SHOP, 8):
        with pytest.raises(Overloaded), backlog.holding(SHOP, 8):
            pass
        with backlog.holding(OTHER, 8):
            assert backlog.size_bytes == 16


def test_all_tenants_together_have_a_limit_too():
    backlog = Backlog(limit_bytes=20, tenant_limit_bytes=10)

    with backlog.holding(SHOP, 10), backlog.holding(OTHER, 10):
        with pytest.raises(Overloaded), backlog.holding(THIRD, 1):
            pass
        assert backlog.size_bytes == 20


def test_whoever_is_alone_inside_always_fits():
    with Backlog(limit_bytes=1, tenant_limit_bytes=1).holding(SHOP, 8):
        pass


def test_room_is_given_back_whatever_happened_inside():
    backlog = Backlog(limit_bytes=10, tenant_limit_bytes=10)

    with pytest.raises(ZeroDivisionError), backlog.holding(SHOP, 10):
        raise ZeroDivisionError

    with backlog.holding(SHOP, 5), backlog.holding(SHOP, 5):
        assert backlog.size_bytes == 10
    assert backlog.size_bytes == 0
