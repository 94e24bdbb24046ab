"""Whole files are held to erasures, whenever these are asked for."""

from datetime import UTC, datetime
from pathlib import Path

from recommender_store.event_log.erased import BeforeMs
from recommender_store.event_log.erasure import Actor
from recommender_store.event_log.log import EventLog
from recommender_store.objects.scope import Scope

from .canonical import event, ids, parquet

NOON_MS = int(datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp() * 1000)


def anna_until_noon(user_id: str) -> int | None:
    return NOON_MS if user_id == "anna" else None


def log_of(path: Path) -> Path:
    of_anna = [
        event("before", "2026-11-20T11:59:59.999999Z", user_id="anna"),
        event("since", "2026-11-20T12:00:00Z", user_id="anna"),
    ]
    return parquet(
        path / "in.parquet",
        [*of_anna, event("bert's", user_id="bert"), event("nobody's", session_id="visit")],
    )


def test_what_an_erased_user_did_before_stays_out_and_is_counted(
    memory: Scope, tmp_path: Path
) -> None:
    log = EventLog(memory)

    growth = log.adopt([log_of(tmp_path)], lambda: anna_until_noon)

    assert (growth.new_events, growth.duplicates, growth.erased) == (3, 0, 1)
    assert sorted(ids(log)) == ["bert's", "nobody's", "since"]


def test_a_file_of_nothing_else_adds_nothing(memory: Scope, tmp_path: Path) -> None:
    log = EventLog(memory)
    path = parquet(tmp_path / "in.parquet", [event("e1", user_id="anna")])

    growth = log.adopt([path], lambda: anna_until_noon)

    assert (growth.new_events, growth.duplicates, growth.erased) == (0, 0, 1)
    assert ids(log) == []


def test_an_erasure_in_the_middle_of_an_import_is_heard_of(memory: Scope, tmp_path: Path) -> None:
    log = EventLog(memory)
    told: list[BeforeMs | None] = []

    def erased() -> BeforeMs | None:
        """Nobody, until the import has begun: then Anna is, to the end."""
        told.append(anna_until_noon if told else None)
        if len(told) == 1:
            EventLog(memory).erase(Actor("user_id", "anna"))
        return told[-1]

    growth = log.adopt([log_of(tmp_path)], erased)

    assert told == [None, anna_until_noon]
    assert growth.erased == 1
    assert "before" not in ids(log)
