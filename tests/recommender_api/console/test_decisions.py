"""What people decide on pages is decided as by REST, with their name under it."""

import json
import re

import pytest

from recommender_api.console.records.samples import RULES
from recommender_store.policies.rule import KINDS, as_rule
from tests.recommender_api.console.visitor import text_of, visitor
from tests.recommender_api.served import AUTHOR, until

CHEAP = {"id": "no-cheap", "kind": "exclude", "filter": "price < 30", "placements": ["for_you"]}


def save(admin, rule, **fields):
    sent = {"text": json.dumps(rule, indent=2), "revision": "0", "do": "save", **fields}
    return admin.post("/tenants/shop/rule", **sent)


def test_a_tenant_is_made_and_its_page_says_what_comes_next(own_admin, own):
    made = own_admin.post("/tenants", id="bakery", name="The Bakery")

    assert made.headers["location"] == "/console/tenants/bakery?said=tenant-made"
    assert "The tenant was made." in text_of(own_admin.get("/tenants/bakery", said="tenant-made"))
    assert own.store.tenant("bakery").settings().name == "The Bakery"


@pytest.mark.parametrize(
    ("tenant", "status"), [("Not an id", 422), ("", 422), ("x" * 99, 422), ("shop", 409)]
)
def test_what_cannot_be_a_tenant_is_told_at_the_form(own_admin, tenant, status):
    refused = own_admin.post("/tenants", status=status, id=tenant, name="Any")

    assert 'aria-invalid="true"' in refused.text
    assert 'value="Any"' in refused.text


def test_tenants_are_found_by_id(own_admin):
    text = own_admin.get("/tenants", q="win").text

    assert "/console/tenants/twin" in text
    assert "/console/tenants/shop" not in text


def test_many_tenants_come_page_by_page(own_admin, own):
    for number in range(60):
        own.store.create_tenant(f"many-{number:02d}", "Many", author=AUTHOR)

    first = own_admin.get("/tenants", q="many").text
    after = re.search(r"after=([a-z0-9-]+)", first)
    second = own_admin.get("/tenants", q="many", after=after[1]).text

    listed = re.compile(r'href="/console/tenants/(many-\d\d)"')
    assert len(listed.findall(first)) == 50
    assert listed.findall(first) + listed.findall(second) == [f"many-{n:02d}" for n in range(60)]
    assert "Next page" not in second


def test_a_tenant_that_cannot_be_read_is_told_and_hides_no_other(own_admin, own):
    own.store.create_tenant("broken", "Broken", author=AUTHOR)
    own.store.tenant("broken").runs._scope.chain("r1", "state").append({"x": 1}, author=AUTHOR)
    settings = own.store.create_tenant("worse", "Worse", author=AUTHOR)._settings
    settings.append({"name": "of a version to come"}, author=AUTHOR)

    text = text_of(own_admin.get("/tenants"))

    assert "its last training's record cannot be read" in text
    assert text.count("fault") >= 2
    assert all(name in text for name in ("Shop", "Twin", "Empty", "Broken", "worse"))


def test_a_rule_is_written_holds_at_once_and_names_who_wrote_it(own_admin, own):
    save(own_admin, CHEAP)

    entry = own.store.tenant("shop").policies.rules.read().entries["no-cheap"]
    answer = own.of("shop").get("/users/user-000001/recommendations").json()
    assert entry.written_by == "root"
    assert answer["applied_rules"] == ["no-cheap"]
    assert "price < 30" in text_of(own_admin.get("/tenants/shop/rules"))


def test_a_rule_is_switched_off_and_on(own_admin, own):
    save(own_admin, CHEAP)
    rules = own.store.tenant("shop").policies.rules

    own_admin.post("/tenants/shop/rules", id="no-cheap", revision="1", do="off")
    assert rules.read().values["no-cheap"]["enabled"] is False
    own_admin.post("/tenants/shop/rules", id="no-cheap", revision="2", do="on")

    assert rules.read().values["no-cheap"]["enabled"] is True


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(own_admin, own):
    save(own_admin, CHEAP)
    save(own_admin, {**CHEAP, "filter": "price < 40"}, revision="1")

    lost = own_admin.post(
        "/tenants/shop/rule", status=409, text=json.dumps(CHEAP), revision="1", do="save"
    )

    assert 'role="alert"' in lost.text
    rules = own.store.tenant("shop").policies.rules.read()
    assert rules.values["no-cheap"]["filter"] == "price < 40"


def test_a_rule_is_deleted(own_admin, own):
    save(own_admin, CHEAP)

    own_admin.post("/tenants/shop/rule", id="no-cheap", revision="1", do="delete", text="")

    assert own.store.tenant("shop").policies.rules.read().values == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{\n  "id": "x",\n  "kind": "exclude"\n  "filter": ""\n}', "Line 4"),
        ("", "send a JSON object"),
        ("[]", "send a JSON object"),
        ('{\n"id": "x",\n"kind": "exclude",\n"filter": "price <"}', "Line 4 filter"),
        ('{\n"id": "x",\n"kind": "exclude",\n"filter": "pric < 3"}', "filter"),
        (
            '{\n"id": "x",\n"kind": "boost",\n"filter": "price < 3",\n"factor": 0.1}',
            "Line 5 factor",
        ),
        ('{"id": "x", "kind": "exclude", "filter": "price < 3", "more": 1}', "more"),
        ('{"kind": "exclude", "filter": "price < 3"}', "id"),
        ('{"id": "x", "kind": "none of ours"}', "kind"),
    ],
)
def test_what_is_wrong_with_a_rule_is_told_at_its_place(admin, text, told):
    status = 400 if not text or "\n  " in text else 422
    for do in ("save", "preview"):
        refused = admin.post("/tenants/shop/rule", status=status, text=text, do=do)
        assert told in text_of(refused)
        assert 'aria-invalid="true"' in refused.text


