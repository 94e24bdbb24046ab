"""Who is signed in, who is not any more, and what a cookie that was made up is worth."""

import time

import pytest

from recommender_api.console.access.sessions import COOKIE
from tests.recommender_api.console.visitor import text_of, visitor
from tests.recommender_api.served import AUTHOR, serving, store_in


def cookie_of(response):
    return response.headers["set-cookie"]


def test_whoever_is_nobody_is_led_to_the_sign_in_and_from_there_to_where_they_wanted(served):
    one = visitor(served)

    led = one.get("/tenants/shop/rules", status=303)

    assert led.headers["location"] == "/console/sign-in?next=%2Fconsole%2Ftenants%2Fshop%2Frules"
    one.get("/sign-in", next="/console/tenants/shop/rules")
    landed = one.post(
        "/sign-in", secret="a-platform-admins-token", next="/console/tenants/shop/rules"
    )
    assert landed.headers["location"] == "/console/tenants/shop/rules"


@pytest.mark.parametrize("wanted", ["https://else.where/console/", "//else.where", "/console/\\x"])
def test_nobody_is_led_to_another_site(served, wanted):
    one = visitor(served)
    one.get("/sign-in")

    landed = one.post("/sign-in", secret="a-platform-admins-token", next=wanted)

    assert landed.headers["location"] == "/console/tenants"


def test_the_cookie_is_kept_from_scripts_and_other_sites_and_holds_no_secret(served):
    one = visitor(served)
    one.get("/sign-in")

    said = cookie_of(one.post("/sign-in", secret="a-platform-admins-token"))

    assert {"HttpOnly", "SameSite=Strict", "Path=/console"} <= set(said.split("; "))
    assert "Secure" not in said
    assert "a-platform-admins-token" not in said


def test_behind_tls_the_cookie_is_sent_by_tls_alone(served):
    client = served.client()

    said = cookie_of(client.get("/console/sign-in", headers={"X-Forwarded-Proto": "https"}))

    assert "Secure" in said.split("; ")


def test_a_wrong_secret_is_told_so_and_signs_nobody_in(served):
    one = visitor(served)
    one.get("/sign-in")

    refused = one.post("/sign-in", status=401, secret="not-a-token")

    assert "Nobody is known by this token or key" in text_of(refused)
    one.get("/tenants", status=303)


def test_a_key_that_may_not_manage_does_not_open_the_console(served):
    one = visitor(served)
    one.get("/sign-in")

    refused = one.post("/sign-in", status=403, secret=served.key("shop", "serve", "ingest"))

    assert "may not manage" in text_of(refused)


def test_a_form_without_the_token_changes_nothing(own_admin, own):
    own_admin.token = ""

    refused = own_admin.post("/tenants", status=403, id="sneaked-in")

    assert "form_stale" in text_of(refused)
    assert "sneaked-in" not in own.store.tenant_ids()


@pytest.mark.parametrize("length", [1, 8, 63])
def test_the_beginning_of_a_token_is_no_token(own_admin, own, length):
    own_admin.token = own_admin.token[:length]

    own_admin.post("/tenants", status=403, id="sneaked-in")

    assert "sneaked-in" not in own.store.tenant_ids()


def test_the_token_of_another_session_is_no_token(own_admin, own):
    other = visitor(own).sign_in()
    own_admin.token = other.token

    own_admin.post("/tenants", status=403, id="sneaked-in")


def test_a_sign_in_form_that_another_page_sends_is_refused(served):
    client = served.client()

    response = client.post("/console/sign-in", data={"secret": "a-platform-admins-token"})

    assert response.status_code == 403
    assert COOKIE not in response.headers.get("set-cookie", "")


def forgeries(cookie):
    session_id, expires, told, digest = cookie.split(".")
    return [
        f"{'0' * 32}.{expires}.{told}.{digest}",
        f"{session_id}.{int(expires) + 1}.{told}.{digest}",
        f"{session_id}.{expires}.{told}x.{digest}",
        f"{session_id}.{expires}.dev.{digest}",
        f"{session_id}.{expires}.{told}.{digest[:1]}",
        f"{session_id}.{expires}.{told}.{digest[:-1]}",
        f"{session_id}.{expires}.{told}.",
        f"{session_id}.{expires}.{told}.{'0' * 64}",
        "",
        "nonsense",
        "....",
    ]


