"""For each alert: series that make it fire, and series that leave it silent, as promtool reads."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    alert: str
    fires: dict[str, str]
    silent: dict[str, str]
    at: str = "2h"
    step: str = "1m"


P = "recommender_api_"
REQUESTS, ANSWERS = P + "requests_total", P + "answers_total"
LATENCY, DURABLE = P + "request_duration_seconds", P + "event_durable_seconds"
OK = f'{ANSWERS}{{tenant="shop",outcome="own"}}'


def ratio(bad: str, every: str, share_bad: int, of: int = 1000, times: int = 500):
    """A counter of what is bad, and one of all."""
    return {bad: f"0+{share_bad}x{times}", every: f"0+{of}x{times}"}


def _availability(bad: int):
    return ratio(f'{REQUESTS}{{status="500"}}', f'{REQUESTS}{{status="200"}}', bad)


def _empty(bad: int):
    return ratio(f'{ANSWERS}{{outcome="empty"}}', f'{ANSWERS}{{outcome="own"}}', bad)


def _latency(bad: int):
    labels = 'route="similar",status="200"'
    return ratio(
        f'{LATENCY}_bucket{{{labels},le="0.1"}}', f"{LATENCY}_count{{{labels}}}", 1000 - bad
    )


def _event_lag(bad: int):
    return ratio(f'{DURABLE}_bucket{{le="2.5"}}', f"{DURABLE}_count", 1000 - bad)


def _burns():
    objectives = (
        ("RecommenderAvailability", _availability, (50, 10, 5, 2)),
        ("RecommenderLatency", _latency, (300, 100, 50, 20)),
        ("RecommenderEventLag", _event_lag, (300, 100, 50, 20)),
        ("RecommenderEmptyAnswers", _empty, (900, 200, 100, 30)),
    )
    windows = (("Fast", "2h", "1m"), ("Steady", "7h", "1m"))
    windows += (("Slow", "26h", "10m"), ("Creeping", "76h", "10m"))
    for alert, series, bads in objectives:
        for (name, at, step), bad in zip(windows, bads, strict=True):
            # A burn of half the next threshold below leaves it silent.
            yield Case(f"{alert}Burn{name}", series(bad), series(bad // 8), at, step)


def steady(series: str, value: float, other: float) -> tuple[dict[str, str], dict[str, str]]:
    return {series: f"{value}x500"}, {series: f"{other}x500"}


def rising(series: str, by: float, other: float) -> tuple[dict[str, str], dict[str, str]]:
    return {series: f"0+{by}x500"}, {series: f"0+{other}x500"}


COMMITS, PACKINGS = P + "segment_commits_total", P + "compactions_total"
HOOKS, EVENTS, RUNS = P + "hook_calls_total", P + "events_total", P + "runs_total"
SHELF = {P + 'shelf_limit_bytes{instance="a"}': "100x500"}
EVICTED = P + 'shelf_evictions_total{instance="a",tenant="shop"}'
UP = {P + 'history_up{instance="a"}': "1x500"}
DISK = {P + 'disk_size_bytes{place="store"}': "100x500"}
REFUSED = f'{RUNS}{{tenant="shop",kind="training",outcome="refused"}}'
PROMOTED = f'{RUNS}{{tenant="shop",kind="training",outcome="promoted"}}'
NIGHTLY = "0x20 1x143 2x143 3x143 4x200"
LAG = P + "event_lag_seconds_bucket"

CASES = [
    *_burns(),
    Case(
        "RecommenderFreshness",
        {P + 'model_data_age_seconds{tenant="shop"}': "140000x500"},
        {P + 'model_data_age_seconds{tenant="shop"}': "80000x500"},
        "3h",
    ),
    Case(
        "RecommenderStoreUnavailable",
        *rising(P + 'store_faults_total{code="store_unavailable"}', 60, 1),
    ),
    Case("RecommenderStoreFull", *rising(P + 'store_faults_total{code="store_full"}', 1, 0)),
    Case(
        "RecommenderDiskFilling",
        DISK | {P + 'disk_free_bytes{place="store"}': "5x500"},
        DISK | {P + 'disk_free_bytes{place="store"}': "50x500"},
    ),
    Case(
        "RecommenderSegmentCommitsFailing",
        ratio(f'{COMMITS}{{outcome="failed"}}', f'{COMMITS}{{outcome="written"}}', 50),
        ratio(f'{COMMITS}{{outcome="failed"}}', f'{COMMITS}{{outcome="written"}}', 1),
    ),
    Case(
        "RecommenderCompactionFailing",
        {f'{PACKINGS}{{outcome="failed"}}': "0+0.1x500", f'{PACKINGS}{{outcome="done"}}': "7x500"},
        {
            f'{PACKINGS}{{outcome="failed"}}': "0+0.1x500",
            f'{PACKINGS}{{outcome="done"}}': "0+0.1x500",
        },
        "3h",
    ),
    Case(
        "RecommenderWatchStalled",
        {P + "watch_timestamp_seconds": "60x500"},
        {P + "watch_timestamp_seconds": "0+60x500"},
    ),
    Case("RecommenderRedisLost", *steady(P + 'history_up{instance="a"}', 0, 1)),
    Case(
        "RecommenderHistoryLate",
        UP | {P + 'history_faults_total{tenant="shop"}': "0+100x500", OK: "0+1000x500"},
        {
            P + 'history_up{instance="a"}': "0x500",
            P + 'history_faults_total{tenant="shop"}': "0+100x500",
            OK: "0+1000x500",
        },
    ),
    Case("RecommenderHookOff", *rising(f'{HOOKS}{{tenant="shop",hook="h",outcome="off"}}', 5, 0)),
    Case(
        "RecommenderHookFailing",
        ratio(
            f'{HOOKS}{{tenant="shop",hook="h",outcome="overrun"}}',
            f'{HOOKS}{{tenant="shop",hook="h",outcome="applied"}}',
            300,
        ),
        ratio(
            f'{HOOKS}{{tenant="shop",hook="h",outcome="overrun"}}',
            f'{HOOKS}{{tenant="shop",hook="h",outcome="applied"}}',
            10,
        ),
    ),
    Case(
        "RecommenderFallbackHigh",
        ratio(f'{ANSWERS}{{tenant="shop",outcome="fallback"}}', OK, 3000),
        ratio(f'{ANSWERS}{{tenant="shop",outcome="fallback"}}', OK, 100),
    ),
    Case(
        "RecommenderModelRefused",
        *rising(P + 'refused_artifacts_total{tenant="shop",code="artifact_corrupt"}', 2, 0),
    ),
    Case(
        "RecommenderShelfFull",
        SHELF | {P + 'shelf_bytes{instance="a"}': "99x500", EVICTED: "0+60x500"},
        SHELF | {P + 'shelf_bytes{instance="a"}': "99x500", EVICTED: "0+1x500"},
    ),
    Case("RecommenderSheddingLoad", *rising(P + 'shed_total{cause="worker_full"}', 600, 6)),
    Case(
        "RecommenderQuotaRefusalsHigh",
        *rising(P + 'quota_refused_total{tenant="shop",kind="requests_per_s"}', 600, 6),
    ),
    Case(
        "RecommenderEventsRejected",
        ratio(
            f'{EVENTS}{{tenant="shop",verdict="rejected"}}',
            f'{EVENTS}{{tenant="shop",verdict="accepted"}}',
            300,
        ),
        ratio(
            f'{EVENTS}{{tenant="shop",verdict="rejected"}}',
            f'{EVENTS}{{tenant="shop",verdict="accepted"}}',
            10,
        ),
    ),
    Case(
        "RecommenderEventsStopped",
        {f'{EVENTS}{{tenant="shop",verdict="accepted"}}': "0+100x130 13000x200"},
        {f'{EVENTS}{{tenant="shop",verdict="accepted"}}': "0+100x330"},
        "26h",
        "10m",
    ),
    Case(
        "RecommenderEventsOld",
        {f'{LAG}{{le="3600"}}': "0+10x500", f'{LAG}{{le="21600"}}': "0+100x500"}
        | {f'{LAG}{{le="+Inf"}}': "0+100x500"},
        {f'{LAG}{{le="3600"}}': "0+99x500", f'{LAG}{{le="21600"}}': "0+100x500"}
        | {f'{LAG}{{le="+Inf"}}': "0+100x500"},
    ),
    Case(
        "RecommenderLedgerUnbalanced",
        *steady(P + 'ledger_unaccounted_events{tenant="shop"}', 5, 0),
    ),
    Case("RecommenderTrainingFailing", *steady(P + 'failed_runs_in_a_row{tenant="shop"}', 3, 2)),
    Case(
        "RecommenderTrainingRefused",
        {REFUSED: NIGHTLY, PROMOTED: "5x500"},
        {REFUSED: NIGHTLY, PROMOTED: "0x250 1x300"},
        "75h",
        "10m",
    ),
    Case(
        "RecommenderModelStale",
        *steady(P + 'model_data_age_seconds{tenant="shop"}', 300_000, 100_000),
    ),
    Case(
        "RecommenderModelDrifted",
        *steady(P + 'model_findings{tenant="shop",advice="retrain"}', 1, 0),
    ),
]
