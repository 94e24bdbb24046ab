"""Real logs, as a nightly training would meet them: no clean window is refused."""

from pathlib import Path

import duckdb
import numpy as np
import pytest

from tests.trainers.datasets.checks.logs import Log, codes, looked_at
from trainers.datasets.interactions import US_PER_DAY

DATA = Path(__file__).resolve().parents[4].parent / "shared" / "data"
WINDOW_DAYS = 90
NIGHTS = 20
RETAIL = """
    coalesce(CustomerID, 'invoice ' || InvoiceNo), StockCode, InvoiceDate::TIMESTAMP,
    CASE WHEN InvoiceNo LIKE 'C%' THEN 'dislike' ELSE 'purchase' END
"""
JOURNEY = "household_id, product_id, transaction_timestamp::TIMESTAMP, 'purchase'"
SOURCES = {
    "online-retail": ("online-retail/OnlineRetail.csv.gz", RETAIL),
    "complete-journey": ("complete-journey/transactions_sample.csv.gz", JOURNEY),
}


@pytest.fixture(params=SOURCES)
def real(request) -> Log:
    name, columns = SOURCES[request.param]
    if not (DATA / name).exists():
        pytest.skip(f"{DATA / name} is not there: real logs are not part of the project")
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"SELECT {columns} FROM read_csv('{DATA / name}', all_varchar = true)"
        ).fetchnumpy()
    user, item, at, kind = (np.asarray(column) for column in rows.values())
    users, items = (np.unique(ids, return_inverse=True)[1] for ids in (user, item))
    return Log(users, items, at.astype("datetime64[us]").astype(np.int64), kind.astype("U8"))


def nights(log: Log) -> list[int]:
    """Midnights spread over the log, from the first that has a window's worth before it."""
    first, last = log.at_us.min() // US_PER_DAY + WINDOW_DAYS, log.at_us.max() // US_PER_DAY
    return [int(day) * US_PER_DAY for day in np.linspace(first, last, NIGHTS).astype(int)]


def window(log: Log, until_us: int) -> Log:
    return log.where((log.at_us < until_us) & (log.at_us >= until_us - WINDOW_DAYS * US_PER_DAY))


@pytest.mark.slow
def test_twenty_clean_nights_are_refused_never_and_warned_of_once_at_the_most(real):
    found = []
    for night in nights(real):
        current = looked_at(window(real, night - US_PER_DAY)).profile
        found.append(codes(looked_at(window(real, night), current=current)))

    assert len(found) == NIGHTS
    assert not [one for one in found if "refuse" in one.values()]
    assert sum(len(one) for one in found) <= 1, found
