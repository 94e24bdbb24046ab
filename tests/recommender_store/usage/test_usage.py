"""Pages of usage: replaced as a whole, read by day, forgotten by day; a look a day at the store."""

from datetime import date

import pytest

from recommender_store.objects.scope import Scope
from recommender_store.usage.page import UsagePage
from recommender_store.usage.usage import Usage

FIRST, SECOND = "2026-11-20", "2026-11-21"


@pytest.fixture
def tenant(folder) -> Scope:
    return folder.at("tenants/shop")


@pytest.fixture
def usage(tenant) -> Usage:
    return Usage(tenant.at("usage"), tenant)


def test_a_newer_page_replaces_the_worker_s_older_one(usage):
    for events in (1, 3):
        usage.put(UsagePage(worker="a", day=FIRST, events=events, answers={"model": events}))
    usage.put(UsagePage(worker="b", day=FIRST, events=5))
    usage.put(UsagePage(worker="a", day=SECOND, events=7))
    pages, faults = usage.pages([FIRST])

    assert ([page.events for page in pages], faults) == ([3, 5], [])
    assert pages[0].answers == {"model": 3}


def test_what_lies_in_the_store_is_looked_at_once_a_day(usage, tenant):
    tenant.put("events/a", b"12345")
    tenant.put("catalog/b", b"123")
    usage.note_stored(FIRST, 1.0)
    tenant.put("artifacts/v1/c", b"1234567")
    usage.note_stored(FIRST, 2.0)
    (seen,), faults = usage.stored([FIRST, SECOND])

    assert faults == []
    assert (seen.at_s, seen.log_bytes, seen.catalog_bytes, seen.artifact_bytes) == (1.0, 5, 3, 0)
    assert usage.look(FIRST, 2.0).artifact_bytes == 7
    assert usage.pages([FIRST]) == ([], [])


def test_days_before_are_forgotten(usage):
    for day in (FIRST, SECOND):
        usage.put(UsagePage(worker="a", day=day))
        usage.note_stored(day, 0.0)
    usage.forget(before=date(2026, 11, 21))

    assert [key for key, _ in usage.faults()] == [f"{SECOND}/a.json", f"{SECOND}/stored.json"]


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b'{"worker":"a","day":"d","more":1}'])
def test_what_is_no_page_is_told_and_hides_no_other(usage, tenant, raw):
    usage.put(UsagePage(worker="a", day=FIRST, events=1))
    tenant.put(f"usage/{FIRST}/b.json", raw)
    pages, faults = usage.pages([FIRST])

    assert [page.events for page in pages] == [1]
    assert len(faults) == 1
    assert [fault is None for _, fault in usage.faults()] == [True, False]
