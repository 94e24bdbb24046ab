"""The tenant's keyed digests outlive the platform's secrets, and so do tombstones."""

from datetime import UTC, datetime

import pytest

from recommender_store.artifacts.session_rows import Owner
from recommender_store.author import Author
from recommender_store.care.forgetting import order
from recommender_store.care.prune import prune_tenant
from recommender_store.erasures.receipt import ReceiptId
from recommender_store.opening import Store, open_store
from recommender_store.settings import StoreSettings
from recommender_store.tenants.errors import DigestKeyUnreadable
from recommender_store.tenants.signing import SigningSecrets

TEST = Author(by="t", origin="t")
KEY = "tenants/shop/digests/key.json"


def opened(folder, secrets: str) -> Store:
    settings = StoreSettings(url=f"file://{folder}", secret_key=secrets)
    return open_store(settings, create=True)


def shop_in(folder, secrets: str = "first"):
    store = opened(folder, secrets)
    return store.create_tenant("shop", "Shop", author=TEST)


def test_digests_and_tombstones_stay_when_the_secret_is_replaced(tmp_path):
    shop = shop_in(tmp_path)
    before = shop.digest_of("user", "ann")
    at_ms = ReceiptId.read(order(shop, "ann", TEST).id).at_ms

    for secrets in ("second,first", "second", "third,second", "third"):
        shop = opened(tmp_path, secrets).tenant("shop")
        prune_tenant(shop, datetime.now(UTC))
        assert shop.digest_of("user", "ann") == before
        assert shop.tombstones().before_ms("ann") == at_ms
        assert shop.tombstones().before_ms("bert") is None


def test_tombstones_that_older_code_made_by_the_secret_are_found_too(tmp_path):
    shop = shop_in(tmp_path)
    digest = SigningSecrets.of(["first"]).digest("user", "shop\0ann")
    receipt_id = ReceiptId.of(digest, datetime.now(UTC))
    shop.erasures.begin(receipt_id)

    assert shop.tombstones().before_ms("ann") == receipt_id.at_ms
    assert shop.known_digests() is None, "looking makes no key"
    shop.digests()
    assert shop.tombstones().before_ms("ann") == receipt_id.at_ms
    assert digest in shop.digests_of("user", "ann")


def test_without_a_secret_that_opens_the_key_nobody_guesses(tmp_path):
    shop_in(tmp_path).digests()

    other = opened(tmp_path, "other").tenant("shop")
    for ask in (other.digests, other.known_digests, lambda: other.digests_of("user", "ann")):
        with pytest.raises(DigestKeyUnreadable, match="RECOMMENDER_SECRET_KEY"):
            ask()
    findings = list(opened(tmp_path, "other").check("shop", lambda _: None, datetime.now(UTC)))
    assert KEY in [one.key for one in findings]


def test_two_stores_with_one_secret_digest_alike_and_two_tenants_do_not(tmp_path):
    one, same = (shop_in(tmp_path / name) for name in ("one", "same"))
    other = opened(tmp_path / "one", "first").create_tenant("other", "Other", author=TEST)

    assert one.digest_of("user", "ann") == same.digest_of("user", "ann")
    assert other.digest_of("user", "ann") != one.digest_of("user", "ann")


def test_a_store_without_any_bundle_is_erased_from_without_a_key(tmp_path):
    shop = shop_in(tmp_path)

    assert list(shop.models.erase(Owner("user_id", "ann"), opened(tmp_path, "first").cache)) == []
    assert not (tmp_path / KEY).exists()
