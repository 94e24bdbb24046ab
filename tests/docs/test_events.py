"""What docs/events.md shows is what happens: its examples are run against a real server."""

import json
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from loggers_sdk.events import EVENT_FIELDS, KINDS, PLATFORM_KINDS, check_event
from loggers_sdk.testing import RecordingTransport
from recommender_api.history.protocol import SESSIONS_PER_USER
from recommender_store.event_log.compaction import GRACE
from recommender_store.event_log.record import COLUMNS
from recommender_store.event_log.remembered import (
    EVENTS_PER_USER,
    JOIN_DAYS,
    JOINS_PER_SESSION,
    SESSION_DAYS,
)
from tests.docs.pages import blocks, codes, page, rows, section

PAGE = "events.md"
TO_RUN_ALONE = [text for text in blocks(page(PAGE), "python") if "RecordingTransport" in text]
ON_DISK = section(PAGE, "Read it with DuckDB")


def sent_by(curl: str, environment: dict[str, str]) -> httpx.Response:
    """Send what a curl line of the page would, so that no curl is needed."""
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        words = shlex.split(os.path.expandvars(curl))
    finally:
        os.environ.clear()
        os.environ.update(before)
    url, options = words[1], words[2:]
    given = list(zip(options[::2], options[1::2], strict=True))
    headers = dict(value.split(": ", 1) for name, value in given if name == "-H")
    body = next(value for name, value in given if name == "-d")
    return httpx.post(url, headers=headers, content=body)


def test_the_curl_example_is_answered_as_the_page_shows(running):
    (curl,) = blocks(section(PAGE, "Send one"), "curl")
    shown = json.loads(blocks(section(PAGE, "Send one"), "json")[0])

    answer = sent_by(curl, running.environment)

    assert answer.status_code == 202
    assert answer.json() == shown


def test_the_example_of_a_join_is_answered_as_the_page_shows_and_joins(running):
    (curl,) = blocks(section(PAGE, "Join a session to a user"), "curl")
    shown = json.loads(blocks(section(PAGE, "Join a session to a user"), "json")[0])

    answer = sent_by(curl, running.environment)
    (event,) = running.space.events.state().read()

    assert (answer.status_code, answer.json()) == (202, shown)
    assert (event["kind"], event["session_id"], event["user_id"]) == ("identify", "visit-7", "u1")


def test_the_bounds_of_live_history_stand_in_the_page():
    told = section(PAGE, "Join a session to a user")

    assert f"newest {EVENTS_PER_USER} events and {JOINS_PER_SESSION} joins" in told
    assert f"newest {SESSIONS_PER_USER} joined sessions" in told
    assert f"the last {SESSION_DAYS} days" in told
    assert f"joins of the last {JOIN_DAYS}" in told


def test_the_sdk_example_delivers_what_it_logs(running, monkeypatch, capsys):
    for name, value in running.environment.items():
        monkeypatch.setenv(name, value)
    (example,) = blocks(section(PAGE, "Send one"), "python")

    exec(compile(example, PAGE, "exec"), {})

    assert capsys.readouterr().out == "5\n"
    assert {event["kind"] for event in running.space.events.state().read()} == {
        "view", "impression", "purchase", "rating", "custom:share",
    }  # fmt: skip


@pytest.mark.parametrize("example", TO_RUN_ALONE)
def test_an_example_with_a_recording_transport_runs(example):
    given: dict[str, object] = {}

    exec(compile(example, PAGE, "exec"), given)

    transport = given["transport"]
    assert isinstance(transport, RecordingTransport)
    assert transport.events


def test_every_event_of_the_batch_example_is_valid():
    (batch,) = blocks(section(PAGE, "A batch and its answer"), "json")
    events = json.loads(batch)["events"]

    faults = [check_event(event, time.time()) for event in events]

    assert events
    assert faults == [None] * len(events)


def test_the_tables_name_every_field_and_every_kind():
    fields = [codes(cells[0])[0] for cells in rows(section(PAGE, "Fields"))]
    kinds = [codes(cells[0])[0] for cells in rows(section(PAGE, "Kinds"))]

    assert sorted(fields) == sorted(EVENT_FIELDS)
    assert set(kinds) == {*KINDS, "custom:<name>"}
    assert all(f"`{kind}`" in section(PAGE, "Kinds") for kind in PLATFORM_KINDS)


def test_the_columns_of_the_log_stand_in_the_page():
    table = rows(section(PAGE, "The log on disk"))
    shown = [codes(cell)[0] for cells in table for cell in cells if codes(cell)]

    assert set(COLUMNS) <= set(shown)


def test_the_grace_time_is_the_one_of_compaction():
    hours = GRACE.total_seconds() / 3600

    assert f"grace time of {hours:g} hour" in page(PAGE)


def test_the_log_is_read_with_duckdb_as_the_page_shows(running, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    event = {"event_id": "e1", "kind": "view", "user_id": "u1", "item_id": "sku-1"}
    event["occurred_at"] = "2026-11-20T10:00:00Z"
    running.space.events.append_events([event, event], "2026-11-20T10:00:01.000Z")
    listed, young = blocks(ON_DISK, "python")

    run_shell(blocks(ON_DISK, "sh")[0], running.environment)
    exec(compile(listed, PAGE, "exec"), {})
    exec(compile(young, PAGE, "exec"), {})

    assert capsys.readouterr().out == "[(datetime.date(2026, 11, 20), 'view', 1)]\n1\n"


def run_shell(lines: str, environment: dict[str, str]) -> None:
    """Run the lines of a block, `recommender` being this environment's own."""
    for line in lines.splitlines():
        command, _, target = line.partition(" > ")
        words = [sys.executable, "-m", "recommender_cli", *shlex.split(command)[1:]]
        done = subprocess.run(words, env=environment, capture_output=True, check=True, text=True)
        if target:
            Path(target).write_text(done.stdout, encoding="utf-8")
