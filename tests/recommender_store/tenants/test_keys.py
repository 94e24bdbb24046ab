"""Keys open what they were made for, while they live, and only their digests are kept."""

import ast
import inspect
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from obstore.store import MemoryStore

from recommender_api.access import caller
from recommender_store.author import Author
from recommender_store.errors import RevisionConflict
from recommender_store.objects.bucket import BucketObjects
from recommender_store.objects.scope import Scope
from recommender_store.opening import open_store
from recommender_store.settings import StoreSettings
from recommender_store.tenants import keys, signing
from recommender_store.tenants.errors import KeyNotLive, KeysFull, KeyUnknown
from recommender_store.tenants.identity import parse_tenant_id
from recommender_store.tenants.keys import KeyRing, NewKey, read_secret
from recommender_store.tenants.signing import SigningSecrets
from tests.recommender_store.faulty import CountedObjects, InterruptedObjects

SIGNING = SigningSecrets.of(["secret"])
NOW = datetime(2026, 11, 20, tzinfo=UTC)


class Ring:
    """A tenant's key ring whose clock can be moved."""

    def __init__(
        self, tenant: str = "shop", scope: Scope | None = None, signing: SigningSecrets = SIGNING
    ) -> None:
        self.now = NOW
        self.signing = signing
        self.scope = scope or Scope(BucketObjects(MemoryStore()))
        chain = Scope(self.scope).chain("keys")
        self.ring = KeyRing(parse_tenant_id(tenant), chain, signing, lambda: self.now)

    def make(self, **more: datetime) -> NewKey:
        return self.ring.create("web", ["serve", "ingest"], author=Author("t", "t"), **more)

    def opens(self, secret: str) -> bool:
        shown = read_secret(secret, self.signing)
        return shown is not None and self.ring.check(shown) is not None


def test_a_key_tells_its_tenant_and_opens_it() -> None:
    ring = Ring("shop-eu")
    made = ring.make()

    shown = read_secret(made.secret, SIGNING)

    assert shown is not None
    assert (shown.tenant_id, shown.key_id) == ("shop-eu", made.record.key_id)
    assert made.secret.startswith(f"rk_shop-eu_{made.record.key_id}_")
    assert ring.ring.check(shown) == made.record
    assert made.record.scopes == ("serve", "ingest")


def test_each_key_opens_by_its_own_secret_alone() -> None:
    ring = Ring()
    first, second = ring.make(), ring.make()

    assert first.secret != second.secret
    assert ring.opens(first.secret)
    assert ring.opens(second.secret)
    shown = read_secret(first.secret, SIGNING)
    assert shown is not None
    assert [ring.ring.check(shown), len(ring.ring.records())] == [first.record, 2]


def test_a_revoked_key_opens_nothing_and_keeps_its_first_time() -> None:
    ring = Ring()
    made, other = ring.make(), ring.make()
    revoked = ring.ring.revoke(made.record.key_id, author=Author("t", "t"))
    ring.now += timedelta(hours=1)

    assert ring.ring.revoke(made.record.key_id, author=Author("t", "t")) == revoked
    assert revoked.revoked_at == NOW
    assert not ring.opens(made.secret)
    assert ring.opens(other.secret)


def test_an_unknown_key_cannot_be_revoked() -> None:
    with pytest.raises(KeyUnknown) as caught:
        Ring().ring.revoke("ffff0000", author=Author("t", "t"))
    assert (caught.value.tenant, caught.value.key_id) == ("shop", "ffff0000")


@pytest.mark.parametrize("zone", [UTC, None])
def test_a_key_expires_at_its_time(zone: object) -> None:
    ring = Ring()
    made = ring.make(expires_at=datetime(2026, 11, 21, tzinfo=UTC if zone else None))

    assert ring.opens(made.secret)
    ring.now = datetime(2026, 11, 20, 23, 59, 59, tzinfo=UTC)
    assert ring.opens(made.secret)
    ring.now = datetime(2026, 11, 21, tzinfo=UTC)
    assert not ring.opens(made.secret)


def test_a_key_of_one_tenant_opens_no_other() -> None:
    mine, theirs = Ring("shop"), Ring("other")
    made = mine.make()

    assert not theirs.opens(made.secret)
    assert read_secret(made.secret.replace("rk_shop_", "rk_other_"), SIGNING) is None


@given(position=st.integers(0, 200), character=st.characters())
def test_a_changed_character_makes_it_no_key_of_ours(position: int, character: str) -> None:
    secret = "rk_shop_0a1b2c3d_" + "r" * 27
    secret += SIGNING.digest("key-check", secret)[:8]
    assert read_secret(secret, SIGNING) is not None
    at = position % len(secret)

    changed = secret[:at] + character + secret[at + 1 :]

    assert (read_secret(changed, SIGNING) is None) == (changed != secret)


@pytest.mark.parametrize(
    "text",
    [
        *("", "rk", "rk___", "rk_shop_key", "rk_shop_key_random", "bearer", "x" * 100_000),
        *("rk_shop_key_" + "x" * 35, "rk_shop_key_" + "é" * 35, "rk_shop_key_" + "\ud800" * 35),
        *("rk_Shop_key_" + "x" * 35, "rk_../.._key_" + "x" * 35),
    ],
)
def test_what_we_never_made_is_no_key(text: str) -> None:
    assert read_secret(text, SIGNING) is None


