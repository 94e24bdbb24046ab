"""Quotas, settings, keys, and a tenant's end and return: in forms, as by REST."""

import re
from datetime import timedelta

import pytest

from recommender_store.tenants.quotas import Quotas
from tests.recommender_api.console.visitor import text_of, visitor
from tests.recommender_api.served import AUTHOR

SECRET = re.compile(r"rk_[a-z]+_[A-Za-z0-9_]+")


def test_quotas_are_shown_with_what_is_used_of_them(admin):
    text = text_of(admin.get("/tenants/shop/quotas"))

    assert "Items in the catalog items 200 5,000,000 0%" in text
    assert "0 under way" in text
    assert "without limit" in text


def test_an_admin_changes_quotas_and_they_hold_at_once(own, own_admin):
    own_admin.get("/tenants/shop/quotas")

    own_admin.post("/tenants/shop/quotas", items="200", events_per_s="0.5", shelf_share="")

    quotas = own.store.tenant("shop").settings().quotas
    assert (quotas.items, quotas.events_per_s, quotas.shelf_share) == (200, 0.5, None)
    assert quotas.requests_per_s is None
    assert own.of("shop").put("/items/one-more", json={}).status_code == 409


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("-1", "it is at least 0"),
        ("many", "a whole number"),
        ("1.5", "a whole number"),
        ("nan", "a whole number"),
        ("1e999", "a whole number"),
    ],
)
def test_what_is_no_quota_is_told_at_its_field(own, own_admin, typed, told):
    own_admin.get("/tenants/shop/quotas")

    refused = own_admin.post("/tenants/shop/quotas", status=422, items=typed, events_per_s="7")

    assert told in text_of(refused)
    assert f'value="{typed}"' in refused.text
    assert 'value="7"' in refused.text
    assert own.store.tenant("shop").settings().quotas == Quotas()


def test_a_tenants_people_see_quotas_and_no_form(served):
    clerk = visitor(served).sign_in(served.key("shop", "manage"))

    page = clerk.get("/tenants/shop/quotas")

    assert "A platform admin changes them." in text_of(page)
    assert "Save" not in text_of(page)


def fields_of(page):
    """What a browser would send of the first form of settings."""
    inputs = re.findall(r'<input id="[^"]*" name="([^"]+)"[^>]*? value="([^"]*)"', page.text)
    areas = re.findall(r'<textarea id="[^"]*" name="([^"]+)"[^>]*>\n([^<]*)<', page.text)
    revision = re.search(r'name="revision" value="(\d+)"', page.text)[1]
    sent = {**dict(inputs), **dict(areas), "revision": revision, "do": "save"}
    return {name: text for name, text in sent.items() if name not in ("confirm", "text")}


def test_settings_are_changed_in_fields_and_the_others_stay(own, own_admin):
    before = own.store.tenant("shop").settings()
    fields = fields_of(own_admin.get("/tenants/shop/settings"))
    changed = {"name": "A Better Shop", "retention.events_days": "400", "training.window_days": ""}
    places = {"imports.prefixes": "s3://drops/shop/\n\n file:///srv/drops/shop/ "}

    own_admin.post("/tenants/shop/settings", **{**fields, **changed, **places})

    after = own.store.tenant("shop").settings()
    assert (after.name, after.retention.events_days) == ("A Better Shop", 400)
    assert len(after.imports.prefixes) == 2
    undone = {"name": before.name, "retention": before.retention, "imports": before.imports}
    assert after.model_copy(update=undone) == before


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("name", "", "send a text"),
        ("retention.events_days", "0", "it is at least 1"),
        ("retention.models_previous", "", "a whole number"),
        ("serving.trace_share", "2", "it is at most 1"),
        ("imports.prefixes", "ftp://elsewhere/", "s3://bucket/"),
    ],
)
def test_a_setting_that_is_wrong_is_told_at_its_field(own_admin, field, typed, told):
    fields = fields_of(own_admin.get("/tenants/shop/settings"))

    refused = own_admin.post("/tenants/shop/settings", status=422, **{**fields, field: typed})

    assert told in re.search(rf'id="{field}-fault" role="alert">([^<]*)<', refused.text)[1]


def test_settings_that_somebody_else_changed_meanwhile_are_not_overwritten(own, own_admin):
    fields = fields_of(own_admin.get("/tenants/shop/settings"))
    space = own.store.tenant("shop")
    other = space.settings().model_copy(update={"name": "Meanwhile"})
    space.save_settings(other, author=AUTHOR)

    own_admin.post("/tenants/shop/settings", status=409, **{**fields, "name": "Too late"})

    assert space.settings().name == "Meanwhile"


def test_all_settings_are_written_as_json_with_faults_at_their_lines(own, own_admin):
    own_admin.get("/tenants/shop/settings")
    text = '{"name": "By JSON",\n"training": {"window_days": 90}}'
    own_admin.post("/tenants/shop/settings", text=text, do="save-json", revision="")
    assert own.store.tenant("shop").settings().training.window_days == 90

    wrong = text.replace("90", "-90")
    refused = own_admin.post(
        "/tenants/shop/settings", status=422, text=wrong, do="save-json", revision=""
    )

    assert "Line 2 training.window_days" in text_of(refused)


