"""Who did what is read on a page, and that nobody has changed the trail."""

from datetime import UTC, datetime

import pytest

from tests.recommender_api.console.visitor import text_of, visitor
from tests.recommender_api.served import AUTHOR


def settings_named(own, name):
    space = own.store.tenant("shop")
    space.save_settings(space.settings().model_copy(update={"name": name}), author=AUTHOR)


def trail_of(folder):
    return sorted((folder / "store" / "platform" / "audit").iterdir())


def test_a_change_is_told_with_what_was_before_and_what_is(own, own_admin):
    settings_named(own, "The Renamed Shop")

    told = own_admin.get("/tenants/shop/audit").text

    assert "settings.changed" in told
    assert "<del>Shop</del> <ins>The Renamed Shop</ins>" in told
    assert "from 127.0.0.1" in told


def test_of_a_rule_the_fields_that_changed_are_told(own, own_admin):
    rules = own.store.tenant("shop").policies.rules
    rule = {"id": "r", "kind": "exclude", "filter": "price < 3"}
    rules.put("r", rule, author=AUTHOR)
    rules.put("r", {**rule, "filter": "price < 5"}, author=AUTHOR)

    told = own_admin.get("/tenants/shop/audit", kind="rule").text

    assert "<dt>r.filter</dt><dd><del>price &lt; 3</del> <ins>price &lt; 5</ins></dd>" in told


def test_entries_are_found_by_tenant_deed_and_day(own, own_admin):
    settings_named(own, "Renamed")
    today = datetime.now(UTC).date().isoformat()

    def rows(**asked):
        return own_admin.get("/audit", **asked).text.count("<tr><td")

    assert rows(tenant="shop", kind="settings.changed", day=today) == 1
    assert rows(tenant="twin", kind="settings.changed") == 0
    assert rows(kind="settings.changed", day="2020-01-01") == 0


def test_a_day_that_is_none_is_told_at_the_form(own_admin):
    refused = own_admin.get("/audit", status=422, day="yesterday")

    assert "a day is written 2026-11-20" in text_of(refused)
    assert 'value="yesterday"' in refused.text


def test_a_cursor_that_was_made_up_is_told(own_admin):
    assert "take it from the page before" in text_of(
        own_admin.get("/audit", status=422, cursor="~")
    )


def test_older_entries_are_on_the_next_page(own, own_admin):
    for number in range(60):
        settings_named(own, f"Name {number}")

    first = own_admin.get("/tenants/shop/audit", kind="settings").text
    cursor = first.rpartition("cursor=")[2].partition('"')[0]
    second = own_admin.get("/tenants/shop/audit", kind="settings", cursor=cursor).text

    assert "<ins>Name 59</ins>" in first
    assert "<ins>Name 0</ins>" not in first
    assert "<ins>Name 0</ins>" in second


@pytest.mark.parametrize("page", ["/audit", "/tenants/shop/audit"])
def test_a_trail_that_somebody_changed_is_told_to_be_broken(own_admin, folder, page):
    entry = trail_of(folder)[1]
    entry.write_bytes(entry.read_bytes().replace(b"127.0.0.1", b"127.0.0.2"))

    text = text_of(own_admin.get(page, check="yes"))

    assert "The trail is broken" in text
    assert "entry 2 of the trail" in text


def test_a_tenants_people_learn_of_the_trail_and_of_their_own_decisions_alone(own, folder):
    (changed,) = (folder / "store" / "tenants" / "twin" / "settings").iterdir()
    changed.write_bytes(changed.read_bytes().replace(b"Twin", b"Twix"))
    clerk = visitor(own).sign_in(own.key("shop", "manage"))

    own_text = text_of(clerk.get("/tenants/shop/audit", check="yes"))
    theirs = text_of(visitor(own).sign_in().get("/audit", check="yes"))

    assert "Unbroken" in own_text
    assert "tenants/twin/settings" in theirs


def test_what_is_done_on_a_page_is_in_the_trail_with_who_did_it(own_admin):
    own_admin.get("/tenants/shop/quotas")
    own_admin.post("/tenants/shop/quotas", items="10")

    text = text_of(own_admin.get("/tenants/shop/audit", kind="quotas"))

    assert "root" in text
    assert "quotas.items 5,000,000 10" in text
