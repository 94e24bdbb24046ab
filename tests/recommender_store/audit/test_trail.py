"""Every decision leaves an entry, in order, linked and sealed, however many write at once."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest

from recommender_store.audit.audit import Audit, Wanted
from recommender_store.audit.deeds import Deed
from recommender_store.audit.trail import LOOKED_AT_MOST
from recommender_store.author import Author
from recommender_store.errors import StoreUnavailable
from recommender_store.objects.change_feed import ChangeFeed
from recommender_store.objects.keys import AUDIT
from recommender_store.objects.scope import Scope
from recommender_store.opening import Store
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.identity import parse_tenant_id
from recommender_store.tenants.settings import GateSettings
from recommender_store.tenants.signing import SigningSecrets

ANN = Author("ann", "10.0.0.1", "req-1")
SIGNING = SigningSecrets.of(["secret"])
ALL = Wanted()


def kinds(store: Store, wanted: Wanted = ALL) -> list[str]:
    return [one["kind"] for one in store.audit.page(wanted, 100).entries]


def test_what_is_decided_is_told_with_who_when_where_and_what_changed(store: Store) -> None:
    space = store.create_tenant("shop", "Shop", author=ANN)
    settings = space.settings().model_copy(update={"gate": GateSettings(margin=0.1)})
    space.save_settings(settings, author=ANN)

    newest, first = store.audit.page(ALL, 10).entries

    assert (newest["kind"], newest["subject"]) == ("settings.changed", ["gate.margin"])
    assert newest["changes"] == [{"name": "gate.margin", "before": 0.05, "after": 0.1}]
    assert (newest["by"], newest["from"], newest["request_id"]) == ("ann", "10.0.0.1", "req-1")
    assert newest["at"] == space.settings_revised()[1].written_at
    assert (first["kind"], first["tenant"]) == ("tenant.created", "shop")


def test_every_kind_of_decision_has_a_name(store: Store) -> None:
    space = store.create_tenant("shop", "Shop", author=ANN)
    key = space.keys.create("web", ["serve"], author=ANN).record
    space.keys.rotate(key.key_id, author=ANN)
    space.keys.revoke(key.key_id, author=ANN)
    rule = {"id": "r", "kind": "exclude", "filter": "price < 3"}
    space.policies.rules.put("r", rule, author=ANN)
    space.policies.rules.delete("r", author=ANN)
    space.policies.placements.put("home", {"id": "home"}, author=ANN)
    space.policies.experiments.put("x", {"id": "x"}, author=ANN)
    space.end(author=ANN)
    store.restore_tenant("shop", author=ANN)

    assert kinds(store)[::-1] == [
        *("tenant.created", "key.created", "key.rotated", "key.revoked"),
        *("rule.changed", "rule.deleted", "placement.changed", "experiment.changed"),
        *("tenant.deleted", "tenant.restored"),
    ]


def test_a_record_is_told_as_it_was_before_and_after(store: Store) -> None:
    rules = store.create_tenant("shop", "Shop", author=ANN).policies.rules
    rules.put("other", {"id": "other"}, author=ANN)
    rules.put("r", {"id": "r", "priority": 1}, author=ANN)
    rules.put("r", {"id": "r", "priority": 2}, author=ANN)

    (newest, *_) = store.audit.page(ALL, 1).entries

    before, after = {"id": "r", "priority": 1}, {"id": "r", "priority": 2}
    assert newest["changes"] == [{"name": "r", "before": before, "after": after}]


def test_no_entry_holds_a_secret_or_its_digest(store: Store) -> None:
    space = store.create_tenant("shop", "Shop", author=ANN)
    made = space.keys.create("web", ["serve"], author=ANN)

    told = str(store.audit.page(ALL, 10).entries)

    assert made.record.key_id in told
    assert made.record.digest not in told
    assert made.secret not in told


def test_a_users_digest_is_the_same_each_time_and_another_for_each_tenant(store: Store) -> None:
    shop = store.create_tenant("shop", "Shop", author=ANN)
    other = store.create_tenant("other", "Other", author=ANN)

    assert shop.digest_of("user", "u1") == shop.digest_of("user", "u1")
    assert len({one.digest_of("user", "u1") for one in (shop, other)}) == 2
    assert "u1" not in shop.digest_of("user", "u1")


def test_book_keeping_of_the_platform_is_no_decision(store: Store) -> None:
    space = store.create_tenant("shop", "Shop", author=ANN)
    space.catalog.types.fix({"price": "number"})

    assert kinds(store) == ["tenant.created"]


def test_entries_are_found_by_tenant_by_who_and_by_kind_over_pages(store: Store) -> None:
    shop = store.create_tenant("shop", "Shop", author=ANN)
    other = store.create_tenant("other", "Other", author=Author("bob", "x"))
    for name in ("a", "b", "c"):
        shop.keys.create(name, ["serve"], author=Author("bob", "x"))
        other.keys.create(name, ["serve"], author=ANN)

    assert kinds(store, Wanted("shop", "bob")) == ["key.created"] * 3
    assert kinds(store, Wanted(kind="tenant")) == ["tenant.created"] * 2
    assert kinds(store, Wanted(kind="key.revoked")) == []
    first = shop.audit.page(Wanted(kind="key"), 2)
    second = shop.audit.page(Wanted(kind="key"), 2, first.before)
    numbers = [one["number"] for one in (*first.entries, *second.entries)]
    assert numbers == sorted(numbers, reverse=True)
    assert len(set(numbers)) == 3
    assert second.before is None or shop.audit.page(Wanted(kind="key"), 9, second.before) == (
        [],
        None,
    )


def test_a_page_looks_at_no_more_than_so_many_and_says_where_to_go_on(store: Store) -> None:
    trail = store.audit.trail
    store.audit.note("", Deed("rare.thing"), ANN)
    for _ in range(40):
        store.audit.note("", Deed("usual.thing"), ANN)

    page = trail.page(5, None, lambda one: one.kind == "rare.thing")

    assert LOOKED_AT_MOST > 40
    assert [one.kind for one in page.entries] == ["rare.thing"]


def test_writers_at_once_lose_no_entry_and_break_no_link(memory: Scope) -> None:
    audits = [Audit(memory, SIGNING) for _ in range(4)]

    def write(audit: Audit, name: str) -> None:
        for _ in range(10):
            audit.note("shop", Deed(f"{name}.done"), ANN)

    threads = [
        threading.Thread(target=write, args=(audit, f"w{at}")) for at, audit in enumerate(audits)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    entries = audits[0].page(ALL, 100).entries
    assert [one["number"] for one in entries] == list(range(40, 0, -1))
    assert [sum(one["kind"] == f"w{at}.done" for one in entries) for at in range(4)] == [10] * 4


class LyingObjects(Scope):
    """Writes of entries land, and report that they did not."""

    def put_if_absent(self, key: str, data: bytes) -> bool:
        super().put_if_absent(key, data)
        if key.startswith(AUDIT):
            raise StoreUnavailable(action="write", reason="the network went")
        return True


def test_an_entry_that_landed_though_its_write_failed_is_written_once(memory: Scope) -> None:
    audit = Audit(LyingObjects(memory), SIGNING)

    audit.note("shop", Deed("thing.done"), ANN)

    assert [one["kind"] for one in audit.page(ALL, 10).entries] == ["thing.done"]


class ClosedTrail(Scope):
    """No entry can be written."""

    def put_if_absent(self, key: str, data: bytes) -> bool:
        if key.startswith(AUDIT):
            raise StoreUnavailable(action="write", reason="the network went")
        return super().put_if_absent(key, data)


def test_a_decision_whose_entry_cannot_be_written_holds_all_the_same(memory: Scope) -> None:
    objects = ClosedTrail(memory)
    space = TenantSpace(
        parse_tenant_id("shop"), objects, ChangeFeed(Scope(memory, "feed")), SIGNING
    )

    space.begin("Shop", author=ANN)

    assert space.settings().name == "Shop"
    with pytest.raises(StoreUnavailable):
        space.audit.note(Deed("user.erased"), ANN)


def test_a_gone_tenants_entries_stay_without_its_values(store: Store, tmp_path: Path) -> None:
    assert tmp_path
    space = store.create_tenant("shop", "A Secret Name", author=ANN)
    at = space.end(author=ANN)
    store.leave(space.tenant_id, at + timedelta(days=8), dry_run=False)

    entries = store.audit.page(Wanted("shop"), 10).entries

    assert [one["kind"] for one in entries] == ["tenant.ended", "tenant.deleted", "tenant.created"]
    assert [one["changes"] for one in entries] == [None] * 3
    assert "A Secret Name" not in str(entries)
