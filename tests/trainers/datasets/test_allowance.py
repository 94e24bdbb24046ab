"""What DuckDB may use grows with the log, and leaves room for what is fetched out of it."""

import pytest

from trainers.datasets.allowance import THREADS_MOST, allowance

FETCHED_BYTES_PER_EVENT = 24
PROCESS_MB = 100


@pytest.mark.parametrize("events", [0, 100_000, 3_000_000, 100_000_000])
@pytest.mark.parametrize("threads", [None, 1, 2, 64])
def test_a_snapshot_has_room_within_what_is_promised(events, threads):
    allowed = allowance(events, threads)

    promised_mb = 500 + 8 * 6 * events / 1e6
    fetched_mb = FETCHED_BYTES_PER_EVENT * events / 1e6
    limit_mb = int(allowed["memory_limit"].removesuffix("MB"))
    assert 200 <= limit_mb <= promised_mb - fetched_mb - PROCESS_MB
    assert 1 <= allowed["threads"] <= THREADS_MOST
