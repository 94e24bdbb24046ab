import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from recommender_api.foreign_logs.inspect import inspect_log
from recommender_api.foreign_logs.items import read_items
from recommender_api.foreign_logs.readiness import readiness
from recommender_api.foreign_logs.reading import read_events

DATA = Path(__file__).resolve().parents[3].parent / "shared" / "data"
RECEIVED_AT = datetime(2026, 1, 1, tzinfo=UTC)

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason=f"the real logs are not here: they belong into {DATA}"
)


def titles_of(path):
    items = [json.loads(line) for line in path.read_text().splitlines()]
    return {item["item_id"]: item["fields"].get("title") for item in items}


@pytest.mark.parametrize(
    ("log", "form", "kind", "user"),
    [
        ("movielens-latest-small/ratings.csv", "movielens", "rating", "userId"),
        ("online-retail/OnlineRetail.csv.gz", "online-retail", "purchase", "CustomerID"),
        ("complete-journey/transactions_sample.csv.gz", None, "purchase", "household_id"),
    ],
)
def test_a_real_log_is_recognised_without_a_word(log, form, kind, user):
    found = inspect_log(DATA / log)

    assert found.is_unambiguous
    assert found.format == form
    assert found.mapping.kind.constant == kind
    assert found.mapping.fields.user_id.column == user


def test_movielens_is_read_whole_and_its_readiness_says_that_users_rate_in_one_sitting(tmp_path):
    found = inspect_log(DATA / "movielens-latest-small")

    report = readiness(list(found.paths), found.mapping, received_at=RECEIVED_AT)
    items = read_items(found.item_paths, into=tmp_path, mapping=found.item_mapping)

    assert (report.rows, report.events, report.users, report.items) == (100004, 100004, 671, 9066)
    assert [finding.code for finding in report.findings] == ["users_of_one_sitting"]
    assert titles_of(items.path)["1"] == "Toy Story (1995)"


@pytest.mark.slow
def test_online_retail_is_read_whole_with_titles_of_products(tmp_path):
    found = inspect_log(DATA / "online-retail" / "OnlineRetail.csv.gz")

    report = read_events(
        found.paths, found.mapping, into=tmp_path / "events", received_at=RECEIVED_AT
    )
    items = read_items(found.paths, into=tmp_path / "items", mapping=found.mapping)

    assert report.rows == 541_909
    assert report.skipped["cancelled invoices"] == 9_288
    assert report.events + sum(report.skipped.values()) == report.rows
    titles = titles_of(items.path)
    assert titles["85123A"] == "WHITE HANGING HEART T-LIGHT HOLDER"
    assert "POST" not in titles


def test_complete_journey_is_read_by_its_guess(read):
    found = inspect_log(DATA / "complete-journey" / "transactions_sample.csv.gz")

    report, events = read(list(found.paths), found.mapping)

    assert report.rows == 75_000
    assert report.events + report.skipped["quantity not above 0"] == 75_000
    assert {event["kind"] for event in events} == {"purchase"}
