"""What stands in for a secret is worth what the secret is worth, and no more."""

import asyncio
from uuid import uuid4

import pytest

from recommender_api.access.caller import Doorkeeper
from recommender_api.access.passes import Passes
from recommender_api.errors import Forbidden, KeyMissing
from recommender_store.opening import open_store
from recommender_store.settings import StoreSettings
from tests.recommender_api.served import AUTHOR

TOKENS = {"a-long-token": "ann", "another-token": "bob"}


@pytest.fixture
def store(tmp_path):
    made = open_store(StoreSettings(url=f"memory://{uuid4().hex}", cache_dir=tmp_path), create=True)
    made.create_tenant("shop", "Shop", author=AUTHOR)
    return made


def passes(store, tokens=TOKENS, *, is_open=False):
    keeper = Doorkeeper(store.space, store.signing, tokens, is_open=is_open)
    return Passes(keeper, store.space, store.signing, tokens, is_open=is_open)


def of(those, secret):
    return asyncio.run(those.of(secret))


def caller(those, told):
    return asyncio.run(those.caller(told))


def test_an_admin_is_known_again_by_name(store):
    told = of(passes(store), "another-token")

    assert "another-token" not in told
    assert caller(passes(store), told).name == "bob"


def test_a_key_is_known_again_with_its_tenant(store):
    made = store.tenant("shop").keys.create("people", ["manage"], author=AUTHOR)
    told = of(passes(store), made.secret)

    found = caller(passes(store), told)

    assert made.secret not in told
    assert (found.tenant_id, found.name) == ("shop", f"key:{made.record.key_id}")


def test_a_key_that_may_not_manage_gets_none(store):
    made = store.tenant("shop").keys.create("web", ["serve"], author=AUTHOR)

    with pytest.raises(Forbidden):
        of(passes(store), made.secret)


def test_what_is_nobodys_secret_gets_none(store):
    with pytest.raises(KeyMissing):
        of(passes(store), "guess")


def test_a_token_that_is_set_no_longer_is_worth_nothing(store):
    told = of(passes(store), "a-long-token")

    assert caller(passes(store, {"another-token": "bob"}), told) is None


@pytest.mark.parametrize("length", [0, 1, 8, 63])
def test_the_beginning_of_an_admins_pass_is_nobodys(store, length):
    kind, _, digest = of(passes(store), "a-long-token").partition("~")

    assert caller(passes(store), f"{kind}~{digest[:length]}") is None


@pytest.mark.parametrize("told", ["", "admin", "dev", "key~shop", "key~shop~x", "key~Not An Id~x"])
def test_what_is_no_pass_is_nobodys(store, told):
    assert caller(passes(store), told) is None


def test_only_where_it_is_open_is_a_developer_an_admin(store):
    assert caller(passes(store, {}, is_open=True), "dev").is_admin
