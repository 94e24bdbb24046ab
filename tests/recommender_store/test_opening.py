"""Opening a store, and the tenants in it."""

import re
from pathlib import Path

import pytest

from recommender_store.author import Author
from recommender_store.errors import RecordUnreadable, SecretKeyMissing, StoreMissing
from recommender_store.opening import Store, open_store
from recommender_store.settings import StoreSettings
from recommender_store.tenants.errors import TenantExists, TenantIdInvalid, TenantUnknown
from tests.conformance.s3_server import running_s3


def test_a_store_that_is_not_there_is_made_only_when_asked_for(tmp_path: Path) -> None:
    settings = StoreSettings(url=f"file://{tmp_path}/store")

    with pytest.raises(StoreMissing):
        open_store(settings)
    assert not (tmp_path / "store" / "secret.key").exists()
    open_store(settings, create=True)
    assert open_store(settings).tenants() == []


def test_a_bucket_without_a_secret_is_not_opened(author: Author) -> None:
    with running_s3() as server:
        url = f"s3://{server.new_bucket()}"
        settings = StoreSettings(url=url, environment=server.environment)

        with pytest.raises(SecretKeyMissing):
            open_store(settings, create=True)
        given = settings.model_copy(update={"secret_key": "secret"})
        open_store(given, create=True).create_tenant("shop", "Shop", author=author)
        assert [one.id for one in open_store(given).tenants()] == ["shop"]


def test_tenants_are_made_listed_and_found(store: Store, author: Author) -> None:
    for tenant in ("shop", "alpha"):
        store.create_tenant(tenant, tenant.title(), author=author)

    assert [one.name for one in store.tenants()] == ["Alpha", "Shop"]
    assert store.tenant("shop").settings().name == "Shop"
    assert [entry.topic for entry in store.feed.poll(0)] == ["tenant", "tenant"]


@pytest.mark.parametrize("tenant", ["nobody", "shop2"])
def test_an_unknown_tenant_is_told(store: Store, author: Author, tenant: str) -> None:
    store.create_tenant("shop", "Shop", author=author)

    with pytest.raises(TenantUnknown):
        store.tenant(tenant)


@pytest.mark.parametrize("tenant", ["Shop", "..", "a/b", ""])
def test_what_is_no_id_is_told(store: Store, author: Author, tenant: str) -> None:
    with pytest.raises(TenantIdInvalid):
        store.tenant(tenant)
    with pytest.raises(TenantIdInvalid):
        store.create_tenant(tenant, "Shop", author=author)


def test_an_id_is_given_once_even_after_a_deletion(store: Store, author: Author) -> None:
    space = store.create_tenant("shop", "Shop", author=author)
    with pytest.raises(TenantExists):
        store.create_tenant("shop", "Other", author=author)
    space.end(author=author)

    assert store.tenants() == []
    assert store.tenant_ids() == ["shop"]
    with pytest.raises(TenantUnknown):
        store.tenant("shop")
    with pytest.raises(TenantExists):
        store.create_tenant("shop", "Again", author=author)


def test_a_tenant_has_one_space_in_a_process(store: Store, author: Author) -> None:
    space = store.create_tenant("shop", "Shop", author=author)

    assert store.tenant("shop") is space
    assert store.space(space.tenant_id) is space


def test_what_others_put_beside_the_tenants_is_passed_over(tmp_path: Path, author: Author) -> None:
    store = open_store(StoreSettings(url=f"file://{tmp_path}"), create=True)
    store.create_tenant("shop", "Shop", author=author)
    (tmp_path / "tenants" / "lost_and_found").mkdir()
    (tmp_path / "tenants" / "lost_and_found" / "x").write_bytes(b"")

    assert store.tenant_ids() == ["shop"]


def test_settings_are_saved_and_fix_the_types_they_name(store: Store, author: Author) -> None:
    space = store.create_tenant("shop", "Shop", author=author)
    wanted = space.settings().model_copy(update={"attribute_types": {"on_sale_from": "time"}})
    space.save_settings(wanted, author=author)

    assert store.tenant("shop").settings() == wanted
    assert space.catalog.types.all()["on_sale_from"] == "time"


def test_settings_of_a_deleted_tenant_are_not_saved(store: Store, author: Author) -> None:
    space = store.create_tenant("shop", "Shop", author=author)
    settings = space.settings()
    space.end(author=author)

    with pytest.raises(TenantUnknown):
        space.save_settings(settings, author=author)
    assert not space.exists()


def test_settings_of_a_newer_version_are_told_by_their_names(
    tmp_path: Path, author: Author
) -> None:
    store = open_store(StoreSettings(url=f"file://{tmp_path}"), create=True)
    store.create_tenant("shop", "Shop", author=author)
    path = tmp_path / "tenants/shop/settings/000000000001.json"
    told = path.read_bytes().replace(b'"gate":', b'"gate2":')
    path.write_bytes(re.sub(rb',"sha256":"\w+"', b"", told))

    with pytest.raises(RecordUnreadable, match="gate2"):
        store.tenant("shop").settings()
