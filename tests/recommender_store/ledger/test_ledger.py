"""Pages of the ledger: replaced as a whole, read by day, forgotten by day."""

from datetime import date

import pytest

from recommender_store.ledger.ledger import Ledger
from recommender_store.ledger.page import Answered, Page, Report, Session, encode_page
from recommender_store.objects.scope import Scope

FIRST, SECOND = date(2026, 11, 20), date(2026, 11, 21)


@pytest.fixture
def scope(folder) -> Scope:
    return folder.at("tenants/shop/ledger")


@pytest.fixture
def ledger(scope) -> Ledger:
    return Ledger(scope)


def put(ledger: Ledger, page: Page) -> None:
    ledger.put(page.day, page.replica, encode_page(page))


def test_a_page_comes_back_as_it_was_put(ledger):
    report = Report(sequence=3, offered=12, delivered=7, pending=5)
    session = Session(
        sdk="python/0.1.0",
        first=Report(sequence=1, offered=5, pending=5),
        newest=report,
        heard_at_s=1.5,
        answered=Answered(10, 1, 1),
        last=Answered(accepted=5),
    )
    page = Page(replica="a", day="2026-11-20", sessions={"s": session}, others=Answered(3, 2, 1))
    put(ledger, page)

    assert ledger.pages([FIRST]) == ([page], [])
    assert page.answered == Answered(13, 3, 2)


def test_a_page_of_before_answers_were_written_down_is_read_as_it_was(ledger):
    page = Page(replica="a", day="2026-11-20", others=Answered(3, 2, 1))
    assert b"served" not in encode_page(page)
    put(ledger, page)
    put(ledger, Page(replica="b", day="2026-11-20", served=7))

    pages, faults = ledger.pages([FIRST])

    assert ([one.served_count for one in pages], faults) == ([0, 7], [])


def test_a_newer_page_replaces_the_older_one(ledger):
    put(ledger, Page(replica="a", day="2026-11-20", unacknowledged=1))
    put(ledger, Page(replica="a", day="2026-11-20", unacknowledged=2))
    put(ledger, Page(replica="b", day="2026-11-20", unacknowledged=4))

    pages, _ = ledger.pages([FIRST])

    assert [page.unacknowledged for page in pages] == [2, 4]


def test_only_the_days_asked_for_are_read(ledger):
    put(ledger, Page(replica="a", day="2026-11-20"))
    put(ledger, Page(replica="a", day="2026-11-21"))

    pages, _ = ledger.pages([SECOND])

    assert [page.day for page in pages] == ["2026-11-21"]


@pytest.mark.parametrize("damaged", [b"", b"{", b"\xff", b'{"replica": "a"}', b'{"new": 1}'])
def test_a_damaged_page_is_told_and_the_others_are_read(ledger, scope, damaged):
    put(ledger, Page(replica="a", day="2026-11-20"))
    scope.put("2026-11-20/b.json", damaged)

    pages, faults = ledger.pages([FIRST])

    assert [page.replica for page in pages] == ["a"]
    assert len(faults) == 1
    assert "tenants/shop/ledger/2026-11-20/b.json" in faults[0]


def test_old_days_are_forgotten(ledger):
    put(ledger, Page(replica="a", day="2026-11-20"))
    put(ledger, Page(replica="a", day="2026-11-21"))

    assert ledger.forget(before=SECOND) == 1
    assert [page.day for page in ledger.pages([FIRST, SECOND])[0]] == ["2026-11-21"]
