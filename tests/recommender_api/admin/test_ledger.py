"""`GET …/events:ledger` and `recommender events ledger`, over a real server and the real SDK."""

import json
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from loggers_sdk import EventLogger
from recommender_api.accounting.days import days_asked
from recommender_api.accounting.document import LedgerDay
from recommender_api.accounting.statement import draw_up
from recommender_store.ledger.page import Answered, Page, encode_page
from recommender_store.opening import Store
from tests.programs import clean_environment, forked
from tests.recommender_api.served import AUTHOR, Served, serving, store_in, until

ROOT = Path(__file__).parents[3]
ROUTE = "/events:ledger"


@pytest.fixture
def store(tmp_path) -> Store:
    store = store_in(tmp_path, create=True)
    store.create_tenant("shop", "Shop", author=AUTHOR)
    store.create_tenant("other", "Other", author=AUTHOR)
    return store


@pytest.fixture
def platform(store):
    with serving(store) as running:
        yield running


@pytest.fixture
def shop(platform) -> httpx.Client:
    return platform.of("shop")


def sdk(platform: Served, **config: Any) -> EventLogger:
    return EventLogger(
        endpoint=platform.base_url, tenant="shop", api_key=platform.key("shop"), **config
    )


def event(number: int, **fields: Any) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    plain = {"event_id": f"e{number}", "kind": "view", "user_id": "u", "item_id": "i"}
    return {**plain, "occurred_at": now, **fields}


def ledger(client: httpx.Client) -> dict[str, Any]:
    answer = client.get(ROUTE, params={"days": 2})
    assert answer.status_code == 200, answer.text
    return answer.json()


def today(client: httpx.Client) -> dict[str, Any]:
    """Of the two days that a test may run over, the one on which something came."""
    busy = [day for day in ledger(client)["days"] if day["received"]["events"]]
    return busy[-1]


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"RECOMMENDER_STORE_URL": f"file://{folder / 'store'}", "COLUMNS": "250"}
    return forked(
        "recommender_cli",
        ["events", "ledger", *arguments],
        ROOT,
        clean_environment() | environment,
    )


def test_what_sdks_and_plain_senders_sent_is_in_the_ledger_and_balances(platform, shop, store):
    events = sdk(platform)
    for number in range(20):
        events.view(user_id="u", item_id=f"i{number}")
    events.track("view", user_id="u")
    assert events.close(timeout_s=60).is_complete
    plain = {"events": [event(1), event(1), event(2), event(3, kind="nonsense")]}
    assert shop.post("/events", json=plain).status_code == 202
    store.tenant("shop").events.compact()

    day = today(shop)

    assert day["state"] == "balanced", day["checks"]
    offered, received = day["offered"], day["received"]
    assert (offered["sessions"], offered["offered"], offered["delivered"]) == (1, 21, 20)
    assert (received["from_sdks"], received["from_others"]) == (20, 4)
    assert (received["accepted"], received["duplicates"], received["rejected"]) == (22, 1, 1)
    assert received["rejected_by_code"] == {"kind_unknown": 1}
    assert (day["log"]["accepted"], day["log"]["in_parquet"]) == (22, 22)
    assert {loss["what"]: loss["events"] for loss in day["losses"]} == {
        "rejected_by_sdk": 1,
        "kind_unknown": 1,
    }


def test_events_that_a_full_buffer_dropped_are_named_with_their_number(platform, shop):
    events = sdk(platform, buffer_limit_events=5, linger_s=60)
    for number in range(12):
        events.view(user_id="u", item_id=f"i{number}")
    stats = events.stats()
    events.close(timeout_s=60)

    day = today(shop)

    assert stats.dropped == 7
    assert (day["offered"]["offered"], day["offered"]["delivered"]) == (12, 5)
    assert [(loss["what"], loss["events"]) for loss in day["losses"]] == [("dropped_by_sdk", 7)]
    assert day["state"] == "balanced"