def test_a_tenant_is_deleted_only_where_its_id_is_written_once_more(own, own_admin):
    own_admin.get("/tenants/twin/settings")

    refused = own_admin.post("/tenants/twin/delete", status=422, confirm="Twin")
    assert "Nothing was deleted" in text_of(refused)
    assert own.store.tenant("twin").exists()
    led = own_admin.post("/tenants/twin/delete", confirm="twin")

    assert led.headers["location"] == "/console/deleted?said=tenant-deleted"
    own_admin.get("/tenants/twin", status=404)
    assert "Twin" not in text_of(own_admin.get("/tenants"))


def test_a_deleted_tenant_is_listed_and_brought_back(own, own_admin):
    key = own.key("twin")
    own.store.tenant("twin").end(author=AUTHOR)
    listed = text_of(own_admin.get("/deleted"))
    assert "twin" in listed

    own_admin.post("/deleted", id="twin")

    assert own.client(key, "twin").get("/popular").status_code == 200
    assert "None." in text_of(own_admin.get("/deleted"))


def test_who_cannot_be_brought_back_is_told(own_admin):
    own_admin.get("/deleted")

    refused = own_admin.post("/deleted", status=409, id="shop")

    assert 'role="alert"' in refused.text


def test_a_deletion_that_is_too_old_is_listed_and_offers_nothing(own, own_admin):
    own.store.tenant("twin").end(author=AUTHOR)
    own.store.undo_within = timedelta(0)

    page = own_admin.get("/deleted")

    assert "too late" in text_of(page)
    assert 'aria-label="Restore' not in page.text
    own_admin.get("/tenants")
    own_admin.post("/deleted", status=409, id="twin")


def test_a_key_is_rotated_and_both_live_for_a_while(own, own_admin):
    old = own.key("shop", "serve")
    own_admin.get("/tenants/shop/keys")

    made = own_admin.post(
        "/tenants/shop/keys/rotate", status=201, key_id=old.split("_")[2], grace_hours="1"
    )

    new = SECRET.search(made.text)[0]
    assert {own.client(one, "shop").get("/popular").status_code for one in (old, new)} == {200}
    assert "in 60 min" in text_of(made)
    assert new not in own_admin.get("/tenants/shop/keys").text


def test_a_key_that_is_rotated_without_grace_opens_nothing(own, own_admin):
    old = own.key("shop", "serve")
    own_admin.get("/tenants/shop/keys")

    own_admin.post(
        "/tenants/shop/keys/rotate", status=201, key_id=old.split("_")[2], grace_hours="0"
    )

    assert own.client(old, "shop").get("/popular").status_code == 401


@pytest.mark.parametrize("hours", ["", "-1", "soon", "99999"])
def test_a_grace_that_is_none_is_told(own, own_admin, hours):
    old = own.key("shop", "serve")
    own_admin.get("/tenants/shop/keys")

    refused = own_admin.post(
        "/tenants/shop/keys/rotate", status=422, key_id=old.split("_")[2], grace_hours=hours
    )

    assert "hours that both live" in text_of(refused)


def test_a_tenants_person_rotates_the_key_they_came_with_and_none_that_may_do_more(own):
    mine, other = own.key("shop", "manage"), own.key("shop", "ingest", "manage")
    clerk = visitor(own).sign_in(mine)
    clerk.get("/tenants/shop/keys")

    made = clerk.post(
        "/tenants/shop/keys/rotate", status=201, key_id=mine.split("_")[2], grace_hours="1"
    )
    clerk.post("/tenants/shop/keys/rotate", status=403, key_id=other.split("_")[2], grace_hours="1")

    assert SECRET.search(made.text)[0].split("_")[2] != mine.split("_")[2]


def test_when_a_key_was_last_used_and_when_it_expires_is_told(own, own_admin):
    ring = own.store.tenant("shop").keys
    key_id = ring.records()[0].key_id if ring.records() else None
    made = ring.create("dated", ["serve"], author=AUTHOR)
    own.store.tenant("shop").key_uses.note({made.record.key_id: made.record.created_at})

    text = text_of(own_admin.get("/tenants/shop/keys"))

    assert key_id != made.record.key_id
    assert re.search(r"dated \w+ serve [\d: -]+ [\d.]+ s ago", text)
    assert "never live" in text


def test_a_third_key_of_a_name_is_refused_at_the_form(own_admin):
    own_admin.get("/tenants/shop/keys")
    for _ in range(2):
        own_admin.post("/tenants/shop/keys", status=201, name="web", scopes="serve")

    refused = own_admin.post("/tenants/shop/keys", status=409, name="web", scopes="serve")

    assert 'role="alert"' in refused.text
