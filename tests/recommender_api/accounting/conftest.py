import pytest

from recommender_store.opening import open_store
from recommender_store.settings import StoreSettings
from recommender_store.tenant_space import TenantSpace
from tests.recommender_api.accounting.replica import AUTHOR


@pytest.fixture
def space(tmp_path) -> TenantSpace:
    url = f"file://{tmp_path / 'store'}"
    store = open_store(StoreSettings(url=url, cache_dir=tmp_path / "cache"), create=True)
    return store.create_tenant("shop", "Shop", author=AUTHOR)