def test_a_filter_that_ends_too_early_is_marked_where(admin):
    rule = {**CHEAP, "filter": "price < 30 AND ANDY"}

    refused = admin.post("/tenants/shop/rule", status=422, text=json.dumps(rule), do="save")

    assert "<mark>" in refused.text


def test_a_preview_shows_titles_before_and_after_and_saves_nothing(admin, served):
    fields = {"text": json.dumps(CHEAP), "do": "preview", "user_id": "user-000001"}

    text = text_of(admin.post("/tenants/shop/rule", status=200, **fields))

    assert "Without the rule" in text
    assert "shop item" in text
    assert re.search(r"[1-9]\d* came, [1-9]\d* went", text)
    assert served.store.tenant("shop").policies.rules.read().values == {}


def test_a_preview_takes_requests_from_the_log_where_nobody_is_named(admin):
    text = text_of(
        admin.post("/tenants/shop/rule", status=200, text=json.dumps(CHEAP), do="preview")
    )

    assert "for_you for user-" in text


def test_a_preview_of_an_empty_log_says_so(admin):
    rule = {"id": "x", "kind": "block", "items": ["a"]}

    page = admin.post("/tenants/empty/rule", status=200, text=json.dumps(rule), do="preview")

    assert "The log holds no events" in text_of(page)


def test_every_sample_of_a_rule_is_of_its_kind():
    assert set(RULES) == set(KINDS)
    assert all(as_rule(one).kind == kind for kind, one in RULES.items())
    assert not any(as_rule(one).enabled for one in RULES.values())


def test_a_placement_is_written_and_taken_back(own_admin, own):
    text = json.dumps({"id": "for_you", "limit": 5})

    own_admin.post("/tenants/shop/placement", text=text, revision="0", do="save")
    answer = own.of("shop").get("/users/user-000001/recommendations").json()
    assert len(answer["items"]) == 5
    own_admin.post("/tenants/shop/placement", id="for_you", revision="1", do="delete")

    answer = own.of("shop").get("/users/user-000001/recommendations").json()
    assert len(answer["items"]) == 10


def test_a_placement_that_is_wrong_is_told_so(admin):
    text = '{"id": "home",\n"sources": ["nowhere"]}'

    refused = admin.post("/tenants/shop/placement", status=422, text=text, do="save")

    assert "Line 2 sources" in text_of(refused)


def test_rolling_back_and_promoting_change_what_answers_and_keep_the_reason(own_admin, own):
    models = own.store.tenant("shop").models
    newest = models.current().version

    own_admin.post("/tenants/shop/models", do="roll-back", reason="it was worse on Mondays")
    older = models.current().version
    assert older != newest
    assert "it was worse on Mondays" in text_of(own_admin.get("/tenants/shop/models"))
    own_admin.post("/tenants/shop/models", do="promote", version=newest, reason="it was not")

    answer = own.of("shop").get("/items/item-000000/similar").json()
    assert answer["model"]["version"] == newest


def test_rolling_back_where_nothing_was_before_is_told(own_admin):
    refused = own_admin.post("/tenants/twin/models", status=409, do="roll-back", reason="")

    assert 'role="alert"' in refused.text


def test_promoting_what_is_not_there_is_told(own_admin):
    own_admin.post("/tenants/shop/models", status=404, do="promote", version="nothing", reason="")


def test_a_key_is_shown_once_works_and_is_revoked(own_admin, own):
    made = own_admin.post(
        "/tenants/shop/keys", status=201, name="web", scopes=["serve", "manage"], days="7"
    )
    secret = re.search(r"rk_shop_[A-Za-z0-9_]+", made.text)[0]
    client = own.client(secret, "shop")
    assert client.get("/popular").status_code == 200
    listed = own_admin.get("/tenants/shop/keys")
    assert secret not in listed.text

    own_admin.post("/tenants/shop/keys/revoke", key_id=secret.split("_")[2])

    assert client.get("/popular").status_code == 401


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": "", "scopes": "serve"}, "give it a name"),
        ({"name": "x"}, "tick what it may do"),
        ({"name": "x", "scopes": "serve", "days": "-1"}, "a whole number of days"),
        ({"name": "x", "scopes": "everything"}, "'manage'"),
    ],
)
def test_what_cannot_be_a_key_is_told(own_admin, fields, told):
    assert told in text_of(own_admin.post("/tenants/shop/keys", status=422, **fields))


def test_a_tenants_person_decides_under_the_name_of_their_key(own):
    clerk = visitor(own).sign_in(own.key("shop", "manage"))

    save(clerk, CHEAP)

    entry = own.store.tenant("shop").policies.rules.read().entries["no-cheap"]
    assert entry.written_by.startswith("key:")


def test_a_training_is_asked_for_followed_and_cancelled(own_admin, own):
    begun = own_admin.post("/tenants/empty/runs", do="train")
    address = begun.headers["location"].removeprefix("/console").partition("?")[0]
    own_admin.get(address)
    runs = own.store.tenant("empty").runs
    run_id = address.rpartition("/")[2]

    own_admin.client.post(
        "/console/tenants/empty/runs",
        data={"form_token": own_admin.token, "do": "cancel", "run": run_id},
    )

    until(lambda: runs.get(run_id).status in {"cancelled", "refused", "failed"}, 60)
    text = text_of(own_admin.get(address))
    assert runs.get(run_id).status in text
    assert "Cancel this run" not in text


def test_a_run_that_has_ended_is_not_cancelled(own_admin, own):
    run_id = own.store.tenant("shop").runs.ids()[0]

    own_admin.post("/tenants/shop/runs", status=409, do="cancel", run=run_id)