def test_forged_cookies_are_nobodys(served, admin):
    cookie = admin.client.cookies[COOKIE]

    for forged in forgeries(cookie):
        client = served.client()
        response = client.get("/console/tenants", headers={"Cookie": f"{COOKIE}={forged}"})
        assert response.status_code == 303, forged
    genuine = served.client().get("/console/tenants", headers={"Cookie": f"{COOKIE}={cookie}"})
    assert genuine.status_code == 200


def test_cookies_of_other_applications_hide_none(served, admin):
    shown = f'a="b; c=[]{{}}; {COOKIE}={admin.client.cookies[COOKIE]}; d'

    assert served.client().get("/console/tenants", headers={"Cookie": shown}).status_code == 200


def test_a_cookie_shown_again_after_signing_out_is_nobodys_on_every_replica(own, folder):
    one = visitor(own).sign_in()
    replayed = {"Cookie": f"{COOKIE}={one.client.cookies[COOKIE]}"}

    one.post("/sign-out")

    assert own.client().get("/console/tenants", headers=replayed).status_code == 303
    with serving(store_in(folder)) as elsewhere:
        assert elsewhere.client().get("/console/tenants", headers=replayed).status_code == 303


def test_signing_in_begins_a_session_of_its_own(served):
    one = visitor(served)
    one.get("/sign-in")
    before = one.client.cookies[COOKIE]

    one.post("/sign-in", secret="a-platform-admins-token")

    assert one.client.cookies[COOKIE].split(".")[0] != before.split(".")[0]


def test_a_session_ends_with_its_key(own):
    ring = own.store.tenant("shop").keys
    made = ring.create("people", ["manage"], author=AUTHOR)
    one = visitor(own).sign_in(made.secret)
    one.get("/tenants/shop")

    ring.revoke(made.record.key_id, author=AUTHOR)

    one.get("/tenants/shop", status=303)


def test_a_session_ends_with_its_tenant(own):
    own.store.create_tenant("fleeting", "Fleeting", author=AUTHOR)
    one = visitor(own).sign_in(own.key("fleeting", "manage"))
    own.store.tenant("fleeting").end(author=AUTHOR)

    one.get("/tenants/fleeting", status=303)


def test_a_session_ends_with_the_admins_token(own, folder):
    one = visitor(own).sign_in()
    shown = {"Cookie": f"{COOKIE}={one.client.cookies[COOKIE]}"}

    with serving(store_in(folder), admin_tokens={"another-token": "root"}) as restarted:
        assert restarted.client().get("/console/tenants", headers=shown).status_code == 303


def test_a_session_expires(own, monkeypatch):
    one = visitor(own).sign_in()
    shown = {"Cookie": f"{COOKIE}={one.client.cookies[COOKIE]}"}
    later = time.time() + 13 * 3600
    monkeypatch.setattr("recommender_api.console.access.sessions.time.time", lambda: later)

    assert own.client().get("/console/tenants", headers=shown).status_code == 303


def test_without_admin_tokens_nobody_is_an_admin(folder):
    with serving(store_in(folder), admin_tokens={}) as closed:
        one = visitor(closed)
        one.get("/tenants", status=303)
        one.get("/sign-in")
        one.post("/sign-in", status=401, secret="anything")


def test_on_a_laptop_whoever_comes_is_an_admin_and_forms_hold_their_token_all_the_same(folder):
    with serving(store_in(folder), admin_tokens={}, dev=True) as laptop:
        one = visitor(laptop)
        stranger = laptop.client().post("/console/tenants", data={"id": "sneaked-in"})
        one.get("/tenants")
        one.post("/tenants", id="made-here")

        assert stranger.status_code == 403
        assert {"made-here"} == {"made-here", "sneaked-in"} & set(laptop.store.tenant_ids())


def test_a_cookie_of_a_laptop_is_nobodys_elsewhere(folder):
    with serving(store_in(folder), admin_tokens={}, dev=True) as laptop:
        one = visitor(laptop)
        one.get("/tenants")
        shown = {"Cookie": f"{COOKIE}={one.client.cookies[COOKIE]}"}
    with serving(store_in(folder)) as served:
        assert served.client().get("/console/tenants", headers=shown).status_code == 303
