"""Readiness, imports and runs: what stands in the way, begun from a page, followed, cancelled."""

from datetime import UTC, datetime

import pytest

from recommender_api.launch.local_processes import LocalProcesses
from recommender_store.runs.record import Launched, Run
from tests.recommender_api.console.visitor import text_of
from tests.recommender_api.served import AUTHOR, until
from tests.trainers.tenant import change_settings

AT = datetime(2026, 1, 1, tzinfo=UTC)
LOG = "user_id,item_id,timestamp,event\n" + "".join(
    f"u{at % 90},i{at % 70},2026-01-{1 + at % 28:02d}T10:00:{at % 60:02d}Z,view\n"
    for at in range(1200)
)


@pytest.fixture
def drops(own, tmp_path):
    """A folder that an admin listed for the tenant `empty`, with a log in it."""
    folder = tmp_path / "drops"
    folder.mkdir()
    (folder / "log.csv").write_text(LOG)
    change_settings(own.store.tenant("empty"), imports={"prefixes": (f"file://{folder}/",)})
    return folder


def test_readiness_tells_what_was_found_and_how_bad_it_is(admin):
    text = text_of(admin.get("/tenants/shop/readiness"))

    assert "6,000" in text
    assert "How bad" in text
    assert "The log is empty" in text_of(admin.get("/tenants/empty/readiness"))


def test_a_large_log_is_read_only_where_that_is_asked_for(own, own_admin, monkeypatch):
    monkeypatch.setattr("recommender_api.console.tenant.readiness.READ_AT_ONCE", 100)
    space = own.store.tenant("shop")
    space.events.compact()

    assert "Read them now" in text_of(own_admin.get("/tenants/shop/readiness"))
    assert "How bad" in text_of(own_admin.get("/tenants/shop/readiness", measure="yes"))


def test_where_no_place_is_listed_it_is_told_who_lists_one(admin):
    text = text_of(admin.get("/tenants/shop/imports"))

    assert "No place is listed" in text


def test_a_log_is_imported_and_followed_until_its_end(own_admin, drops):
    own_admin.get("/tenants/empty/imports")

    begun = own_admin.post("/tenants/empty/imports", **{"from": f"file://{drops}/log.csv"})
    address = begun.headers["location"].removeprefix("/console")
    own_admin.get(address)
    until(lambda: "refresh" not in own_admin.get(address).headers, 60)

    text = text_of(own_admin.get("/tenants/empty/imports"))
    assert "imported 1,200 1,200 0" in text
    assert "log.csv" in text
    assert "last lines" in text


def test_while_a_run_is_under_way_its_page_loads_itself_again_unless_it_is_held(own, own_admin):
    space = own.store.tenant("empty")
    run = Run(run_id="20260101T000000Z-alive", status="running", started_at=AT, kind="import")
    space.runs.save(run, AUTHOR)

    for page in (f"/tenants/empty/runs/{run.run_id}", "/tenants/empty/imports"):
        assert own_admin.get(page).headers["refresh"] == "3"
        assert "refresh" not in own_admin.get(page, still="yes").headers
        assert "Let it load itself again" in own_admin.get(page, still="yes").text
    assert "refresh" not in own_admin.get("/tenants/shop/imports").headers


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"from": "file:///etc/passwd"}, "an admin lists from where"),
        ({"from": ""}, "its length is at least 1"),
        ({"from": "{drops}log.csv", "format": "none-such"}, "none-such"),
        ({"from": "{drops}log.csv", "mapping": "{"}, "not valid JSON"),
        ({"from": "{drops}log.csv", "mapping": '{"nothing": 1}'}, "nothing"),
        ({"from": "{drops}log.csv", "mapping": "{}", "format": "movielens"}, "not both"),
    ],
)
def test_an_import_that_cannot_be_is_told_at_the_form_and_begins_nothing(
    own, own_admin, drops, fields, told
):
    own_admin.get("/tenants/empty/imports")
    sent = {name: text.replace("{drops}", f"file://{drops}/") for name, text in fields.items()}

    response = own_admin.client.post(
        "/console/tenants/empty/imports", data={"form_token": own_admin.token, **sent}
    )

    assert response.status_code in (400, 422)
    assert told in text_of(response)
    assert 'role="alert"' in response.text
    assert own.store.tenant("empty").runs.ids() == []


def test_a_training_whose_process_died_is_told_as_dead_in_the_list_of_tenants(own, own_admin):
    origin = LocalProcesses(own.store.settings.launch_folder(), {}).origin
    launched = Launched(launcher="local", origin=origin, by="root")
    died = Run(run_id="20260101T000000Z-died", started_at=AT, launched=launched)
    own.store.tenant("empty").runs.save(died, AUTHOR)

    text = text_of(own_admin.get("/tenants"))

    assert "job_died" in text or "failed" in text
    assert own.store.tenant("empty").runs.get(died.run_id).status == "failed"