def test_a_signed_text_for_an_impossible_tenant_is_no_key() -> None:
    body = "rk_Shop_0a1b2c3d_" + "r" * 27

    assert read_secret(body + SIGNING.digest("key-check", body)[:8], SIGNING) is None


def test_a_made_up_key_costs_no_look_into_the_store() -> None:
    objects = CountedObjects(BucketObjects(MemoryStore()))
    ring = Ring(scope=objects)
    made = ring.make()
    objects.asked.clear()

    assert not ring.opens(made.secret[:-1] + ("0" if made.secret[-1] != "0" else "1"))
    assert objects.asked == []
    assert ring.opens(made.secret)
    assert objects.asked != []


def test_secrets_rotate_by_a_comma_list() -> None:
    scope = Scope(BucketObjects(MemoryStore()))
    old = Ring(scope=scope, signing=SigningSecrets.of(["old"]))
    made = old.make()
    both = Ring(scope=scope, signing=SigningSecrets.of(["new", "old"]))
    newer = both.make()
    only_new = Ring(scope=scope, signing=SigningSecrets.of(["new"]))

    assert both.opens(made.secret)
    assert both.opens(newer.secret)
    assert not only_new.opens(made.secret)
    assert only_new.opens(newer.secret)


def test_who_changes_keys_that_changed_meanwhile_is_told_so() -> None:
    scope = Scope(BucketObjects(MemoryStore()))
    other = Ring(scope=scope)
    ring = Ring(scope=InterruptedObjects(scope, "keys/", [other.make]))

    with pytest.raises(RevisionConflict):
        ring.make()
    assert len(ring.ring.records()) == 1


def test_no_byte_of_a_secret_lies_in_the_store(tmp_path: Path, author: Author) -> None:
    settings = StoreSettings(url=f"file://{tmp_path}/store")
    space = open_store(settings, create=True).create_tenant("shop", "Shop", author=author)
    made = space.keys.create("web", ["serve"], author=author)
    space.keys.revoke(made.record.key_id, author=author)
    random = made.secret.rpartition("_")[2]

    files = [path for path in (tmp_path / "store").rglob("*") if path.is_file()]

    assert any(made.record.digest.encode() in path.read_bytes() for path in files)
    for path in files:
        assert random[:12].encode() not in path.read_bytes()
        assert random[-12:].encode() not in path.read_bytes()
        if path.name != "secret.key":
            assert (tmp_path / "store" / "secret.key").read_bytes() not in path.read_bytes()


ANN = Author("ann", "here")
DAY = timedelta(days=1)


def test_both_keys_open_until_the_grace_is_over() -> None:
    ring = Ring()
    old = ring.make()

    new = ring.ring.rotate(old.record.key_id, author=ANN, grace=timedelta(hours=2))

    assert (new.record.name, new.record.scopes) == (old.record.name, old.record.scopes)
    assert new.record.expires_at is None
    assert ring.opens(old.secret)
    assert ring.opens(new.secret)
    ring.now += timedelta(hours=2)
    assert not ring.opens(old.secret)
    assert ring.opens(new.secret)


def test_a_follower_lives_as_long_as_the_key_before_it_was_to_live() -> None:
    ring = Ring()
    old = ring.make(expires_at=NOW + 10 * DAY)
    ring.now += 9.5 * DAY

    new = ring.ring.rotate(old.record.key_id, author=ANN, grace=DAY)

    assert new.record.expires_at == ring.now + 10 * DAY
    assert ring.ring.find(old.record.key_id).expires_at == NOW + 10 * DAY


def test_no_more_than_two_live_keys_have_one_name() -> None:
    ring = Ring()
    first, second = ring.make(), ring.make()

    with pytest.raises(KeysFull) as caught:
        ring.make()
    with pytest.raises(KeysFull):
        ring.ring.rotate(first.record.key_id, author=ANN)

    assert caught.value.live == [first.record.key_id, second.record.key_id]
    ring.ring.create("other", ["serve"], author=ANN)
    ring.ring.revoke(first.record.key_id, author=ANN)
    ring.ring.rotate(second.record.key_id, author=ANN, grace=DAY)
    ring.now += DAY
    ring.make()


def test_what_opens_nothing_cannot_be_followed() -> None:
    ring = Ring()
    revoked, expired = ring.make(), ring.make(expires_at=NOW + DAY)
    ring.ring.revoke(revoked.record.key_id, author=ANN)
    ring.now += DAY

    for one in (revoked, expired):
        with pytest.raises(KeyNotLive):
            ring.ring.rotate(one.record.key_id, author=ANN)
    with pytest.raises(KeyUnknown):
        ring.ring.rotate("nothing", author=ANN)


def test_two_who_rotate_one_key_at_once_make_one_follower() -> None:
    scope = Scope(BucketObjects(MemoryStore()))
    other = Ring(scope=scope)
    old = other.make()

    def rotate() -> None:
        other.ring.rotate(old.record.key_id, author=ANN)

    ring = Ring(scope=InterruptedObjects(scope, "keys/", [rotate]))
    with pytest.raises(RevisionConflict):
        ring.ring.rotate(old.record.key_id, author=ANN)
    assert len(other.ring.records()) == 2


def test_digests_and_tokens_are_compared_in_constant_time_only() -> None:
    shown = re.compile(r"secret|digest|token", re.IGNORECASE)
    for module in (keys, signing, caller):
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq):
                compared = [ast.unparse(one) for one in (node.left, *node.comparators)]
                assert not any(map(shown.search, compared)), f"{module.__name__}: {compared}"
