"""A tenant's own key is opened by any secret that wrapped it, for the purpose it was made for."""

import pytest

from recommender_store.objects.scope import Scope
from recommender_store.tenants.errors import DigestKeyUnreadable, PseudonymKeyUnreadable
from recommender_store.tenants.identity import parse_tenant_id
from recommender_store.tenants.signing import SigningSecrets
from recommender_store.tenants.wrapped_key import DIGESTS, PSEUDONYMS, Purpose, WrappedKey

KEY = b"k" * 32


def key_of(scope: Scope, *secrets: str, purpose: Purpose = DIGESTS) -> WrappedKey:
    return WrappedKey(parse_tenant_id("shop"), scope, SigningSecrets.of(secrets), purpose)


def test_whoever_comes_second_takes_the_key_that_is_there(memory: Scope) -> None:
    assert key_of(memory, "s").made(KEY) == KEY
    assert key_of(memory, "s").made(b"x" * 32) == KEY
    assert key_of(memory, "s").found() == KEY


def test_where_none_was_made_there_is_nothing_to_wrap_anew(memory: Scope) -> None:
    key_of(memory, "s").wrap_anew()

    assert key_of(memory, "s").found() is None
    assert list(memory.list("")) == []
    with pytest.raises(DigestKeyUnreadable, match="put the older secret back"):
        key_of(memory, "s").opened()


def test_a_key_of_one_purpose_is_none_of_another(memory: Scope) -> None:
    key_of(memory, "s").made(KEY)

    with pytest.raises(PseudonymKeyUnreadable):
        key_of(memory, "s", purpose=PSEUDONYMS).opened()
    memory.put("key.json", memory.get("key.json").replace(b"digest-key/1", b"pseudonym-key/1"))
    for purpose in (PSEUDONYMS, DIGESTS):
        with pytest.raises(purpose.unreadable):
            key_of(memory, "s", purpose=purpose).found()
