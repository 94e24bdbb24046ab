"""Pseudonyms stay whatever becomes of the platform's secrets, and tell nobody whose they are."""

import duckdb
import pytest

from recommender_store.objects.scope import Scope
from recommender_store.tenants.errors import PseudonymKeyUnreadable
from recommender_store.tenants.identity import parse_tenant_id
from recommender_store.tenants.pseudonyms import PseudonymKey, Pseudonyms
from recommender_store.tenants.signing import SigningSecrets

SHOP, OTHER = parse_tenant_id("shop"), parse_tenant_id("other")


def key_of(scope: Scope, *secrets: str, tenant: str = SHOP) -> PseudonymKey:
    return PseudonymKey(parse_tenant_id(tenant), scope.at(tenant), SigningSecrets.of(secrets))


def test_a_user_has_one_pseudonym_at_a_tenant_and_another_elsewhere(memory: Scope) -> None:
    ours, again = key_of(memory, "s").made(), key_of(memory, "s").made()
    theirs = key_of(memory, "s", tenant=OTHER).made()

    assert ours.of("ann") == again.of("ann")
    assert len({ours.of("ann"), ours.of("bert"), theirs.of("ann")}) == 3
    assert "ann" not in ours.of("ann")


def test_pseudonyms_outlive_every_secret_that_they_began_with(memory: Scope) -> None:
    before = key_of(memory, "first").made().of("ann")

    for secrets in (("second", "first"), ("second",), ("third", "second"), ("third",)):
        key_of(memory, *secrets).wrap_anew()
        assert key_of(memory, *secrets).opened().of("ann") == before


def test_replicas_that_know_the_older_secret_alone_go_on_meanwhile(memory: Scope) -> None:
    before = key_of(memory, "first").made().of("ann")

    key_of(memory, "second", "first").wrap_anew()

    assert key_of(memory, "first").opened().of("ann") == before


def test_without_a_secret_that_opens_it_the_key_is_told_to_be_lost(memory: Scope) -> None:
    key_of(memory, "first").made()

    with pytest.raises(PseudonymKeyUnreadable, match="put the older secret back"):
        key_of(memory, "second").opened()
    with pytest.raises(PseudonymKeyUnreadable):
        key_of(memory, "second").wrap_anew()
    with pytest.raises(PseudonymKeyUnreadable):
        key_of(memory, "first", tenant=OTHER).opened()


def test_looking_wraps_nothing_anew(memory: Scope) -> None:
    key_of(memory, "first").made()
    before = memory.get("shop/key.json")

    key_of(memory, "second", "first").opened()

    assert memory.get("shop/key.json") == before


def test_a_key_is_worth_nothing_at_another_tenant_or_with_a_byte_changed(memory: Scope) -> None:
    key_of(memory, "s").made()
    whole = memory.get("shop/key.json")

    memory.put("other/key.json", whole)
    with pytest.raises(PseudonymKeyUnreadable):
        key_of(memory, "s", tenant=OTHER).opened()
    at = whole.index(b'"wrapped":"') + 11
    memory.put("shop/key.json", whole[:at] + (b"0" if whole[at] != 48 else b"1") + whole[at + 1 :])
    with pytest.raises(PseudonymKeyUnreadable):
        key_of(memory, "s").opened()


def test_in_sql_they_are_the_same() -> None:
    pseudonyms = Pseudonyms(b"k" * 32)
    ids = ["ann", "é" * 256, 'o\'neil "x"', "%_\\", "\U0001f600", " "]
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"SELECT {pseudonyms.sql('id')}, {pseudonyms.sql('NULL')} FROM unnest($ids) AS t(id)",
            {"ids": ids},
        ).fetchall()

    assert rows == [(pseudonyms.of(one), None) for one in ids]


def test_the_key_is_not_shown() -> None:
    assert "kkk" not in repr(Pseudonyms(b"k" * 32))