KILLED = """
import os, signal, sys, threading
from loggers_sdk import EventLogger
from loggers_sdk.transport import HttpTransport

everything_is_offered = threading.Event()


class KilledOnTheThirdRequest(HttpTransport):
    sent = 0

    def send(self, body, headers):
        self.sent += 1
        if self.sent == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        everything_is_offered.wait(60)
        return super().send(body, headers)


endpoint, key, *spool = sys.argv[1:]
events = EventLogger(
    endpoint=endpoint,
    tenant="shop",
    api_key=key,
    spool_dir=spool[0] if spool else None,
    durability="spool_always" if spool else "memory",
    batch_limit_events=10,
    linger_s=0.01,
    transport=KilledOnTheThirdRequest(endpoint, "shop", key, 10.0),
)
events.view(user_id="u", item_id="first")
while not events._courier._transport.sent:
    pass
for number in range(30):
    events.view(user_id="u", item_id=str(number))
everything_is_offered.set()
events.flush(timeout_s=60)
"""


def kill_a_process(platform: Served, *spool: str) -> None:
    """One that offered 31 events, of which 11 were delivered."""
    child = subprocess.run(
        [sys.executable, "-c", KILLED, platform.base_url, platform.key("shop"), *spool],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert child.returncode == -signal.SIGKILL, child.stderr


def later(store: Store) -> LedgerDay:
    """As the ledger will tell when an hour has passed."""
    days = days_asked(None, 2, datetime.now(UTC).date())
    told = draw_up(store.tenant("shop"), days, now_s=time.time() + 3600).days
    return next(day for day in reversed(told) if day.offered.sessions)


def test_a_process_that_was_killed_with_events_in_memory_is_named_with_their_number(
    platform, shop, store
):
    kill_a_process(platform)

    talking = today(shop)
    silent = later(store)

    assert talking["state"] == "in flight"
    assert (talking["offered"]["offered"], talking["offered"]["held"]) == (31, 20)
    assert (silent.state, silent.unaccounted) == ("unaccounted", 20)


def test_a_process_that_was_killed_with_events_on_disk_is_balanced_by_the_next(
    platform, shop, store, tmp_path
):
    spool = str(tmp_path / "spool")
    kill_a_process(platform, spool)

    assert today(shop)["state"] == "in flight"
    assert later(store).state == "in flight"
    heir = sdk(platform, spool_dir=spool, durability="spool_always")
    assert heir.close(timeout_s=60).is_complete
    day = today(shop)

    assert day["log"]["accepted"] == 31
    assert day["offered"]["adopted"] == 20
    assert later(store).state == "balanced", later(store).checks


def test_a_twin_that_two_replicas_accepted_is_folded_and_balances(shop, store):
    twin = event(1)
    with serving(store_in(Path(store.settings.folder).parent)) as second:
        for client in (shop, second.of("shop")):
            assert client.post("/events", json={"events": [twin]}).json()["accepted"] == 1
    store.tenant("shop").events.compact()

    day = today(shop)

    assert (day["received"]["accepted"], day["log"]["in_parquet"], day["log"]["folded"]) == (
        2,
        1,
        1,
    )
    assert day["state"] == "balanced", day["checks"]


def test_the_command_and_the_route_show_the_same_document(platform, shop, tmp_path):
    events = sdk(platform)
    events.view(user_id="u", item_id="i")
    events.close(timeout_s=60)
    shop.post("/events", json={"events": [event(1), event(2, kind="nonsense")]})

    shown = ledger(shop)
    said = command(tmp_path, "--tenant", "shop", "--days", "2", "--json")

    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout) == shown


def test_a_person_reads_a_table_and_sentences(shop, tmp_path):
    shop.post("/events", json={"events": [event(1), event(2, kind="nonsense")]})
    ledger(shop)

    said = command(tmp_path, "--tenant", "shop", "--days", "2")

    assert said.returncode == 0, said.stderr
    assert re.search(r"^ *received +(–|0|2)", said.stdout, re.MULTILINE)
    assert max(map(len, said.stdout.split("\n20")[0].splitlines())) < 80
    assert "1 kind_unknown: refused by the platform" in said.stdout
    assert "no training has read the log yet" in said.stdout


