"""Digests that only the holder of a secret makes, each for its own purpose."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender_store.tenants.signing import SigningSecrets

texts = st.text(max_size=20)


@given(text=texts, other=texts)
def test_a_digest_vouches_for_its_text_alone(text: str, other: str) -> None:
    signing = SigningSecrets.of(["secret"])

    assert signing.verifies("key", text, signing.digest("key", text))
    assert signing.verifies("key", other, signing.digest("key", text)) == (text == other)


def test_a_digest_vouches_for_its_purpose_alone() -> None:
    signing = SigningSecrets.of(["secret"])

    assert not signing.verifies("cursor", "x", signing.digest("key", "x"))


def test_a_new_secret_signs_and_the_old_one_still_verifies() -> None:
    old, new = SigningSecrets.of(["old"]), SigningSecrets.of([" new ", "", "old"])

    assert new.verifies("key", "x", old.digest("key", "x"))
    assert not old.verifies("key", "x", new.digest("key", "x"))
    assert not SigningSecrets.of(["new"]).verifies("key", "x", old.digest("key", "x"))


@pytest.mark.parametrize("digest", ["", "é" * 8, "\ud800", "0" * 64, "x" * 100])
def test_what_was_never_a_digest_vouches_for_nothing(digest: str) -> None:
    assert not SigningSecrets.of(["secret"]).verifies("key", "x", digest)


@pytest.mark.parametrize("length", [1, 8, 63])
def test_a_beginning_of_a_digest_vouches_only_where_so_much_of_it_is_asked_for(length: int) -> None:
    signing = SigningSecrets.of(["secret"])
    beginning = signing.digest("key", "x")[:length]

    assert not signing.verifies("key", "x", beginning)
    assert signing.verifies("key", "x", beginning, length=length)
    assert not signing.verifies("key", "x", beginning[:-1], length=length)


def test_there_is_no_signing_without_a_secret() -> None:
    with pytest.raises(ValueError, match="at least one"):
        SigningSecrets.of([" ", ""])


def test_secrets_are_not_shown() -> None:
    assert "hush" not in repr(SigningSecrets.of(["hush"]))