def test_the_command_ends_with_3_where_events_are_unaccounted_for(store, tmp_path):
    day = datetime.now(UTC).date().isoformat()
    page = Page(replica="a", day=day, is_closed=True, others=Answered(accepted=5))
    store.tenant("shop").ledger.put(day, "a", encode_page(page))

    said = command(tmp_path, "--tenant", "shop", "--day", day)

    assert said.returncode == 3
    assert "5 events are unaccounted for" in said.stderr
    assert "acknowledged and are not in the log" in said.stdout


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--tenant", "shop", "--day", "yesterday"], "'yesterday' is no day"),
        (["--tenant", "shop", "--day", "2026-02-30"], "is no day"),
        (["--tenant", "shop", "--day", "2026-11-20", "--days", "3"], "not both"),
        (["--tenant", "shop", "--days", "1000"], "--days"),
        (["--tenant", "nobody"], "nobody"),
        (["--tenant", "../shop"], "../shop"),
    ],
)
def test_the_command_says_what_is_wrong_with_its_options(tmp_path, arguments, sentence):
    said = command(tmp_path, *arguments)

    assert said.returncode in (1, 2)
    assert sentence in said.stderr
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize(
    "query",
    [
        {"day": "yesterday"},
        {"day": "2026-02-30"},
        {"days": "0"},
        {"days": "93"},
        {"days": "many"},
        {"day": "2026-11-20", "days": "2"},
        {"since": "2026-11-20"},
    ],
)
def test_the_route_refuses_what_it_does_not_understand(shop, query):
    answer = shop.get(ROUTE, params=query)

    assert answer.status_code == 422
    assert answer.json()["code"] == "request_invalid"


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_at_the_edge_of_the_calendar_is_a_day(shop, day):
    (told,) = shop.get(ROUTE, params={"day": day}).json()["days"]

    assert (told["day"], told["state"]) == (day, "balanced")


@pytest.mark.parametrize("scope", ["ingest", "serve", "catalog"])
def test_only_who_manages_a_tenant_reads_its_ledger(platform, scope):
    client = platform.client(platform.key("shop", scope), "shop")

    assert client.get(ROUTE).status_code == 403


def test_another_tenants_key_is_refused(platform):
    assert platform.client(platform.key("other"), "shop").get(ROUTE).status_code == 403


def test_an_admin_is_told_of_a_tenant_that_does_not_exist(platform):
    assert platform.admin.get(f"/v1/tenants/nobody{ROUTE}").status_code == 404


def test_no_report_of_a_sender_can_break_ingest_or_the_ledger(shop):
    huge = "9" * 18
    counts = "delivered={0}; spooled={0}; pending={0}; dropped={0}; rejected={0}; adopted={0}"
    header = f"x/1; wire=1; session=s; sequence=1; offered=1; {counts.format(huge)}"
    for sent in (header, "x" * 50_000, "; ; ;=", "a; session=\xff", ""):
        answer = shop.post(
            "/events",
            json={"events": [event(len(sent))]},
            headers=[(b"X-Recommender-SDK", sent.encode("latin-1"))],
        )
        assert answer.status_code == 202

    day = today(shop)

    assert day["log"]["accepted"] == 5
    assert day["offered"]["sessions"] == 1
    assert "do not add up" in " ".join(check["sentence"] for check in day["checks"])


def test_a_server_that_ends_well_closes_its_pages(store):
    with serving(store) as running:
        running.of("shop").post("/events", json={"events": [event(1)]})
    today_utc = datetime.now(UTC).date()

    pages, _ = store.tenant("shop").ledger.pages(days_asked(None, 2, today_utc))

    assert [(page.is_closed, page.others.accepted) for page in pages] == [(True, 1)]


def test_a_day_is_told_soon_after_its_first_event(shop, store):
    shop.post("/events", json={"events": [event(1)]})
    days = days_asked(None, 2, datetime.now(UTC).date())

    until(lambda: store.tenant("shop").ledger.pages(days)[0])
